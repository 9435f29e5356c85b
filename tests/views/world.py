"""Two small cities-in-one for the tests that walk every route: each has one of everything a page can be about.

Every text somebody typed in a world begins with the world's `label`, so that one search finds what leaked out of it.
"""

import hashlib
import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select

from domain.attendance_rules import Method, Standing
from domain.base_measures import Measure
from domain.base_reports import PARTS
from domain.contact import check_email
from domain.corrections import Origin, Values
from domain.discipline import Severity
from domain.identity import check_id_number, id_check_digit, uscc_check_character
from domain.ledger_rules import ReversalReason
from domain.places import Datum, Point, Reading
from domain.proof_kinds import ProofKind
from domain.result_rows import Outcome
from domain.result_standing import DisputeKind, StatusKind
from domain.roles import CITY, ORGANIZATION_ROLES, Actor, Role
from domain.workflows import CaseKind, Side
from models import (
    Account,
    ActivityFiling,
    ActivitySession,
    Attachment,
    BaseObjection,
    BaseOpinion,
    BaseTeacher,
    BaseVisit,
    Case,
    CreditEntry,
    DisciplineEvent,
    Employment,
    ImportBatch,
    Job,
    LogHead,
    Membership,
    Notice,
    OfficialLetter,
    Organization,
    OrganizationCapacity,
    PictureMatch,
    Proof,
    ProofBatch,
    ResultCorrection,
    ResultDispute,
    ResultReport,
    Technician,
    TrainingBase,
    Upload,
    UserSession,
    db,
)
from services import (
    accounts,
    activation,
    attendance,
    base_measures,
    base_objections,
    base_reports,
    cases,
    check_in,
    clock,
    compliance,
    corrections,
    crypto,
    discipline,
    enrolling,
    evidence,
    links,
    log_sealing,
    name_changes,
    proof_batches,
    proof_consents,
    proofs,
    registrations,
    registry,
    result_confirmations,
    result_disputes,
    result_jobs,
    results,
    sign_in_sheets,
    staff_jobs,
    status_lists,
    uploads,
    venues,
)
from services.transaction import transaction
from tests import base_makers, filing_makers
from tests.services import result_makers
from tests.sheet_makers import RESULT_HEADERS, STAFF_HEADERS, xlsx
from tests.views import world_archives, world_forms

NOW = result_makers.NOW
PASSWORD = "Wenxuan-lu-88-hao"
CONTACT_PHONE = "0579-81234567"
# Numbers in uploaded lists that are nobody's: one with a wrong check digit, one that no register knows.
WRONG_NUMBER = "330784199002301234"
CITY_ROLES = (Role.CITY_OFFICER, Role.CITY_LEADER, Role.CENTER_STAFF, Role.AUDITOR)
# Who belongs to one world: the roles of an organisation, of a person, of a county.
WORLD_ROLES = (*sorted(ORGANIZATION_ROLES), Role.TECHNICIAN, Role.COUNTY_OFFICER, Role.COUNTY_LEADER)

_serial = count(1)


@dataclass
class World:
    """One county with its organisations, people and papers.

    `secrets` are what no page, log or file may hold: whole ID and phone numbers, passwords, session tokens.
    """

    region: str
    label: str
    latin: str
    actors: dict[Role, Actor] = field(default_factory=dict)
    organizations: dict[str, int] = field(default_factory=dict)
    people: dict[int, tuple[str, str]] = field(default_factory=dict)  # name and ID number by technician id
    phones: list[str] = field(default_factory=list)
    tokens: dict[str, list[str]] = field(default_factory=dict)  # by blueprint
    classes: list[int] = field(default_factory=list)  # activities with people in them
    secrets: set[str] = field(default_factory=set)

    def text(self, words: str) -> str:
        """What somebody of this world typed."""
        return f"{self.label}{words}"

    @property
    def numbers(self) -> list[str]:
        return [number for _, number in self.people.values()]


@dataclass
class Site:
    """The application on a database with both worlds; `shared` are the offices of the whole city.

    `touched` are the tables that a walk left otherwise than it found them.
    """

    app: Flask
    a: World
    b: World
    shared: dict[Role, Actor]
    touched: set[str] = field(default_factory=set)

    def actor(self, role: Role) -> Actor:
        return self.shared.get(role) or self.a.actors[role]


