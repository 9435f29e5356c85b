"""When a deadline is brought to mind: in working days before (negative), on, and after the day it is due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from domain.periods import WorkingCalendar, say_date


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A reminder that has come due: `stage` is the one of the policy, `late` the working days since the due day."""

    stage: int
    late: int
    due_on: date
    today: date

    @property
    def words(self) -> str:
        """How the deadline stands today, for a sentence."""
        if self.late > 0:
            return f"已超过期限 {self.late} 个工作日（应在 {say_date(self.due_on)} 前）"
        if self.today == self.due_on:
            return f"今天（{say_date(self.due_on)}）到期"
        if self.today > self.due_on:
            return f"期限 {say_date(self.due_on)} 已到"
        return f"还有 {-self.late} 个工作日，{say_date(self.due_on)} 到期"


def reminder_on(today: date, due_on: date, stages: Iterable[int], calendar: WorkingCalendar) -> Reminder | None:
    """The last of the stages that has come, or None before the first.

    A day on which nothing could be sent is made up for on the next, and of several that were missed only the last is
    sent, in the words of the day it is sent on.
    """
    late = calendar.working_days_between(due_on, today)
    reached = [stage for stage in stages if stage <= late]
    return Reminder(stage=max(reached), late=late, due_on=due_on, today=today) if reached else None
