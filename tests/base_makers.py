"""Makers of base applications: they reach each state through the real acts."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from domain.base_content import CONDITION_OF
from domain.base_purpose import Purpose
from domain.base_visits import VisitKind, items_of
from domain.roles import CITY, Actor, Role
from models import BaseApplication, BaseOpinion, BaseVisit, Case, Organization, TrainingBase, db
from services import base_applications, base_opinions, base_purposes, base_review, base_visits, bases, cases, clock
from services.transaction import transaction
from tests.filing_makers import COUNTY, PDF, at, make_account, make_organizer

_numbers = count(1)
_WORDS = "本单位有独立的实训场地八百平方米，配有焊接工位二十个，设备完好。"
Draft = dict[str, dict[str, Any]]


def words(**changes: Any) -> Draft:
    """A right application for welders and electricians of both subject kinds."""
    raw: Draft = {
        "basics": {
            "level": "county",
            "kind": "trainer",
            "place": "永康市西城街道学院路30号实训楼",
            "phone": "0579-87654321",
            "contents": "焊接与电工新工艺、安全生产法规。",
        },
        **{key: {"text": _WORDS} for key in CONDITION_OF},
        "scope": {
            "subjects": ["PUBLIC", "PROFESSIONAL"],
            "rows": [
                {"occupation": "焊工", "lowest": "2", "highest": "4"},
                {"occupation": "电工", "lowest": "2", "highest": "5"},
            ],
        },
        "teachers": {
            "rows": [
                {"name": "王志强", "employment": "full_time", "title": "高级技师", "credentials": "焊工高级技师",
                 "field": "焊接"},
                {"name": "李小红", "employment": "part_time", "title": "高级工程师", "credentials": "职称证书",
                 "field": "安全法规"},
            ]
        },
        "fees": {
            "free": "",
            "rows": [
                {"item": "培训费", "occupation": "焊工", "unit": "class", "amount": "1200"},
                {"item": "培训费", "occupation": "电工", "unit": "hour", "amount": "30"},
                {"item": "资料费", "occupation": "", "unit": "class", "amount": "50"},
            ],
        },
        "declaration": {"agreed": "yes", "signer": "施伟东"},
    }  # fmt: skip
    for key, value in changes.items():
        raw[key] = {**raw[key], **value}
    return raw


def posted(values: dict[str, Any]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The words of a section as a page sends them: fields, and lists of boxes."""
    fields = {name: value for name, value in values.items() if isinstance(value, str)}
    lists = {name: value for name, value in values.items() if isinstance(value, list) and name != "rows"}
    for index, row in enumerate(values.get("rows", [])):
        fields |= {f"rows-{index}-{name}": value for name, value in row.items()}
    return fields, lists


@dataclass(frozen=True, kw_only=True)
class Bureau:
    """The people of one bureau and the Centre, each a person of its own."""

    reviewer: Actor
    second: Actor
    leader: Actor
    center: Actor


def make_bureau(region: str = COUNTY) -> Bureau:
    city = region == CITY
    officer = Role.CITY_OFFICER if city else Role.COUNTY_OFFICER
    return Bureau(
        reviewer=make_account(officer, region_code=region),
        second=make_account(officer, region_code=region),
        leader=make_account(Role.CITY_LEADER if city else Role.COUNTY_LEADER, region_code=region),
        center=make_account(Role.CENTER_STAFF, region_code=CITY),
    )


def fill(application: BaseApplication, raw: Draft, clerk: Actor) -> None:
    """Type the words into every page and attach evidence to each condition."""
    with transaction():
        for section, values in deepcopy(raw).items():
            base_applications.save_section(application, section, *posted(values), actor=clerk)
        for key, papers in base_applications.papers_of(application.case).items():
            if not papers:
                data = PDF + str(next(_numbers)).encode()
                base_applications.attach(application, key, data, f"证明{key[-1]}.pdf", actor=clerk)


def make_draft(clerk: Actor, raw: Draft | None = None) -> BaseApplication:
    with transaction():
        application = base_applications.start(actor=clerk)
    fill(application, raw or words(), clerk)
    return application


