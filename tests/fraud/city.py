"""A small city whose classes are made by hand, so that a test knows who really sat where and when."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import insert

from domain.periods import CHINA
from domain.result_rows import Outcome
from ids import new_id
from models import (
    ActivityFiling,
    ActivitySession,
    Attendance,
    Case,
    Employment,
    FilingTeacher,
    ResultReport,
    SkillCertificate,
    StatusListEntry,
    SubjectLine,
    Technician,
    db,
)
from services import clock, crypto, evidence, result_checking, result_content, results
from services.calendar import working_calendar
from services.evidence import Upload
from services.result_checking import Checked
from services.result_content import RowValues
from services.transaction import transaction
from tests.services import result_makers as make

HOURS = {"am": ("08:30", "11:30", 40), "noon": ("11:30", "13:00", 20), "pm": ("13:00", "16:00", 40),
         "evening": ("18:00", "20:15", 30), "early": ("07:00", "08:30", 20)}  # fmt: skip
_HALVES = ("am", "pm", "evening")
_FAMILY, _GIVEN = "王李张刘陈杨黄赵周吴徐孙", ("伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "杰", "涛", "超")
_serial = count(1)

Time = tuple[date, str]
"""A day and which part of it: a key of HOURS."""


@dataclass
class Class:
    """One class, as it really was: who was there, when."""

    employer: make.Employer
    title: str
    times: list[Time]
    place: str
    teacher: tuple[str, str]
    quota: int
    form: str
    people: dict[int, list[Time]] = field(default_factory=dict)
    scores: dict[int, int | None] = field(default_factory=dict)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    hours: dict[int, int] = field(default_factory=dict)  # what is reported, where that is another thing
    photos: list[bytes] = field(default_factory=list)
    devices: dict[int, str] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    ranks: dict[int, tuple[str, str]] = field(default_factory=dict)
    kept: bool = False
    reported_after: int = 3
    filing_id: int = 0
    report_id: int = 0

    @property
    def last(self) -> date:
        return max(on for on, _ in self.times)

    @property
    def reported_at(self) -> datetime:
        day = working_calendar().add_working_days(self.last, self.reported_after)
        return datetime.combine(day, time(10), CHINA)


def moment(on: date, text: str) -> datetime:
    return datetime.combine(on, time.fromisoformat(text), CHINA)


def begins(at: Time) -> datetime:
    return moment(at[0], HOURS[at[1]][0])


def ends(at: Time) -> datetime:
    return moment(at[0], HOURS[at[1]][1])


def hours_of(times: list[Time]) -> int:
    return sum(HOURS[part][2] for _, part in times)


# --- Persons ----------------------------------------------------------------------------------------------------------


def make_people(city: make.City, draw: Random, employer: make.Employer, how_many: int) -> list[int]:
    """Persons with few names, so that many are namesakes; each has a certificate of the year before last."""
    people = make.make_people(city, employer, how_many, started=date(2023, 3, 1))
    with transaction():
        for person in people:
            rename(city, person, draw.choice(_FAMILY) + draw.choice(_GIVEN))
        db.session.execute(
            insert(SkillCertificate),
            [{"technician_id": person, "id": new_id(), "kind": "skill_level", "occupation": "焊工", "level": 3,
              "number": f"F{next(_serial):015d}", "issued_on": date(2023, 5, 4), "issuer": "", "state": "valid"}
             for person in people],
        )  # fmt: skip
    return people


def rename(city: make.City, person: int, name: str) -> None:
    db.session.get_one(Technician, person).name = name
    city.persons[person] = (name, city.persons[person][1])


def employ(person: int, employer: make.Employer, started: date, ended: date | None = None) -> None:
    """A second job, or one that has ended; for use inside a transaction."""
    db.session.add(
        Employment(
            technician_id=person, organization_id=employer.id, started_on=started, ended_on=ended, state="active"
        )
    )


def list_as(city: make.City, person: int, kind: str, since: date | None = None, until: date | None = None) -> None:
    """The bureau's list has this person; for use inside a transaction."""
    db.session.add(
        StatusListEntry(
            blind_index=crypto.blind_index(city.persons[person][1]), kind=kind, name_masked="*", id_masked="*",
            since_on=since, until_on=until, imported_at=clock.now(),
        )
    )  # fmt: skip


# --- Classes ----------------------------------------------------------------------------------------------------------