def build(app: Flask) -> Site:
    """Fill the database of the application; commits."""
    with app.app_context():
        shared = {
            role: _account(f"全市{role.label}", f"city-{role.value}", role, region_code=CITY) for role in CITY_ROLES
        }
        site = Site(app=app, a=World("330784", "甲子岭", "jiazi"), b=World("330783", "乙丑湾", "yichou"), shared=shared)
        for world in (site.a, site.b):
            _fill(world, shared[Role.CITY_OFFICER])
            _bases(world, shared[Role.CENTER_STAFF])
        _seal_the_day()
    return site


def _seal_the_day() -> None:
    """As if it were over: the public log has a head."""
    with transaction(), clock.at(clock.now() + timedelta(days=1)):
        log_sealing.seal_within(clock.today() - timedelta(days=1))


# Pages about activities with people in them; most addresses of other activities would only say there is no such page.
_ABOUT_CLASSES = (
    *("filings_people", "filings_attendance", "filings_scan", "filings_venues", "filings_discipline"),
    *("enrolments", "staff_enrolments"),
)

# Of a rule with a case and an action so many cases give every action a turn.
_MOST_ON_THE_DESK = 9
_CASES_OF = {"base_measures": CaseKind.BASE_MEASURE, "bureau_base_reports": CaseKind.BASE_REPORT}
_OF = {"filings_service": "F4_VOLUNTEER", "filings_log": "F4"}

# --- what a parameter of an address may be ----------------------------------------------------------------------------


def values(world: World, name: str, blueprint: str) -> list[Any]:
    """What of this world an address parameter of this name may name; an unknown name is for whoever adds it to say.

    Needs an app context.
    """
    own = world.organizations.values()
    tellers = {
        "filing_id": lambda: _filings(world, blueprint),
        "activity_id": lambda: world.classes,
        "activity_session_id": lambda: _ids(ActivitySession.id, ActivitySession.filing_id.in_(world.classes)),
        "event_id": lambda: _ids(DisciplineEvent.id, DisciplineEvent.filing_id.in_(world.classes)),
        "reference": lambda: [
            sign_in_sheets.reference(session)
            for session in db.session.scalars(
                select(ActivitySession).where(ActivitySession.filing_id.in_(world.classes)).order_by(ActivitySession.id)
            )
        ],
        "case_id": lambda: _cases(world, blueprint),
        "correction_id": lambda: _ids(ResultCorrection.id, ResultCorrection.case.has(Case.region_code == world.region)),
        "report_id": lambda: _ids(ResultReport.id, ResultReport.case.has(Case.region_code == world.region)),
        "attachment_id": lambda: _attachments(world),
        "upload_id": lambda: _ids(Upload.id, Upload.organization_id.in_(own)),
        "batch_id": lambda: _ids(ImportBatch.id, _batches(blueprint, list(own))),
        "dispute_id": lambda: _ids(
            ResultDispute.id, ResultDispute.report.has(ResultReport.case.has(Case.region_code == world.region))
        ),
        "technician_id": lambda: list(world.people),
        "employment_id": lambda: _ids(Employment.id, Employment.organization_id.in_(own)),
        "entry_id": lambda: _ids(CreditEntry.id, CreditEntry.technician_id.in_(world.people)),
        "proof_id": lambda: _ids(Proof.id, Proof.technician_id.in_(world.people)),
        "number": lambda: _ids(Proof.number, Proof.technician_id.in_(world.people)),
        "code": lambda: _ids(Proof.code, Proof.technician_id.in_(world.people)),
        "membership_id": lambda: _ids(Membership.id, Membership.organization_id.in_(own)),
        "session_id": lambda: _ids(UserSession.id, UserSession.account_id.in_(_accounts(world))),
        "job_id": lambda: _ids(Job.id, Job.membership_id.in_(_memberships(world))),
        "notice_id": lambda: _ids(Notice.id, Notice.membership_id.in_(_memberships(world))),
        "token": lambda: world.tokens[blueprint],
        "key": lambda: [
            "basics",
            "subjects",
            "teachers",
            "sessions",
            "people",
            "rights",
            "plan",
            "scope",
            "fees",
            "condition1",
            "partner",
            "competition",
            "events",
            "judges",
            "awards",
            "work_training",
            "periods",
            "service",
            "other",
        ],
        "action": lambda: ["approve", "return", "reject", "extend", "approve_change", "refuse_change", "credit"],
        "base_id": lambda: _ids(TrainingBase.id, TrainingBase.organization_id.in_(own)),
        "measure": lambda: ["suspend", "revoke", "lift"],
        "teacher_id": lambda: _ids(
            BaseTeacher.id,
            BaseTeacher.base_id.in_(select(TrainingBase.id).where(TrainingBase.organization_id.in_(own))),
        ),
        "visit_id": lambda: _ids(BaseVisit.id, BaseVisit.case.has(Case.region_code == world.region)),
        "member": lambda: [0],
        "opinion_id": lambda: _ids(BaseOpinion.id, BaseOpinion.case.has(Case.region_code == world.region)),
        "letter_id": lambda: _ids(OfficialLetter.id, OfficialLetter.case.has(Case.region_code == world.region)),
        "objection_id": lambda: _ids(BaseObjection.id, BaseObjection.case.has(Case.region_code == world.region)),
        **{
            name: lambda name=name: world_archives.ids(name, list(own), world.region)
            for name in ("paper_id", "bundle_id", "hold_id", "handover_id", "list_id")
        },
        "year": lambda: [2025] if blueprint == "base_reports" else [2026, 2027],
        "log_day": lambda: [day.isoformat() for day in db.session.scalars(select(LogHead.day))],
        "position": lambda: [0, 1],
        "answer": lambda: ["agree", "refuse"],
        "use": lambda: ["examiner", "subsidy"],
        "proof_batch_id": lambda: _ids(
            ProofBatch.id,
            ProofBatch.requested_by_id.in_(_accounts(world))
            & ((ProofBatch.basis != "") == (blueprint == "register_batches")),
        ),
        "organization_id": lambda: list(own),
    }
    if name not in tellers:
        raise LookupError(f"<{name}> is new in an address: say in tests/views/world.py what it may be")
    return tellers[name]()


