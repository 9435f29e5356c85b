"""Discipline of study (art. 22): how grave what somebody did is."""

from enum import StrEnum


class Severity(StrEnum):
    """How grave an event is. Values are stored."""

    MINOR = "minor"
    SERIOUS = "serious"

    @property
    def label(self) -> str:
        return {"minor": "一般", "serious": "严重（本次活动不给学分）"}[self.value]
