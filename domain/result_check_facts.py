"""What results are checked against before their release: persons, presences, teaching, pictures, as plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.contests import Contest
from domain.result_rows import Outcome
from domain.result_standing import StatusKind


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Some time one person was, or is said to have been, in a session; `where` names an activity of somebody else."""

    on: date
    starts_at: datetime
    ends_at: datetime
    hours_tenths: int
    where: str = ""

    def overlaps(self, other: "Presence") -> bool:
        """Whether nobody can be in both; touching ends are no overlap."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a list of the bureau says of a person; open where a day is not known."""

    kind: StatusKind
    since: date | None = None
    until: date | None = None

    def holds_on(self, first: date, last: date) -> bool:
        """Whether it held on some day of the class. Who dies during a class may have been there on its first days."""
        if self.kind is StatusKind.DECEASED:
            return self.since is None or self.since < first
        return (self.since is None or self.since <= last) and (self.until is None or self.until >= first)


@dataclass(frozen=True, kw_only=True)
class Participant:
    """One row with what is known of its person. None stands for what was not asked or is not known."""

    technician_id: int
    name: str
    hours_tenths: int
    outcome: Outcome
    score_tenths: int | None = None
    here: tuple[Presence, ...] = ()
    elsewhere: tuple[Presence, ...] = ()
    statuses: tuple[Status, ...] = ()
    on_staff: bool | None = None
    units: tuple[str, ...] = ()
    first_certificate: date | None = None
    attended_tenths: int | None = None
    serious_breach: bool = False
    event: str = ""
    rank: str = ""


@dataclass(frozen=True, kw_only=True)
class Teaching:
    """One session with whoever teaches in it."""

    name: str
    unit: str
    starts_at: datetime
    ends_at: datetime
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All a report is checked against."""

    first: date
    last: date
    people: Sequence[Participant]
    quota: int | None = None
    rooms: Sequence[tuple[str, int]] = ()
    teaching: Sequence[Teaching] = ()
    teaching_elsewhere: Sequence[Teaching] = ()
    earlier_classes: Sequence[frozenset[int]] = ()
    picture_doubts: Sequence[tuple[str, str]] = ()
    devices: Sequence[tuple[str, ...]] = ()
    most_per_device: int = 1
    far: Sequence[str] = ()
    late_workdays: int = 0
    due: date | None = None
    most_per_day_tenths: int | None = None
    contest: Contest | None = None

    @property
    def there(self) -> list[Participant]:
        return [person for person in self.people if person.hours_tenths > 0]
