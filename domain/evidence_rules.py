"""The evidence of a class (art. 19): what is asked of each day, what is there, and doubts about when it was taken."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.credit_policy import Policy
from domain.periods import china_date, say_date

_PATTERN = re.compile(r"\s*(\d+)\s*\+\s*(\d+)\s*")
# The clock of a server and that of a phone are never quite the same.
_FUTURE = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class EvidenceNeed:
    """How many pieces of one kind there are and how many are asked for, on one day or, without `on`, in all."""

    label: str
    unit: str
    present: int
    needed: int
    rule: str
    on: date | None = None

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.present)

    @property
    def sentence(self) -> str:
        day = f"{say_date(self.on)}" if self.on else ""
        return f"{day}{self.label}还差 {self.missing} {self.unit}（{self.rule}，应有 {self.needed} {self.unit}）"


@dataclass(frozen=True, kw_only=True)
class Found:
    """How many photos and videos there are of one day."""

    photos: int = 0
    videos: int = 0


@dataclass(frozen=True, kw_only=True)
class Day:
    """One class day: what is asked, what is there; `pattern` says by which other pattern it is complete."""

    on: date
    found: Found
    needs: tuple[EvidenceNeed, ...]
    pattern: str = ""

    @property
    def missing(self) -> tuple[EvidenceNeed, ...]:
        return tuple(need for need in self.needs if need.missing)

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True, kw_only=True)
class Meter:
    """All days, what is asked of the activity as a whole, and how many pieces belong to no day yet."""

    days: tuple[Day, ...]
    whole: tuple[EvidenceNeed, ...]
    loose: int = 0
    alternative: str = ""

    @property
    def needs(self) -> tuple[EvidenceNeed, ...]:
        return (*(need for day in self.days for need in day.needs), *self.whole)

    @property
    def missing(self) -> tuple[EvidenceNeed, ...]:
        return tuple(need for need in self.needs if need.missing)

    @property
    def needed(self) -> int:
        return sum(need.needed for need in self.needs)

    @property
    def present(self) -> int:
        return sum(min(need.present, need.needed) for need in self.needs)


def pattern_of(policy: Policy) -> tuple[int, int] | None:
    """The other pattern that makes a day complete (evidence.pattern), as clips and photos; None if there is none."""
    figure = policy.figures.get("evidence.pattern")
    match = _PATTERN.fullmatch(str(figure.value)) if figure is not None else None
    return (int(match[1]), int(match[2])) if match else None


def meter(found: Mapping[date, Found], days: Sequence[date], policy: Policy, *, loose: Found | None = None) -> Meter:
    """What a class on these days should have and has.

    `loose` are pieces that belong to no day: they count where the activity as a whole is asked, and on a class of one
    day, whose they must be.
    """
    loose = loose or Found()
    pattern = pattern_of(policy)
    asked = [
        (label, unit, figure.unit == "PER_DAY", int(figure), kind)
        for key, label, unit, kind in (
            ("evidence.min.photo", "照片", "张", "photos"),
            ("evidence.min.video", "视频", "段", "videos"),
        )
        if (figure := policy.figures.get(key)) is not None and figure.value
    ]
    only = len(days) == 1
    each = {
        on: Found(
            photos=found.get(on, Found()).photos + (loose.photos if only else 0),
            videos=found.get(on, Found()).videos + (loose.videos if only else 0),
        )
        for on in sorted(days)
    }
    rows = tuple(_day(on, there, asked, pattern) for on, there in each.items())
    by_pattern = bool(rows) and all(day.pattern for day in rows)
    whole = tuple(
        EvidenceNeed(
            label=label,
            unit=unit,
            present=sum(getattr(there, kind) for there in each.values()) + (0 if only else getattr(loose, kind)),
            needed=needed,
            rule=f"每次活动不少于 {needed} {unit}",
        )
        for label, unit, per_day, needed, kind in asked
        if not per_day and not by_pattern
    )
    return Meter(
        days=rows,
        whole=whole,
        loose=0 if only else loose.photos + loose.videos,
        alternative=f"或每个上课日 {pattern[0]} 段视频加 {pattern[1]} 张照片" if pattern else "",
    )


def _day(
    on: date, there: Found, asked: Sequence[tuple[str, str, bool, int, str]], pattern: tuple[int, int] | None
) -> Day:
    if pattern is not None and there.videos >= pattern[0] and there.photos >= pattern[1]:
        return Day(on=on, found=there, needs=(), pattern=f"{pattern[0]} 段视频加 {pattern[1]} 张照片")
    needs = tuple(
        EvidenceNeed(
            label=label,
            unit=unit,
            present=getattr(there, kind),
            needed=needed,
            rule=f"每个上课日不少于 {needed} {unit}",
            on=on,
        )
        for label, unit, per_day, needed, kind in asked
        if per_day
    )
    return Day(on=on, found=there, needs=needs)


# --- When a photo was taken -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """As much of a session as the time of a photo is compared with."""

    id: int
    starts_at: datetime
    ends_at: datetime


def sitting_of(taken_at: datetime | None, sittings: Sequence[Sitting]) -> Sitting | None:
    """The session of that day nearest to the moment of a photo; None on other days or without a time."""
    if taken_at is None:
        return None
    same_day = [each for each in sittings if china_date(each.starts_at) == china_date(taken_at)]
    return min(same_day, key=lambda each: max(each.starts_at - taken_at, taken_at - each.ends_at), default=None)


def time_doubt(
    taken_at: datetime | None, sitting: Sitting | None, days: Sequence[date], *, now: datetime, slack: timedelta
) -> str:
    """A doubt about when a photo was taken, or nothing. A hint only: clocks of cameras are wrong."""
    if taken_at is None:
        return ""
    if taken_at > now + _FUTURE:
        return "拍摄时间在将来，请核对相机时钟"
    if china_date(taken_at) not in days:
        return "拍摄日期不在上课日期内"
    if sitting is None:
        return ""
    if china_date(taken_at) != china_date(sitting.starts_at):
        return "拍摄日期与所选课次不是同一天"
    if taken_at < sitting.starts_at - slack:
        return "拍摄时间早于课次开始"
    if taken_at > sitting.ends_at + slack:
        return "拍摄时间晚于课次结束"
    return ""
