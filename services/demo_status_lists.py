"""The lists the city bureau of the demo has taken in: who retired, studies or died, by keyed hash and mask only."""

from datetime import date, timedelta

from sqlalchemy import insert, select

from domain.identity import mask_id, mask_name
from domain.result_standing import StatusKind
from models import StatusListEntry, db
from services import clock, crypto
from services.demo_people import Person

_SOURCES = {
    StatusKind.RETIRED: "市社会保险服务中心",
    StatusKind.STUDENT: "市教育局",
    StatusKind.DECEASED: "市民政局",
}
_DAYS = 400


def take_in(people: list[Person], today: date) -> None:
    """A few persons for each list who are in none, from today on: they contradict no class that is over."""
    listed = set(db.session.scalars(select(StatusListEntry.blind_index)))
    people = [one for one in people if crypto.blind_index(one.number) not in listed]
    rows = []
    for number, person in enumerate(people):
        kind = tuple(_SOURCES)[number % len(_SOURCES)]
        rows.append(_entry(person, kind, since=today, until=today + timedelta(days=_DAYS)))
    if rows:
        db.session.execute(insert(StatusListEntry), rows)


def list_retired(person: Person, since: date) -> None:
    """Somebody of a class turns out to have retired before it: a doubt the clerk answers in writing."""
    db.session.execute(insert(StatusListEntry), [_entry(person, StatusKind.RETIRED, since=since, until=None)])


def _entry(person: Person, kind: StatusKind, *, since: date, until: date | None) -> dict[str, object]:
    return {
        "blind_index": crypto.blind_index(person.number),
        "kind": kind.value,
        "name_masked": mask_name(person.name),
        "id_masked": mask_id(person.number),
        "since_on": since,
        "until_on": until if kind is StatusKind.STUDENT else None,
        "source": _SOURCES[kind],
        "imported_at": clock.now(),
    }