def make_submitted(clerk: Actor, raw: Draft | None = None) -> BaseApplication:
    application = make_draft(clerk, raw)
    with transaction():
        base_applications.submit(application, actor=clerk)
    return application


def act(application: BaseApplication, action: str, actor: Actor, **more: Any) -> None:
    with transaction():
        cases.act(db.session.get_one(Case, application.case_id), action, actor=actor, **more)


def find_out(application: BaseApplication, actor: Actor, *, wrong: int = 0) -> None:
    """Write the sheet of the present stage; one condition may be found wanting."""
    with transaction():
        case = db.session.get_one(Case, application.case_id)
        needed = base_purposes.conditions_for(case)
        findings = {each: (each != wrong, "场地不足" if each == wrong else "") for each in needed}
        base_review.find_out(case, findings, actor=actor)


def is_change(application: BaseApplication) -> bool:
    """Whether it changes what is published: such a one goes without a public notice."""
    return base_purposes.purpose_of(db.session.get_one(Case, application.case_id)) is Purpose.CHANGE


def review(application: BaseApplication, bureau: Bureau, *, wrong: int = 0) -> None:
    """From submitted to the leader's desk."""
    if application.case.state == "submitted":
        act(application, "accept_change" if is_change(application) else "accept", bureau.reviewer)
    find_out(application, bureau.reviewer, wrong=wrong)
    act(application, "examine", bureau.reviewer)
    find_out(application, bureau.second, wrong=wrong)
    act(application, "confirm", bureau.second)


def visit(application: BaseApplication, bureau: Bureau, place: str = "实训楼") -> BaseVisit:
    """A visit by two people, the first of whom has scored everything in full."""
    with transaction():
        found = base_visits.record(
            db.session.get_one(Case, application.case_id),
            kind=VisitKind.SITE,
            held_on=clock.today(),
            place=place,
            members=[("王志强", "永康市技工学校"), ("李小红", "")],
            summary="场地、设备与申请一致。",
            actor=bureau.reviewer,
        )
        full = {at: (item.most, "") for at, item in enumerate(items_of(found.items))}
        base_visits.score(found, 0, full, actor=bureau.reviewer)
    return found


def ask(application: BaseApplication, bureau: Bureau, authority: int) -> BaseOpinion:
    """Ask an organisation that advises on welders."""
    with transaction():
        base_opinions.appoint(db.session.get_one(Organization, authority), ["焊工"])
        case = db.session.get_one(Case, application.case_id)
        return base_opinions.ask(case, authority, "请对该单位承担焊工培训的能力提出意见。", actor=bureau.reviewer)


def make_on_notice(
    clerk: Actor, bureau: Bureau, raw: Draft | None = None, *, visited: bool = False, asked: int | None = None
) -> BaseApplication:
    application = make_submitted(clerk, raw)
    if visited:
        act(application, "accept", bureau.reviewer)
        visit(application, bureau, (raw or words())["basics"]["place"])
    if asked is not None:
        ask(application, bureau, asked)
    review(application, bureau)
    act(application, "approve", bureau.leader)
    return application


def after_notice() -> Any:
    """The scheme's clock two weeks on, when a notice that began today is over."""
    return at(clock.today() + timedelta(days=14))


def make_recognised(clerk: Actor, bureau: Bureau, raw: Draft | None = None) -> BaseApplication:
    """Recognised without an objection; the clock is put back afterwards."""
    application = make_submitted(clerk, raw)
    review(application, bureau)
    if is_change(application):
        act(application, "approve_change", bureau.leader)
        return application
    act(application, "approve", bureau.leader)
    with after_notice():
        bases.keep_terms()
    return application


def make_base(clerk: Actor | None = None, bureau: Bureau | None = None, raw: Draft | None = None) -> TrainingBase:
    """A published base, of a new employer if nobody is given."""
    clerk, bureau = clerk or make_organizer(), bureau or make_bureau()
    application = make_recognised(clerk, bureau, raw)
    act(application, "publish", bureau.center)
    base = bases.of_organization(clerk.organization_id)
    assert base is not None
    return base
