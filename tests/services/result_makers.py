"""Makers for the tests of results and ledger: a small city with an employer, its people, a class that is over."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from PIL import Image
from sqlalchemy import insert

from domain.identity import id_check_digit
from domain.periods import CHINA
from domain.result_rows import Outcome
from domain.roles import CITY, Actor, Role
from domain.workflows import CaseKind
from models import (
    Account,
    ActivityFiling,
    ActivitySession,
    Employment,
    ExamRecord,
    IdentityKey,
    Membership,
    Organization,
    OrganizationCapacity,
    ResultReport,
    SubjectLine,
    Technician,
    db,
)
from services import clock, crypto, evidence, foundations, policies, registry, result_content, results
from services.evidence import Upload
from services.result_content import RowValues
from services.transaction import transaction

NOW = "2026-06-15T09:00:00+08:00"
COUNTY = "330784"
_numbers = count(1)


def number_of(serial: int) -> str:
    """A valid ID number, another one for each serial below a million."""
    born = date(1970, 1, 1) + timedelta(days=serial // 1000 * 7 % 9000)
    first = f"{COUNTY}{born:%Y%m%d}{serial % 1000:03d}"
    return first + id_check_digit(first)


def picture(shade: int = 0, taken: str | None = None) -> bytes:
    """A small JPEG; another shade is another file."""
    image = Image.new("RGB", (32, 24), (shade % 256, shade // 256 % 256, 80))
    exif = image.getexif()
    if taken is not None:
        exif[306] = taken
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


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
    """Lay the foundations and appoint the officers. Like all makers it commits."""
    with transaction():
        foundations.lay()
        return City(
            officer=actor(Role.COUNTY_OFFICER, region_code=COUNTY),
            other_officer=actor(Role.COUNTY_OFFICER, region_code=COUNTY),
            city_officer=actor(Role.CITY_OFFICER, region_code=CITY),
        )


def actor(role: Role, *, person: str | None = None, **scope) -> Actor:
    """A new account acting in one role; `person` is the natural person's key."""
    serial = next(_numbers)
    account = Account(
        login_name=f"account{serial}", display_name=f"经办{serial}", person_key=person or f"person{serial}",
        created_at=clock.machine_now(),
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    membership = Membership(account_id=account.id, role=role.value, started_at=clock.machine_now(), **scope)
    db.session.add(membership)
    db.session.flush()
    return Actor(
        role=role, name=account.display_name, account_id=account.id, membership_id=membership.id,
        person_key=account.person_key, **scope,
    )  # fmt: skip


def make_employer(capacity: str = "employer", region: str = COUNTY) -> Employer:
    serial = next(_numbers)
    base = capacity == "training_base"
    with transaction():
        organization = Organization(
            uscc=f"TEST{serial:014d}", name=f"第{serial}五金厂", region_code=region, created_at=clock.now()
        )
        db.session.add(organization)
        db.session.flush()
        db.session.add(OrganizationCapacity(organization_id=organization.id, capacity=capacity, since=date(2020, 1, 1)))
        return Employer(
            id=organization.id,
            clerk=actor(Role.BASE_CLERK if base else Role.EMPLOYER_CLERK, organization_id=organization.id),
            manager=actor(Role.BASE_MANAGER if base else Role.EMPLOYER_MANAGER, organization_id=organization.id),
        )


def make_people(city: City, employer: Employer, how_many: int, *, started: date = date(2020, 1, 1)) -> list[int]:
    """Persons of the register, employed since `started`; returns their ids."""
    from ids import new_id

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
    lines: tuple[tuple[str, int], ...] = (("PUBLIC", 40), ("PROFESSIONAL", 120)),
    form: str = "F3",
    title: str = "数控加工新工艺企业内训",
) -> ActivityFiling:
    """An approved filing: two half days of four hours a day, subject lines in tenths of hours."""
    from services import cases

    with transaction():
        organization = db.session.get_one(Organization, employer.id)
        case = cases.open_case(
            CaseKind.ACTIVITY_FILING, title=title, region_code=organization.region_code, actor=employer.clerk
        )
        filing = ActivityFiling(
            case_id=case.id, organization_id=employer.id, form=form, title=title, place="一号车间",
            starts_on=min(days), ends_on=max(days), quota=200,
        )  # fmt: skip
        db.session.add(filing)
        db.session.flush()
        for position, (subject, hours) in enumerate(lines, 1):
            db.session.add(
                SubjectLine(
                    filing_id=filing.id, position=position, subject=subject, title=f"第{position}科",
                    hours_tenths=hours,
                )
            )  # fmt: skip
        for on in days:
            for half, begins in (("am", time(8, 30)), ("pm", time(13, 30))):
                starts_at = datetime.combine(on, begins, CHINA).astimezone(UTC)
                db.session.add(
                    ActivitySession(
                        filing_id=filing.id, on=on, half=half, starts_at=starts_at,
                        ends_at=starts_at + timedelta(hours=3), hours_tenths=40, place="一号车间",
                    )
                )  # fmt: skip
        db.session.flush()
        cases.act(case, "submit", actor=employer.clerk)
        cases.act(case, "approve", actor=city.officer)
        return filing


def rows_for(city: City, persons: list[int], **changes) -> list[RowValues]:
    """Results of these persons: sixteen hours, 90 points, passed, unless said otherwise."""
    values = {"hours_tenths": 160, "score_tenths": 900, "outcome": Outcome.PASSED, **changes}
    return [RowValues(technician_id=id_, name=city.persons[id_][0], **values) for id_ in persons]


def make_report(city: City, employer: Employer, persons: list[int], **filing) -> ResultReport:
    """A report in draft with a passed row for each person and all the evidence the policy asks."""
    made = make_filing(city, employer, **filing)
    with transaction():
        report = results.open_report(made, actor=employer.clerk)
        result_content.put_rows(report, rows_for(city, persons), actor=employer.clerk)
        evidence.add(
            report,
            [Upload(name=f"现场{n}.jpg", data=picture(next(_numbers))) for n in range(4)],
            actor=employer.clerk,
        )
        return report


def release(report: ResultReport, employer: Employer) -> None:
    """Enter and release the report by two persons."""
    with transaction():
        results.enter(report, note="没有录像设备", actor=employer.clerk)
    with transaction():
        results.release(report, actor=employer.manager)


def credit(report: ResultReport, officer: Actor) -> None:
    from services import cases

    with transaction():
        cases.act(report.case, "credit", actor=officer)


def make_exam(technician_id: int, city: City, credits_tenths: int = 100) -> ExamRecord:
    with transaction():
        exam = ExamRecord(
            technician_id=technician_id, title="专项知识考试", subject="PROFESSIONAL", taken_on=date(2026, 5, 20),
            score_tenths=800, credits_tenths=credits_tenths, recorded_by_id=city.city_officer.account_id,
        )  # fmt: skip
        db.session.add(exam)
        db.session.flush()
        return exam


def active_version():
    return policies.active_version()
