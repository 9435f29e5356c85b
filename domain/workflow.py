"""What a table of transitions is made of: kinds of case, states, moves, and what a move does to the clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from domain.roles import Permission


class CaseKind(StrEnum):
    """What a case is about. Values are stored."""

    EMPLOYER_REGISTRATION = "employer_registration"
    ACTIVITY_FILING = "activity_filing"
    RESULT_REPORT = "result_report"
    RESULT_CORRECTION = "result_correction"
    BASE_APPLICATION = "base_application"
    BASE_MEASURE = "base_measure"
    BASE_REPORT = "base_report"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    CaseKind.EMPLOYER_REGISTRATION: "用人单位注册",
    CaseKind.ACTIVITY_FILING: "活动备案",
    CaseKind.RESULT_REPORT: "成绩报送",
    CaseKind.RESULT_CORRECTION: "成绩更正",
    CaseKind.BASE_APPLICATION: "基地认定",
    CaseKind.BASE_MEASURE: "基地处置",
    CaseKind.BASE_REPORT: "基地年度报告",
}


class Clock(StrEnum):
    """What a transition does to the clock of the promised time (working days)."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"
    HOLD = "hold"
    STOP = "stop"


class Side(StrEnum):
    """In whose court the case is: the applicant's clock and the bureau's never run together (INV-40)."""

    APPLICANT = "applicant"
    PARTNER = "partner"
    BUREAU = "bureau"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True)
class State:
    """A state: what it is called, who has to do something, and how its badge looks."""

    name: str
    label: str
    side: Side
    tone: str


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One permitted move.

    `limit` is the policy figure (in working days) of the time it starts; `four_eyes` names the actions whose actors
    may not also do this one, as natural persons; `remark` says whether a reason must be given. A move with `own_page`
    is about a part of the case and made on a page of its own: no button among the decisions, and nothing waits for it.
    A move with `once` can be made once in the life of a case; of a `quiet` one nobody is told. One `by_partner` is made
    by the other organisation that the case names; where a case names one, the clock of a move `after_partner` starts
    only with that one's word.
    """

    action: str
    label: str
    from_states: tuple[str, ...]
    to_state: str
    permission: Permission
    clock: Clock | None = None
    limit: str | None = None
    remark: bool = False
    four_eyes: tuple[str, ...] = ()
    article: str = ""
    done_label: str = ""
    tone: str = "primary"
    own_page: bool = False
    once: bool = False
    quiet: bool = False
    by_partner: bool = False
    after_partner: bool = False


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The whole table of one kind of case."""

    kind: CaseKind
    prefix: str
    start: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    @property
    def label(self) -> str:
        return self.kind.label

    def state(self, name: str) -> State:
        return next(state for state in self.states if state.name == name)

    def find(self, action: str, state: str) -> Transition | None:
        """The transition this action makes from this state, or None: then it is refused."""
        return next((move for move in self.transitions if move.action == action and state in move.from_states), None)

    def leaving(self, state: str) -> Iterator[Transition]:
        return (move for move in self.transitions if state in move.from_states)

    def action_label(self, action: str) -> str:
        """What an action is called, also where no transition of that name leaves the present state."""
        return next((move.label for move in self.transitions if move.action == action), action)

    def done_label(self, action: str) -> str:
        """What a timeline says when the action was done."""
        return next((move.done_label or move.label for move in self.transitions if move.action == action), action)


def supplement_round(
    *, review: Permission, reply: Permission, article: str = "", once: bool = False
) -> tuple[Transition, Transition, Transition]:
    """A complete notice of what is missing and its answer, between the states "submitted" and "supplement".

    The bureau's clock rests while the applicant's runs; what is not answered in time counts as withdrawn.
    """
    return (
        Transition(
            action="return",
            label="退回补正",
            done_label="一次性告知补正",
            from_states=("submitted",),
            to_state="supplement",
            permission=review,
            clock=Clock.PAUSE,
            limit="supplement.days",
            remark=True,
            once=once,
            article=article,
            tone="warning",
        ),
        Transition(
            action="resubmit",
            label="重新提交",
            done_label="补正后重新提交",
            from_states=("supplement",),
            to_state="submitted",
            permission=reply,
            clock=Clock.RESUME,
            article=article,
        ),
        Transition(
            action="expire",
            label="补正超期",
            done_label="逾期未补正，按撤回处理",
            from_states=("supplement",),
            to_state="withdrawn",
            permission=Permission.SYSTEM_ACT,
            clock=Clock.STOP,
            tone="secondary",
        ),
    )
