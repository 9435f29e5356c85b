"""How long and how much of a proof strangers may see: the owner's choice, which never touches state and number."""

from datetime import datetime, timedelta
from enum import StrEnum

# What the owner may choose from, in days.
PERIODS = (30, 90, 180)


class Shown(StrEnum):
    """What a stranger with the code is told besides state and number. Values but `NOTHING` are stored."""

    WHOLE = "whole"
    RESULT = "result"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Shown.WHOLE: "全部内容，含学分明细和证书",
    Shown.RESULT: "结论和基本信息（姓名和证件号码的一部分、性别、用人单位、年度），不含学分明细和证书",
    Shown.NOTHING: "状态和编号",
}


def until(days: int, now: datetime) -> datetime:
    """When a share of so many days that begins now ends; ValueError for a period nobody offers."""
    if days not in PERIODS:
        raise ValueError(f"a proof is shared for one of {PERIODS} days, not {days}")
    return now + timedelta(days=days)


def shown(share_until: datetime | None, detail: str, now: datetime) -> Shown:
    """What strangers are told now; `share_until` is None while nothing is shared."""
    return Shown(detail) if share_until is not None and now < share_until else Shown.NOTHING
