"""Who may stand in the results of an activity: persons of the register, and for an employer's own class its staff."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from domain.periods import say_date
from models import ActivityFiling, Employment, Technician, db
from services import crypto, registry

# The form of an employer's own activity (art. 16(3)); everybody may take part in the others.
_OWN_STAFF = "F3"

_UNKNOWN = "本单位职工名册中没有此人，请核对证件号码；确为本单位职工的，请先在“职工名册”中登记"
_OTHER_NAME = "姓名与该证件号码登记的姓名不一致，请核对姓名和号码"
# One answer for a number nobody has and a name that is another: the file must not tell who is in the register.
_NO_MATCH = "没有姓名和证件号码都相符的登记人员，请核对；尚未登记的，请本人所在单位或人力社保部门先登记"
_LATE = "此人在上课之后才登记入职工名册，请核对上课时是否已是本单位职工"


@dataclass(frozen=True, kw_only=True)
class Identified:
    """The person a name and a number mean, or the sentence why there is none; a hint may stand beside a person."""

    technician_id: int | None = None
    problem: str = ""
    column: str = "id_number"
    hint: str = ""


def identify(filing: ActivityFiling, people: Mapping[str, str]) -> dict[str, Identified]:
    """Who these people are, by ID number; `people` are names by normalised number. A few queries for each 500."""
    by_index = registry.ids_by_blind_index(crypto.blind_index(number) for number in people)
    ids = {number: by_index.get(crypto.blind_index(number)) for number in people}
    known = [technician_id for technician_id in ids.values() if technician_id is not None]
    names: dict[int, str] = {}
    for part in registry.chunks(known):
        for row in db.session.execute(select(Technician.id, Technician.name).where(Technician.id.in_(part))):
            names[row.id] = row.name
    own_staff = filing.form == _OWN_STAFF
    spells = _spells(filing.organization_id, known) if own_staff else {}
    found = {}
    for number, name in people.items():
        technician_id = ids[number]
        if technician_id is None or (own_staff and technician_id not in spells):
            found[number] = Identified(problem=_UNKNOWN if own_staff else _NO_MATCH)
        elif names[technician_id] != name:
            found[number] = Identified(problem=_OTHER_NAME if own_staff else _NO_MATCH, column="name")
        elif own_staff:
            found[number] = _employed(technician_id, spells[technician_id], filing)
        else:
            found[number] = Identified(technician_id=technician_id)
    return found


def _employed(technician_id: int, spells: list[tuple[date, date | None]], filing: ActivityFiling) -> Identified:
    """Employed on the class days: all of them, or some with a word about it, or none and so no participant.

    Who was entered on the staff list after the class may have worked there before: no list says since when. That is
    for the releaser and the officer to know, not for the program to refuse.
    """
    days = sorted({session.on for session in filing.sessions})
    there = [on for on in days if any(started <= on <= (ended or on) for started, ended in spells)]
    if not there:
        started, ended = max(spells)
        if all(days[-1] < first for first, _ in spells):
            return Identified(technician_id=technician_id, hint=_LATE)
        since = f"{say_date(started)}起" + (f"至{say_date(ended)}" if ended else "")
        return Identified(problem=f"上课期间不是本单位在册职工（在册时间：{since}），不能计入本次活动")
    hint = "" if len(there) == len(days) else "部分上课日不是本单位在册职工，请核对实到学时"
    return Identified(technician_id=technician_id, hint=hint)


def _spells(organization_id: int, technician_ids: list[int]) -> dict[int, list[tuple[date, date | None]]]:
    spells: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for part in registry.chunks(technician_ids):
        for row in db.session.execute(
            select(Employment.technician_id, Employment.started_on, Employment.ended_on).where(
                Employment.organization_id == organization_id,
                Employment.technician_id.in_(part),
                Employment.state != "refused",
            )
        ):
            spells[row.technician_id].append((row.started_on, row.ended_on))
    return spells