def file(city: make.City, each: Class) -> None:
    """The approved filing, as the bureau has it; for use inside a transaction."""
    on = min(day for day, _ in each.times)
    opened = moment(on - timedelta(days=30), "09:00")
    case = Case(
        kind="activity_filing", title=each.title, state="approved", region_code=make.COUNTY, opened_at=opened,
        organization_id=each.employer.id, opened_by_id=each.employer.clerk.account_id, submitted_at=opened,
        number=f"HD330784-FRAUD-{next(_serial):05d}", decided_at=opened,
        policy_version_id=make.active_version().id,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    filing = ActivityFiling(
        case_id=case.id, organization_id=each.employer.id, form=each.form, title=each.title, place=each.place,
        starts_on=on, ends_on=each.last, quota=each.quota,
        parts=each.parts,
    )  # fmt: skip
    db.session.add(filing)
    db.session.flush()
    db.session.add(
        SubjectLine(
            filing_id=filing.id, position=1, subject="PROFESSIONAL", title="新工艺", hours_tenths=hours_of(each.times)
        )
    )
    db.session.add(
        FilingTeacher(
            filing_id=filing.id, position=1, name=each.teacher[0], unit=each.teacher[1], title="技师", employment="own"
        )
    )
    db.session.add_all(
        ActivitySession(
            filing_id=filing.id, on=at[0], half=_half(each, at), starts_at=begins(at), ends_at=ends(at),
            hours_tenths=HOURS[at[1]][2], place=each.place, teacher_position=1,
        )
        for at in each.times
    )  # fmt: skip
    db.session.flush()
    each.filing_id = filing.id
    if each.kept:
        _keep(each, filing)


def _half(each: Class, at: Time) -> str:
    """A day has one sitting of each half: the first is the morning's, whenever it begins."""
    return _HALVES[sorted(each_at[1] for each_at in each.times if each_at[0] == at[0]).index(at[1])]


def _keep(each: Class, filing: ActivityFiling) -> None:
    """The sign-in sheets of the class: who was there, who was not, on which phone."""
    sessions = {(session.on, session.starts_at): session for session in filing.sessions}
    rows = []
    for person, there in each.people.items():
        for at in each.times:
            session = sessions[at[0], begins(at)]
            present = at in there
            rows.append(
                {"technician_id": person, "session_id": session.id, "filing_id": filing.id,
                 "starts_at": session.starts_at, "ends_at": session.ends_at,
                 "hours_tenths": session.hours_tenths if present else 0, "method": "qr",
                 "standing": "counted" if present else "absent", "reason": "",
                 "device_key": each.devices.get(person, f"device{person}") if present else "",
                 "recorded_at": session.ends_at}
            )  # fmt: skip
    db.session.execute(insert(Attendance), rows)


def report(city: make.City, each: Class) -> list[Checked]:
    """What the clerk does after the class, at that time; returns what the checks said before the clerk answered."""
    with clock.at(each.reported_at):
        filing = db.session.get_one(ActivityFiling, each.filing_id)
        clerk = each.employer.clerk
        with transaction():
            made = results.open_report(filing, actor=clerk)
            result_content.put_rows(made, rows(city, each), actor=clerk)
            for number, data in enumerate(each.photos):
                evidence.add(made, [Upload(name=f"现场{number}.jpg", data=data)], actor=clerk)
            each.report_id = made.id
        return result_checking.checked(made)


def release(each: Class) -> ResultReport:
    """The rest of the organiser's way, so that attendance is concluded for the lists that follow."""
    with clock.at(each.reported_at):
        made = db.session.get_one(ResultReport, each.report_id)
        make.release(made, each.employer)
    return made


def rows(city: make.City, each: Class) -> list[RowValues]:
    return [
        RowValues(
            technician_id=person,
            name=city.persons[person][0],
            hours_tenths=each.hours.get(person, hours_of(there)),
            score_tenths=each.scores.get(person),
            outcome=each.outcomes.get(person, Outcome.PASSED if there else Outcome.ABSENT),
            event=each.ranks.get(person, ("", ""))[0],
            rank=each.ranks.get(person, ("", ""))[1],
        )
        for person, there in each.people.items()
    ]


# --- Photos -----------------------------------------------------------------------------------------------------------


def scene(draw: Random) -> Image.Image:
    """Some room with some people: no two look alike."""
    image = Image.new("RGB", (320, 240), tuple(draw.randrange(60, 220) for _ in range(3)))
    canvas = ImageDraw.Draw(image)
    for _ in range(28):
        x, y, wide, high = draw.randrange(300), draw.randrange(220), draw.randrange(15, 120), draw.randrange(15, 90)
        shape = canvas.ellipse if draw.random() < 0.4 else canvas.rectangle
        shape((x, y, x + wide, y + high), fill=tuple(draw.randrange(256) for _ in range(3)))
    return image


def photo(image: Image.Image, taken_at: datetime | None, quality: int = 88) -> bytes:
    """The file; without a moment as chat programs leave it, which take the camera's words away."""
    exif = Image.Exif()
    if taken_at is not None:
        exif[306] = taken_at.astimezone(CHINA).strftime("%Y:%m:%d %H:%M:%S")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()