def _filings(world: World, blueprint: str) -> list[Any]:
    """The activities that pages of this blueprint are about."""
    own = world.organizations.values()
    if blueprint in _ABOUT_CLASSES:
        return world.classes
    if blueprint == "joint_filings":
        return _ids(ActivityFiling.id, ActivityFiling.case.has(Case.partner_id.in_(own)))
    condition = ActivityFiling.organization_id.in_(own)
    if blueprint in world_archives.ABOUT:
        return list(db.session.scalars(world_archives.credited().where(condition).with_only_columns(ActivityFiling.id)))
    if blueprint in _OF:
        condition &= ActivityFiling.form == _OF[blueprint]
    return _ids(ActivityFiling.id, condition)


def _cases(world: World, blueprint: str) -> list[Any]:
    """The cases that pages of this blueprint are about."""
    condition = Case.region_code == world.region
    if blueprint in ("bases", "base_applications", "bureau_bases", "center_bases"):
        condition &= Case.kind == CaseKind.BASE_APPLICATION
    if blueprint in _CASES_OF:
        condition &= Case.kind == _CASES_OF[blueprint]
    if blueprint == "bureau_results":
        condition &= Case.kind == CaseKind.RESULT_REPORT
    if blueprint == "bureau":
        return _for_the_desk(condition)
    return _ids(Case.id, condition)


def _for_the_desk(condition: Any) -> list[Any]:
    """One case of each kind and state, first those on which the bureau has to decide; no more than are asked for."""
    found: dict[tuple[str, str], int] = {}
    for case in db.session.execute(select(Case.kind, Case.state, Case.id).where(condition).order_by(Case.id)):
        found.setdefault((case.kind, case.state), case.id)
    ours = sorted(found, key=lambda each: cases.side_of(*each) is not Side.BUREAU)
    return [found[each] for each in ours[:_MOST_ON_THE_DESK]]


def _ids(column: Any, condition: Any) -> list[Any]:
    return list(db.session.scalars(select(column).where(condition).order_by(column)))


def _attachments(world: World) -> list[Any]:
    """Some papers and pictures; and the videos and the alike pictures, which have pages of their own."""
    own = Attachment.case.has(Case.region_code == world.region)
    alike = Attachment.id.in_(select(PictureMatch.attachment_id))
    some = ((own, 8), (own & (Attachment.kind == "video"), 2), (own & alike, 1))
    return list(dict.fromkeys(each for kind, most in some for each in _few(_ids(Attachment.id, kind), most)))


