"""Taking part in an activity (arts. 5, 17): places, the waiting list, the employer's consent, the cost agreement."""

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
