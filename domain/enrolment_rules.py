"""Taking part in an activity (arts. 5, 17): places, the waiting list, the employer's consent, the cost agreement."""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum


class EnrolmentState(StrEnum):
    """Where an enrolment stands. Values are stored. `requested` waits for the employer's consent and holds a place."""

    REQUESTED = "requested"
    ENROLLED = "enrolled"
    WAITING = "waiting"
    DECLINED = "declined"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _STATES[self]


_STATES = {
    EnrolmentState.REQUESTED: "待用人单位同意",
    EnrolmentState.ENROLLED: "已报名",
    EnrolmentState.WAITING: "候补",
    EnrolmentState.DECLINED: "未同意",
    EnrolmentState.CANCELLED: "已取消",
}

HOLDS_PLACE = frozenset({EnrolmentState.REQUESTED, EnrolmentState.ENROLLED})
OPEN = HOLDS_PLACE | {EnrolmentState.WAITING}


class EnrolmentSource(StrEnum):
    """Who put the person's name down. Values are stored."""

    PERSON = "person"
    EMPLOYER = "employer"
    ORGANIZER = "organizer"

    @property
    def label(self) -> str:
        return _SOURCES[self]


_SOURCES = {
    EnrolmentSource.PERSON: "本人报名",
    EnrolmentSource.EMPLOYER: "用人单位报名",
    EnrolmentSource.ORGANIZER: "举办单位登记",
}


def needs_consent(
    leave_mode: str, required_for: Collection[str], *, employer_id: int | None, organizer_id: int
) -> bool:
    """Whether the person's employer must agree first: an activity of others that takes work time (arts. 5, 17, INV-03).

    `required_for` are the leave modes the policy names, in capitals.
    """
    return employer_id is not None and employer_id != organizer_id and leave_mode.upper() in required_for


def needs_cost_agreement(leave_mode: str, *, by_employer: bool) -> bool:
    """Whether employer and person must settle the costs: the employer arranges it outside working hours (art. 5)."""
    return by_employer and leave_mode == "off_hours"


def state_on_entry(*, places_left: int | None, consent_missing: bool) -> EnrolmentState:
    """Where an enrolment starts, or goes when its turn on the waiting list comes; None: places without end."""
    if places_left is not None and places_left <= 0:
        return EnrolmentState.WAITING
    return EnrolmentState.REQUESTED if consent_missing else EnrolmentState.ENROLLED


def closes_at(first_start: datetime, hours: int) -> datetime:
    """Until when persons and employers can put names down; the organiser can until the results are entered."""
    return first_start - timedelta(hours=hours)