def _few(found: list[Any], most: int) -> list[Any]:
    return found[:: max(1, -(-len(found) // most))]


def _accounts(world: World) -> list[int]:
    return [actor.account_id for actor in world.actors.values() if actor.account_id]


def _memberships(world: World) -> list[int]:
    return [actor.membership_id for actor in world.actors.values() if actor.membership_id]


def marks(world: World) -> set[str]:
    """Strings that only pages about this world hold. Needs an app context."""
    numbers = _ids(Case.number, (Case.region_code == world.region) & Case.number.is_not(None))
    return {world.label, world.latin, *numbers, *values(world, "number", ""), *values(world, "code", "")}


# --- making a world ---------------------------------------------------------------------------------------------------


def _account(name: str, login_name: str, role: Role, **scope: Any) -> Actor:
    with transaction():
        account = Account(
            login_name=login_name,
            display_name=name,
            email=check_email(f"{login_name}@example.com"),
            password_hash=_password_hash(),
            person_key=crypto.blind_index(f"person\n{login_name}"),
            created_at=clock.machine_now(),
        )
        db.session.add(account)
        db.session.flush()
        membership = Membership(account_id=account.id, role=role.value, started_at=clock.machine_now(), **scope)
        db.session.add(membership)
        db.session.flush()
        return Actor(
            role=role,
            name=name,
            account_id=account.id,
            membership_id=membership.id,
            person_key=account.person_key,
            **scope,
        )


_hashes: list[str] = []


def _password_hash() -> str:
    if not _hashes:
        _hashes.append(accounts.hash_password(PASSWORD))
    return _hashes[0]


def uscc(serial: int, region: str) -> str:
    """A valid organisation code."""
    first = f"91{region}MA{serial:07d}"
    return first + uscc_check_character(first)


def id_number(serial: int, region: str) -> str:
    """A valid ID number of somebody born in the eighties."""
    first = f"{region}{date(1980, 1, 1) + timedelta(days=37 * (serial % 250)):%Y%m%d}{serial % 1000:03d}"
    number = first + id_check_digit(first)
    return check_id_number(number, today=date(2026, 6, 15)).number


STRANGERS = (WRONG_NUMBER, id_number(999, "330702"))
RETIRED_NUMBER = id_number(997, "330784")


def _organization(world: World, key: str, words: str, capacity: str) -> int:
    with transaction():
        organization = Organization(
            uscc=uscc(next(_serial), world.region),
            name=world.text(words),
            region_code=world.region,
            address=world.text("工业路1号"),
            contact_name=world.text("联系人"),
            contact_phone="0579-87654321",
            contact_email=f"{world.latin}-{key}@example.com",
            created_at=clock.now(),
        )
        db.session.add(organization)
        db.session.flush()
        db.session.add(OrganizationCapacity(organization_id=organization.id, capacity=capacity, since=date(2020, 1, 1)))
        world.organizations[key] = organization.id
        return organization.id


def _fill(world: World, city_officer: Actor) -> None:
    factory = _organization(world, "factory", "五金厂", "employer")
    other = _organization(world, "other", "电机厂", "employer")
    school = _organization(world, "school", "培训学校", "training_base")
    association = _organization(world, "association", "五金协会", "industry_body")
    authority = _organization(world, "authority", "经信局", "government")
    for role in sorted(ORGANIZATION_ROLES):
        scope = {"base": school, "organizer": association, "industry": authority}.get(role.value.split("_")[0], factory)
        world.actors[role] = _account(
            world.text(role.label), f"{world.latin}-{role.value}", role, organization_id=scope
        )
    officer = _account(world.text("局经办"), f"{world.latin}-officer", Role.COUNTY_OFFICER, region_code=world.region)
    world.actors[Role.COUNTY_OFFICER] = officer
    world.actors[Role.COUNTY_LEADER] = _account(
        world.text("局负责人"), f"{world.latin}-leader", Role.COUNTY_LEADER, region_code=world.region
    )
    other_clerk = _account(world.text("电机厂经办"), f"{world.latin}-other", Role.EMPLOYER_CLERK, organization_id=other)
    _import_staff(world, world.actors[Role.EMPLOYER_CLERK], other_clerk)
    world.actors[Role.TECHNICIAN] = _technician(world)
    _file_and_report(world, officer, city_officer)
    _hold_classes(world, officer)
    _register(world, officer)
    world.tokens["confirmations"] = world_forms.file_forms(world.actors, officer, list(world.people), world.text)
    _issue(world)
    _links(world)
    world_archives.fill(world.actors[Role.EMPLOYER_CLERK], officer, world.text)
    with transaction():
        account = db.session.get_one(Account, officer.account_id)
        world.secrets.add(accounts.begin_session(account, ip="198.51.100.1", user_agent=world.text("浏览器")))
    world.secrets |= {PASSWORD, *world.numbers, *world.phones}


def _bases(world: World, center: Actor) -> None:
    """The school is a published base; the association is on public notice, with an objection; the factory writes."""
    bureau = base_makers.Bureau(
        reviewer=world.actors[Role.COUNTY_OFFICER],
        second=_account(world.text("局复核"), f"{world.latin}-second", Role.COUNTY_OFFICER, region_code=world.region),
        leader=world.actors[Role.COUNTY_LEADER],
        center=center,
    )
    raw = base_makers.words()
    for values in raw.values():
        for holder in (values, *values.get("rows", [])):
            for name in ("place", "contents", "text", "name", "title", "credentials", "field", "item", "signer"):
                if name in holder:
                    holder[name] = world.text(holder[name])
    base_makers.make_draft(world.actors[Role.EMPLOYER_CLERK], raw)
    # Published a year ago, so that there is a year to report on.
    with filing_makers.at(date(2025, 4, 1)):
        base = base_makers.make_base(world.actors[Role.BASE_CLERK], bureau, raw)
    _supervise(world, base, bureau)
    on_notice = base_makers.make_on_notice(
        world.actors[Role.ORGANIZER_CLERK], bureau, raw, visited=True, asked=world.organizations["authority"]
    )
    phone = f"1391234{world.region[-4:]}"
    with transaction():
        base_objections.object_to(
            on_notice.case, name=world.text("群众"), contact=phone, content=world.text("场地不符")
        )
    world.phones.append(phone)
    world.secrets.add(world.text("群众"))


def _supervise(world: World, base: TrainingBase, bureau: base_makers.Bureau) -> None:
    """A suspension that the leader refused, and a report that waits for its scores."""
    with transaction():
        measure = base_measures.propose(
            base,
            Measure.SUSPEND,
            reason=world.text("多人反映乱收费，已查实"),
            grounds=[4],
            choices={},
            actor=bureau.reviewer,
        )
    with transaction():
        cases.act(measure.case, "refuse", actor=bureau.leader, remark=world.text("证据不足"))
    with transaction():
        words = dict.fromkeys(PARTS, world.text("全年办班十二期，严格考勤，学员满意，没有事故。"))
        base_reports.submit(base, 2025, words, actor=world.actors[Role.BASE_CLERK])


def _import_staff(world: World, clerk: Actor, other_clerk: Actor) -> None:
    """A list with a wrong row, confirmed; one that waits for its confirmation; one of another employer, a claim."""
    rows: list[list[object]] = []
    for place, given in enumerate("一二三", 1):
        serial = next(_serial)
        number, phone = id_number(serial, world.region), f"138{place}{serial:03d}{world.region[-4:]}"
        world.phones.append(phone)
        rows.append(
            [place, world.text(given), "女" if int(number[16]) % 2 == 0 else "男", number, phone,
             f"{world.region}9{serial:06d}", "焊工", "三级/高级工", "职业技能等级证书",
             f"Y0001{world.region}{serial:06d}", "2020-05-08"]
        )  # fmt: skip
    wrong = [9, world.text("错"), "男", WRONG_NUMBER, "13812345678", None, "焊工", "三级/高级工",
             "职业技能等级证书", "Y1", "2020-05-08"]  # fmt: skip
    with filing_makers.at(date(2026, 3, 2)):
        first = _upload(world, [*rows, wrong], clerk)
        with transaction():
            staff_jobs.confirm(db.session.get_one(ImportBatch, first), actor=clerk)
        _upload(world, [*rows, wrong], clerk)
    claim = _upload(world, rows[:1], other_clerk)
    with transaction():
        staff_jobs.confirm(db.session.get_one(ImportBatch, claim), actor=other_clerk)
    for row in rows:
        found = registry.ids_by_blind_index([crypto.blind_index(str(row[3]))])
        world.people[next(iter(found.values()))] = (str(row[1]), str(row[3]))


def _upload(world: World, rows: list[list[object]], actor: Actor) -> int:
    with transaction():
        batch = staff_jobs.upload(xlsx([STAFF_HEADERS, *rows]), world.text("花名册.xlsx"), actor=actor)
        batch_id = batch.id
    found = db.session.get_one(ImportBatch, batch_id)
    assert found.state == "checked", found.message
    return batch_id


def _technician(world: World) -> Actor:
    """The first person takes the own account over and answers nothing yet to the other employer's claim."""
    technician_id, (name, number) = next(iter(world.people.items()))
    with transaction():
        link = _link_of(activation.link_for_technician(technician_id, actor=world.actors[Role.EMPLOYER_CLERK]))
        account = activation.take_over_as_technician(link, number, PASSWORD, world.phones[0])
        account_id = account.id
    membership = db.session.scalars(select(Membership).where(Membership.account_id == account_id)).one()
    return Actor(
        role=Role.TECHNICIAN,
        name=name,
        account_id=account_id,
        membership_id=membership.id,
        technician_id=technician_id,
        person_key=crypto.blind_index(number),
    )


def _link_of(address: str) -> Any:
    return links.find(address.rpartition("/")[2])


def _file_and_report(world: World, officer: Actor, city_officer: Actor) -> None:
    """Filings in most states, reports in four: being entered, entered, waiting for the bureau, credited.

    A correction of the last one waits for the bureau.
    """
    clerk, manager = world.actors[Role.EMPLOYER_CLERK], world.actors[Role.EMPLOYER_MANAGER]
    employer = result_makers.Employer(id=clerk.organization_id or 0, clerk=clerk, manager=manager)
    city = result_makers.City(officer=officer, other_officer=officer, city_officer=city_officer, persons=world.people)
    words = _words(world)
    filing_makers.make_draft(clerk, **words)
    filing_makers.make_draft(world.actors[Role.BASE_CLERK], **words)
    filing_makers.make_submitted(world.actors[Role.BASE_CLERK], **words)
    returned = filing_makers.make_submitted(clerk, first=date(2026, 7, 6), **words)
    filing_makers.send_back(returned, officer, ("basics", world.text("培训目的不具体")))
    filing_makers.make_approved(clerk, officer, first=date(2026, 7, 20), **words)
    changing = filing_makers.make_approved(clerk, officer, first=date(2026, 8, 3), **words)
    with transaction():
        filing_makers.make_proposal(changing, clerk, reason=world.text("漏水"), place=world.text("二号培训室"))
    people = list(world.people)
    reports = [
        result_makers.make_report(
            city, employer, people, days=(first, first + timedelta(days=1)), title=world.text(f"内训{first.day}")
        ).id
        for first in (date(2026, 5, 6), date(2026, 5, 11), date(2026, 5, 18), date(2026, 5, 25))
    ]
    _dispute(world, reports[1], reports[2], employer, city_officer)
    for report_id in reports[3:]:
        result_makers.release(db.session.get_one(ResultReport, report_id), employer)
    result_makers.credit(db.session.get_one(ResultReport, reports[3]), officer)
    _ask_for_a_correction(world, reports[3], people[0], clerk, manager)
    rows = [[1, name, number, "焊工", 8, 88, "合格", None] for name, number in world.people.values()]
    rows.append([2, world.text("生人"), STRANGERS[1], "焊工", 8, 88, "合格", None])
    with transaction():
        report = db.session.get_one(ResultReport, reports[0])
        result_jobs.upload(report, xlsx([RESULT_HEADERS, *rows]), world.text("成绩.xlsx"), actor=clerk)
        video = evidence.Upload(name=world.text("上课.mp4"), data=result_makers.clip(world.label.encode()))
        evidence.add(report, [video], actor=clerk)
        uploads.begin(report, name=world.text("下午.mp4"), size=3_000_000, session_id=None, actor=clerk)
        photos = [evidence.of_report(db.session.get_one(ResultReport, reports[which]))[0] for which in (0, 3)]
        db.session.add(PictureMatch(attachment_id=photos[0].id, other_id=photos[1].id, mirrored=False))


def _batches(blueprint: str, own: list[int]) -> Any:
    """Which uploaded tables the pages of a blueprint are about: the city's lists belong to no organisation."""
    if blueprint == "status_lists":
        return ImportBatch.organization_id.is_(None)
    ours = ImportBatch.organization_id.in_(own)
    return ours & ImportBatch.report_id.is_not(None) if blueprint == "results_import" else ours


def _dispute(world: World, entered: int, released: int, employer: result_makers.Employer, city_officer: Actor) -> None:
    """A person finds fault with a list that is entered, and with one in which an officer is to decide on the row.

    The city's list of retired persons waits to be looked at.
    """
    person = Actor(role=Role.TECHNICIAN, name=world.text("学员"), technician_id=list(world.people)[-1])
    first, second = (db.session.get_one(ResultReport, report_id) for report_id in (entered, released))
    with transaction():
        result_makers.answer_doubts(first, employer)
        results.enter(first, note=world.text("没有录像"), actor=employer.clerk)
        result_makers.answer_doubts(second, employer)
        results.enter(second, note=world.text("没有录像"), actor=employer.clerk)
        for report in (first, second):
            raised = result_confirmations.dispute(
                report, kind=DisputeKind.OTHER, text=world.text("学时不符"), actor=person
            )
        result_disputes.insist(raised, reason=world.text("签到表为证"), actor=employer.clerk)
    result_makers.all_confirm(second)
    with transaction():
        results.release(second, actor=employer.manager)
        retired = [[world.text("退休"), RETIRED_NUMBER, "2025-03-01"], [world.text("错"), WRONG_NUMBER, "2025-03-01"]]
        data = xlsx([["姓名", "身份证号码", "退休日期"], *retired])
        status_lists.upload(StatusKind.RETIRED, data, "退休名单.xlsx", actor=city_officer)


def _ask_for_a_correction(world: World, report_id: int, person: int, clerk: Actor, manager: Actor) -> None:
    """Credited results that are to be corrected: the request waits for the bureau."""
    new = Values(hours_tenths=120, score_tenths=900, outcome=Outcome.PASSED)
    with transaction():
        correction = corrections.begin(db.session.get_one(ResultReport, report_id), actor=clerk)
        corrections.put(correction, person, new, remark=world.text("早退"), actor=clerk)
        corrections.submit(
            correction,
            origin=Origin.PERSON,
            reason=ReversalReason.WRONG_ENTRY,
            explanation=world.text("签到表漏看一页"),
            actor=clerk,
        )
    with transaction():
        corrections.release(correction, actor=manager)


def _hold_classes(world: World, officer: Actor) -> None:
    """A class of the school that begins today, with a presence, an absence and an event; one to come, with a request.

    The factory's clerk has still to answer it.
    """
    clerk, people, words = world.actors[Role.BASE_CLERK], list(world.people), _words(world)
    today = clock.today()
    running = filing_makers.make_approved(clerk, officer, first=today, **words)
    coming = filing_makers.make_approved(clerk, officer, first=today + timedelta(days=42), **words)
    world.classes = [running.id, coming.id]
    with transaction():
        enrolling.register(running, people, consented=True, actor=clerk)
        enrolling.register(coming, people[:1], consented=False, actor=clerk)
    first = min(running.sessions, key=lambda session: session.starts_at)
    with clock.at(first.starts_at):
        with transaction():
            check_in.check(first, people[0], method=Method.QR, actor=world.actors[Role.TECHNICIAN], device="phone")
        with transaction():
            venues.give(running, venues.place_of(first, running), "29.079175,119.647424", Datum.WGS84, actor=clerk)
            venues.note(first, running, people[0], Reading(Point(29.1, 119.7), 20))
        with transaction():
            attendance.note(first, running, {people[1]: Standing.ABSENT}, actor=clerk, reason=world.text("请假未批"))
        with transaction():
            words_of_event = world.text("上课玩手机")
            discipline.record(
                first, running, people[0], severity=Severity.MINOR, description=words_of_event, actor=clerk
            )


def _words(world: World) -> dict[str, Any]:
    """A filing in the words of this world."""
    return {
        "basics__title": world.text("数控内训"),
        "basics__purpose": world.text("掌握新工艺"),
        "basics__place": world.text("一号培训室"),
        "subjects__0__title": world.text("职业道德"),
        "teachers__0__name": world.text("王老师"),
        "teachers__0__unit": world.text("技师学院"),
        "teachers__0__title": world.text("高级讲师"),
        "teachers__1__name": world.text("李老师"),
        "sessions__0__topic": world.text("法规"),
        "sessions__2__place": world.text("二号车间"),
        "people__occupations": "焊工",
        "people__assessment": world.text("闭卷笔试"),
        "rights__wage_clause": world.text("工资照发"),
        "rights__cost_agreement": world.text("费用单位承担"),
    }


def _register(world: World, officer: Actor) -> None:
    """Applications for admission: a draft, one that waits, one to be corrected."""
    ids = []
    for place in range(3):
        licence = registrations.Licence(
            data=_picture(next(_serial)), name=world.text("执照.jpg"), media_type="image/jpeg"
        )
        with transaction():
            registration = registrations.draft(
                {
                    "uscc": uscc(next(_serial), world.region),
                    "name": world.text(f"新厂{place}"),
                    "region_code": world.region,
                    "address": world.text("新城路2号"),
                    "contact_name": world.text("申请人"),
                    "contact_phone": CONTACT_PHONE,
                    "contact_email": f"{world.latin}-new{place}@example.com",
                },
                licence,
            )
            ids.append(registration.case_id)
        if place:
            with transaction():
                registrations.submit(registrations.of_case(db.session.get_one(Case, ids[-1])))
    with transaction():
        case = db.session.get_one(Case, ids[2])
        points = [("address", world.text("地址不完整"))]
        cases.act(case, "return", actor=officer, remark=world.text("请补正"), items=points)
    world.tokens["registration"] = [registrations.access_token(case_id) for case_id in ids]


def _picture(serial: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 24), (serial % 256, 20, 180)).save(out, "JPEG")
    return out.getvalue()


def _issue(world: World) -> None:
    """The technician asks for a proof, and has an officer look at the whole number."""
    actor = world.actors[Role.TECHNICIAN]
    with transaction():
        technician = db.session.get_one(Technician, actor.technician_id)
        proofs.request(technician, 2026, actor=actor)
    assert compliance.standing(actor.technician_id or 0, 2026).of_year()
    assert proofs.of_technician(actor.technician_id or 0)[0].state == "valid"
    factory = world.actors[Role.EMPLOYER_CLERK]
    with transaction():
        proof_consents.say(actor.technician_id or 0, factory.organization_id or 0, agree=True, actor=actor)
    with transaction():
        proof_batches.start(ProofKind.ANNUAL, 2026, actor=factory)
    with transaction():
        person = db.session.get_one(Technician, actor.technician_id)
        lines = f"{person.name} {registry.id_number(person)}"
        proof_batches.start_at_window(
            ProofKind.ANNUAL, 2026, lines, world.text("委托书1份"), actor=world.actors[Role.COUNTY_OFFICER]
        )
    with transaction():
        name_changes.request(
            db.session.get_one(Technician, actor.technician_id), "欧阳晓月", world.text("户口簿"),
            data=filing_makers.PDF, file_name="户口簿.pdf", actor=world.actors[Role.COUNTY_OFFICER],
        )  # fmt: skip


def _links(world: World) -> None:
    """A link of each purpose that nobody has used yet."""
    clerk = world.actors[Role.EMPLOYER_CLERK]
    with transaction():
        for place in range(2):
            invited = activation.invite_operator(
                email=f"{world.latin}-invited{place}@example.com",
                name=world.text("受邀人"),
                role=Role.EMPLOYER_CLERK,
                organization_id=clerk.organization_id,
                actor=clerk,
            )
        addresses = [
            links.new(links.Purpose.ACCOUNT, created_by=None, account_id=invited.id),
            activation.link_for_technician(list(world.people)[1], actor=clerk),
            links.new(links.Purpose.RESET, created_by=None, account_id=clerk.account_id),
        ]
    world.tokens["activation"] = [address.rpartition("/")[2] for address in addresses]


def sign_in_as(site: Site, actor: Actor) -> Any:
    """A browser signed in as this actor; its session token is one of the secrets."""
    client = site.app.test_client()
    client.sign_in(actor.account_id, membership_id=actor.membership_id)
    with client.session_transaction() as session:
        site.a.secrets.add(session["_user_id"])
    return client


def fingerprints(*, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """A hash of the rows of every table but the named ones. Needs an app context."""
    found = {}
    db.session.rollback()
    for name, table in db.metadata.tables.items():
        if name not in but:
            rows = db.session.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[name] = hashlib.sha256(repr(rows).encode()).hexdigest()
    db.session.rollback()
    return found
