"""Makers for the tests of results and ledger: a small city with an employer, its people, a class that is over."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from PIL import Image
from sqlalchemy import insert, update

from domain.identity import id_check_digit
from domain.result_rows import Outcome
from domain.result_standing import Answer
from domain.roles import CITY, Actor, Role
from ids import new_id
from models import (
    ActivityFiling,
    Employment,
    ExamRecord,
    IdentityKey,
    PolicyVersion,
    ResultReport,
    ResultRow,
    Technician,
    db,
)
from services import (
    cases,
    clock,
    crypto,
    evidence,
    filings,
    policies,
    registry,
    result_checking,
    result_content,
    results,
)
from services.evidence import Upload
from services.result_content import RowValues
from services.transaction import transaction
from tests import filing_makers
from tests.domain.filing_samples import draft
from tests.filing_makers import COUNTY, make_account, make_officer

NOW = "2026-06-15T09:00:00+08:00"
_numbers = count(1)


def number_of(serial: int) -> str:
    """A valid ID number, another one for each serial below a million."""
    born = date(1970, 1, 1) + timedelta(days=serial // 1000 * 7 % 9000)
    first = f"{COUNTY}{born:%Y%m%d}{serial % 1000:03d}"
    return first + id_check_digit(first)


def picture(serial: int, taken: str | None = None) -> bytes:
    """A small JPEG; another serial is another file."""
    image = Image.new("RGB", (32, 24), (serial % 256, 120, 80))
    exif = image.getexif()
    exif[270] = str(serial)
    if taken is not None:
        exif[306] = taken
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def clip(filler: bytes = bytes(600), taken_at: datetime | None = None) -> bytes:
    """The smallest MP4 that is whole: a header that says when it was taken, and something that stands for pictures."""
    seconds = int((taken_at - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds()) if taken_at else 0
    movie = _box(b"mvhd", bytes(4) + seconds.to_bytes(4, "big") * 2 + bytes(88))
    return _box(b"ftyp", b"mp42" + bytes(4) + b"mp42isom") + _box(b"moov", movie) + _box(b"mdat", filler)


def _box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


@dataclass(frozen=True)
class Employer:
    """An organisation with its clerk and its second person."""

    id: int
    clerk: Actor
    manager: Actor


@dataclass
class City:
    """Officers of a county (two) and of the city; organisations and persons are added by the tests."""

    officer: Actor
    other_officer: Actor
    city_officer: Actor
    persons: dict[int, tuple[str, str]] = field(default_factory=dict)  # name and number by technician id


def make_city() -> City:
    """Appoint the officers. Like all makers it commits."""
    return City(officer=make_officer(), other_officer=make_officer(), city_officer=make_officer(CITY))


def make_employer(capacity: str = "employer", region: str = COUNTY) -> Employer:
    """An organisation with two persons."""
    clerk = filing_makers.make_organizer(capacity, region)
    seconds = {Role.BASE_CLERK: Role.BASE_MANAGER, Role.ORGANIZER_CLERK: Role.ORGANIZER_MANAGER}
    second = seconds.get(clerk.role, Role.EMPLOYER_MANAGER)
    manager = make_account(second, organization_id=clerk.organization_id)
    return Employer(id=clerk.organization_id or 0, clerk=clerk, manager=manager)


def make_people(city: City, employer: Employer, how_many: int, *, started: date = date(2020, 1, 1)) -> list[int]:
    """Persons of the register, employed since `started`; returns their ids."""
    persons = {new_id(): (f"学员{'甲乙丙丁戊己庚辛壬癸'[n % 10]}", number_of(next(_numbers))) for n in range(how_many)}
    with transaction():
        db.session.execute(
            insert(Technician),
            [
                {"id": id_, "name": name, "sex": "1", "id_type": "resident_id", "region_code": COUNTY,
                 "id_number_sealed": crypto.seal(number, registry.ID_NUMBER), "created_at": clock.now()}
                for id_, (name, number) in persons.items()
            ],
        )  # fmt: skip
        db.session.execute(
            insert(IdentityKey),
            [{"blind_index": crypto.blind_index(number), "technician_id": id_} for id_, (_, number) in persons.items()],
        )
        db.session.execute(
            insert(Employment),
            [{"technician_id": id_, "id": new_id(), "organization_id": employer.id, "started_on": started,
              "state": "active"} for id_ in persons],
        )  # fmt: skip
    city.persons.update(persons)
    return list(persons)


def make_filing(
    city: City,
    employer: Employer,
    *,
    days: tuple[date, ...] = (date(2026, 6, 8), date(2026, 6, 9)),
    title: str = "数控加工新工艺企业内训",
) -> ActivityFiling:
    """An approved filing: two half days of four hours a day, a quarter of them public; filed weeks before."""
    raw = draft(basics__title=title)
    halves = raw["sessions"]["rows"][:2]
    raw["sessions"]["rows"] = [{**half, "on": on.isoformat(), "place": ""} for on in days for half in halves]
    raw["subjects"]["rows"][0]["hours"] = str(2 * len(days))
    raw["subjects"]["rows"][1]["hours"] = str(6 * len(days))
    with filing_makers.at(min(days) - timedelta(days=20)):
        with transaction():
            filing = filings.start(actor=employer.clerk)
        filing_makers.fill(filing, raw, employer.clerk)
        with transaction():
            filings.submit(filing, actor=employer.clerk)
        with transaction():
            shown = filing_makers.shown_sha256(filing)
            cases.act(filing.case, "approve", actor=city.officer, content_sha256=shown)
    return filing


def rows_for(city: City, persons: list[int], **changes: Any) -> list[RowValues]:
    """Results of these persons: sixteen hours, 90 points, passed, unless said otherwise."""
    values = {"hours_tenths": 160, "score_tenths": 900, "outcome": Outcome.PASSED, **changes}
    return [RowValues(technician_id=id_, name=city.persons[id_][0], **values) for id_ in persons]


def make_report(city: City, employer: Employer, persons: list[int], **filing: Any) -> ResultReport:
    """A report in draft with a passed row for each person and all the evidence the policy asks."""
    return report_on(city, employer, persons, make_filing(city, employer, **filing))


def report_on(city: City, employer: Employer, persons: list[int], made: ActivityFiling, **row: Any) -> ResultReport:
    """The same on an activity that was filed already."""
    with transaction():
        report = results.open_report(made, actor=employer.clerk)
        result_content.put_rows(report, rows_for(city, persons, **row), actor=employer.clerk)
        sessions = [session.id for session in made.sessions[:4]]
        for n in range(4):
            photo = Upload(name=f"现场{n}.jpg", data=picture(next(_numbers)))
            evidence.add(report, [photo], actor=employer.clerk, session_id=sessions[n % len(sessions)])
        return report


def all_confirm(report: ResultReport) -> None:
    """Everybody who has not said anything yet confirms the own row, as if each had done so on the page."""
    with transaction():
        db.session.execute(
            update(ResultRow)
            .where(ResultRow.report_id == report.id, ResultRow.answer == "")
            .values(answer=Answer.CONFIRMED.value, answered_at=clock.now())
        )


def answer_doubts(report: ResultReport, employer: Employer) -> None:
    """The clerk writes something to every warning."""
    keys = [each.check.key for each in result_checking.doubts(report)]
    if keys:
        result_checking.answer(report, dict.fromkeys(keys, "已逐人核实"), actor=employer.clerk)


def enter(report: ResultReport, employer: Employer) -> None:
    """The clerk answers what the checks ask and enters the report; everybody confirms."""
    with transaction():
        answer_doubts(report, employer)
        results.enter(report, note="没有录像设备", actor=employer.clerk)
    all_confirm(report)


def release(report: ResultReport, employer: Employer) -> None:
    """Enter and release the report by two persons."""
    enter(report, employer)
    with transaction():
        results.release(report, actor=employer.manager)


def credit(report: ResultReport, officer: Actor, remark: str | None = None) -> None:
    """The officer's decision."""
    with transaction():
        cases.act(report.case, "credit", actor=officer, remark=remark)


def make_exam(technician_id: int, city: City, credits_tenths: int = 100) -> ExamRecord:
    with transaction():
        exam = ExamRecord(
            technician_id=technician_id, title="专项知识考试", subject="PROFESSIONAL", taken_on=date(2026, 5, 20),
            score_tenths=800, credits_tenths=credits_tenths, recorded_by_id=city.city_officer.account_id,
        )  # fmt: skip
        db.session.add(exam)
        db.session.flush()
        return exam


def active_version() -> PolicyVersion:
    """The policy the city goes by."""
    return policies.active_version()
