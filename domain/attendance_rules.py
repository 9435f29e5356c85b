"""Who was there (arts. 17, 19, 22): how a presence is known, what it counts for, and when two cannot both be true."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Method(StrEnum):
    """How a presence became known. Values are stored."""

    QR = "qr"
    SCAN = "scan"
    SHEET = "sheet"
    IMPORT = "import"
    REPORT = "report"

    @property
    def label(self) -> str:
        return _METHODS[self]


_METHODS = {
    Method.QR: "扫码签到",
    Method.SCAN: "工作人员核验",
    Method.SHEET: "签到表",
    Method.IMPORT: "导入",
    Method.REPORT: "按报送成绩推定",
}


class Standing(StrEnum):
    """What a row of attendance counts for. Values are stored. Only `counted` gives hours (INV-20)."""

    COUNTED = "counted"
    HELD = "held"
    ABSENT = "absent"
    EXCUSED = "excused"

    @property
    def label(self) -> str:
        return _STANDINGS[self]


_STANDINGS = {
    Standing.COUNTED: "实到",
    Standing.HELD: "待核定",
    Standing.ABSENT: "缺席",
    Standing.EXCUSED: "请假",
}


class HeldFor(StrEnum):
    """Why a presence does not count yet. Values are stored."""

    OPEN = "open"
    OVERLAP = "overlap"
    REVERSED = "reversed"
    ELSEWHERE = "elsewhere"

    @property
    def label(self) -> str:
        return _HELD[self]


_HELD = {
    HeldFor.OPEN: "已签到，未签退",
    HeldFor.OVERLAP: "同一时间在其他活动已有到课记录",
    HeldFor.REVERSED: "学分已冲销，不再计入",
    HeldFor.ELSEWHERE: "经核定，当时在另一活动",
}


@dataclass(frozen=True, kw_only=True)
class Span:
    """A session as attendance sees it: when, and for how many hours (in tenths)."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    hours_tenths: int

    def overlaps(self, other: "Span") -> bool:
        """Whether nobody can be in both; touching ends are no overlap (P-05)."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def window(span: Span, minutes: int) -> tuple[datetime, datetime]:
    """From when to when people may check in and out of this session."""
    margin = timedelta(minutes=minutes)
    return span.starts_at - margin, span.ends_at + margin


def spread(hours_tenths: int, spans: Iterable[Span]) -> dict[int, int]:
    """Reported hours laid on the sessions in their order until they are used up: hours by session.

    A report says how long somebody was there, not when; the last session reached may be there in part.
    """
    left, found = hours_tenths, {}
    for span in sorted(spans, key=lambda each: each.starts_at):
        given = min(left, span.hours_tenths)
        if given <= 0:
            break
        found[span.session_id] = given
        left -= given
    return found


def clashes(wanted: Iterable[Span], kept: Iterable[Span]) -> dict[int, Span]:
    """Of the wanted presences of one person those that cannot be, with the one that stands against each."""
    there, found = list(kept), {}
    for span in sorted(wanted, key=lambda each: each.starts_at):
        other = next((each for each in there if each.overlaps(span)), None)
        if other is None:
            there.append(span)
        else:
            found[span.session_id] = other
    return found
