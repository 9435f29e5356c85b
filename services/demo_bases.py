"""The training bases of the demo city: those published long ago, and applications in the states that are to be seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select

from domain.base_content import CONDITION_OF, CONDITIONS
from domain.base_visits import VisitKind, items_of
from domain.periods import CHINA
from domain.roles import CITY, SYSTEM, Actor, Role
from models import Account, BaseApplication, Case, Membership, Organization, db
from services import (
    base_applications,
    base_objections,
    base_opinions,
    base_review,
    base_visits,
    cases,
    clock,
    demo_accounts,
    demo_measures,
    demo_papers,
    demo_photos,
)
from services.demo_activities import THEMES
from services.demo_organizations import Site, Staffing
from services.demo_scenes import Scene, Stage

_CONDITION_WORDS = (
    "有独立的教学楼和实训车间，建筑面积三千二百平方米，实训工位一百二十个，设备台账见附件，产权清晰。",
    "有专兼职教师和专职班主任、教务、财务人员，设培训部统一管理，教师证书见附件。",
    "有各职业（工种）教学计划，学员管理、考勤、考核、档案、财务和安全管理制度齐全，见附件汇编。",
    "近三年培训二千六百人次，考核合格率百分之九十四，有教学督导和学员评价办法。",
    "持有有效的办学（登记）证照，近三年没有违法违规和安全责任事故，见信用报告。",
)
_CONDITION_PAPERS = ("场地和设备证明", "师资名册和证书", "教学计划和制度汇编", "培训质量报告", "证照和信用报告")
_TEACHERS = (
    ("吕文忠", "full_time", "高级技师"),
    ("徐建芬", "full_time", "高级讲师"),
    ("程志伟", "full_time", "技师"),
    ("应国栋", "part_time", "高级工程师"),
    ("马晓燕", "part_time", "副教授"),
)
_CENTER, _ADVISER = "zhongxin", "jingxin"
_AUTHORITY_USCC = "11330784MB1A2B3C0P"
_OBJECTION = "该单位实训车间正在改造，公示的工位数与现场不一致，请核实。"


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Who acts for one bureau: reviewer, second reviewer and leader, each a person of its own."""

    reviewer: Actor
    second: Actor
    leader: Actor


def scenes(stage: Stage, founded: date, today: date) -> Iterable[Scene]:
    """The bases that file classes were published before the first of them; others are on their way."""
    sites = stage.staffing.sites
    benches = {region: _bench(stage.staffing, region) for region in (CITY, "330784", "330783", "330781")}
    center = _actor(_CENTER)
    _authority()
    for place, site in enumerate(each for each in sites.values() if each.is_base):
        first = stage.calendar.add_working_days(founded, 2 + place)
        yield _scene(stage, site, first, benches[site.demo.region_code], center, "publish")
    # One that was a base for a while (services/demo_measures.py).
    first = stage.calendar.add_working_days(founded, 6)
    yield _scene(stage, sites["sanjiang"], first, benches["330781"], center, "publish")
    for key, days, end in (("huaxi", 20, "conclude"), ("qianchui", 15, "approve"), ("nanxi", 2, "submit")):
        first = stage.calendar.add_working_days(today, -days)
        yield _scene(stage, sites[key], first, benches[sites[key].demo.region_code], center, end)
    yield from demo_measures.scenes(stage, sites, benches, today)
    widening = [each for each in sites.values() if each.is_base][-1]
    yield _change(widening, datetime.combine(stage.calendar.add_working_days(today, -2), time(11, 20), CHINA))


def _actor(login_name: str) -> Actor:
    account, membership = db.session.execute(
        select(Account, Membership)
        .join(Membership, Membership.account_id == Account.id)
        .where(Account.login_name == login_name)
    ).one()
    return Actor(
        role=Role(membership.role),
        name=account.display_name,
        account_id=account.id,
        membership_id=membership.id,
        organization_id=membership.organization_id,
        region_code=membership.region_code,
        person_key=account.person_key,
    )


def _bench(staffing: Staffing, region: str) -> Bench:
    """The officers of the region, and whoever else it takes: nobody reviews and decides the same application."""
    city = region == CITY
    officers = list(staffing.officers[region])
    password_hash = db.session.scalars(select(Account.password_hash).where(Account.login_name == _CENTER)).one() or ""
    if len(officers) < 2:
        one = demo_accounts.DemoAccount(
            login_name=f"renshe.{region}.fuhe", name="赵文斌", role=Role.COUNTY_OFFICER, region_code=region
        )
        officers.append(demo_accounts.make(one, password_hash=password_hash))
    role = Role.CITY_LEADER if city else Role.COUNTY_LEADER
    known = next((one for one in demo_accounts.ACCOUNTS if one.role is role and one.region_code == region), None)
    if known is not None:
        leader = _actor(known.login_name)
    else:
        one = demo_accounts.DemoAccount(login_name=f"renshe.{region}.ju", name="楼晓峰", role=role, region_code=region)
        leader = demo_accounts.make(one, password_hash=password_hash)
    return Bench(reviewer=officers[0], second=officers[1], leader=leader)


def _scene(stage: Stage, site: Site, first: date, bench: Bench, center: Actor, end: str) -> Scene:
    """One application, step by step, each on a working day of its own, until `end`."""
    days = 0

    def later(least: int) -> datetime:
        nonlocal days
        days += least
        return datetime.combine(stage.calendar.add_working_days(first, days), time(9 + days % 7, 17), CHINA)

    clerk = site.clerk
    yield later(0)
    application = base_applications.start(actor=clerk)
    _write(application, site, clerk)
    yield later(1)
    base_applications.submit(application, actor=clerk)
    case_id = application.case_id
    if end == "submit":
        return

    def act(action: str, actor: Actor) -> None:
        cases.act(db.session.get_one(Case, case_id), action, actor=actor)

    for wait, action, actor in (
        (2, "accept", bench.reviewer),
        (4, "examine", bench.reviewer),
        (3, "confirm", bench.second),
        (2, "approve", bench.leader),
    ):
        yield later(wait)
        if action == "examine":
            _gather(db.session.get_one(Case, case_id), site, bench)
        if action in ("examine", "confirm"):
            case = db.session.get_one(Case, case_id)
            said = "已实地查看，情况属实。" if action == "examine" else ""
            base_review.find_out(case, {number: (True, said) for number in CONDITIONS}, actor=actor)
        act(action, actor)
    if end == "approve":
        yield later(1)
        case = db.session.get_one(Case, case_id)
        base_objections.object_to(case, name="胡建明", contact="13957912345", content=_OBJECTION)
        return
    yield later(6)
    act("conclude", SYSTEM)
    if end == "publish":
        yield later(1)
        act("publish", center)


def _change(site: Site, at: datetime) -> Scene:
    """A published base wants a higher level of one occupation and lowers a fee: the officer sees the difference."""
    yield at
    application = base_applications.start(actor=site.clerk)
    words = {section: dict(values) for section, values in application.draft.items() if section in ("scope", "fees")}
    words["scope"]["rows"] = [
        {**row, "highest": "7"} if place == 0 else row for place, row in enumerate(words["scope"]["rows"])
    ]
    words["fees"]["rows"] = [
        {**row, "amount": "900"} if place == 0 else row for place, row in enumerate(words["fees"]["rows"])
    ]
    words["declaration"] = {"agreed": "yes", "signer": site.manager.name}
    _put(application, words, site.clerk)
    base_applications.submit(application, actor=site.clerk)


def _gather(case: Case, site: Site, bench: Bench) -> None:
    """What the reviewers look at beside the papers: the place itself, and what the industry authority thinks."""
    visit = base_visits.record(
        case,
        kind=VisitKind.SITE,
        held_on=clock.today(),
        place=f"{site.demo.address}实训楼",
        members=[(bench.reviewer.name, ""), (bench.second.name, ""), ("何志坚", "金华市技师学院")],
        summary="实训场地、设备与申请材料一致，安全通道畅通；建议增加两个焊接工位的排风。",
        actor=bench.reviewer,
    )
    for view in range(2):
        photo = demo_photos.class_photo(None, case.id % 997, view)
        base_visits.add_photo(visit, photo, f"实训场地{view + 1}.jpg", actor=bench.reviewer)
    for member, less in enumerate((1, 2, 0)):
        points = {at: (item.most - less, "") for at, item in enumerate(items_of(visit.items))}
        base_visits.score(visit, member, points, actor=bench.reviewer)
    for authority in base_opinions.authorities_for(case):
        opinion = base_opinions.ask(
            case,
            authority.id,
            f"请就{site.demo.name}承担所列职业（工种）继续教育的能力提出意见。",
            actor=bench.reviewer,
        )
        if site.is_base:
            base_opinions.answer(opinion, supports=True, text="该单位行业基础较好，支持。", actor=_actor(_ADVISER))


def _authority() -> None:
    """The industry authority of Yongkang, with the account that answers for it."""
    demo = next(one for one in demo_accounts.ACCOUNTS if one.login_name == _ADVISER)
    password_hash = db.session.scalars(select(Account.password_hash).where(Account.login_name == _CENTER)).one() or ""
    authority = Organization(
        uscc=_AUTHORITY_USCC, name="永康市经济和信息化局", region_code="330784", created_at=clock.now()
    )
    db.session.add(authority)
    db.session.flush()
    base_opinions.appoint(authority, ["焊工", "电工", "装配钳工", "工具五金制作工"])
    demo_accounts.make(demo, password_hash=password_hash, organization_id=authority.id)


def _write(application: BaseApplication, site: Site, clerk: Actor) -> None:
    _put(application, _words(site), clerk)
    for key, number in CONDITION_OF.items():
        name = _CONDITION_PAPERS[number - 1]
        data = demo_papers.word_document(f"{site.demo.name}{name}", [_CONDITION_WORDS[number - 1]])
        base_applications.attach(application, key, data, f"{name}.docx", actor=clerk)


def _put(application: BaseApplication, words: dict[str, dict[str, Any]], clerk: Actor) -> None:
    """Type these words into their sections."""
    for section, values in words.items():
        fields = {name: value for name, value in values.items() if isinstance(value, str)}
        lists = {name: value for name, value in values.items() if isinstance(value, list) and name != "rows"}
        for index, row in enumerate(values.get("rows", [])):
            fields |= {f"rows-{index}-{name}": value for name, value in row.items()}
        base_applications.save_section(application, section, fields, lists, actor=clerk)


def _words(site: Site) -> dict[str, dict[str, Any]]:
    demo = site.demo
    occupations = list(dict.fromkeys(name for theme in THEMES[demo.trade] for name in theme.occupations.split("、")))
    if "电工" not in occupations:
        occupations.append("电工")
    kind = "trainer" if site.is_base else "enterprise"
    if "学院" in demo.name or "技工学校" in demo.name:
        kind = "school"
    fees = [{"item": "培训费", "occupation": name, "unit": "class", "amount": "1200"} for name in occupations[:3]]
    fees.append({"item": "资料费", "occupation": "", "unit": "class", "amount": "60"})
    return {
        "basics": {
            "level": "city" if demo.region_code == CITY else "county",
            "kind": kind,
            "place": f"{demo.address}实训楼",
            "phone": "0579-82000000",
            "contents": "、".join(theme.title for theme in THEMES[demo.trade]) + "，以及职业道德、安全生产等公共科目。",
        },
        **{key: {"text": _CONDITION_WORDS[number - 1]} for key, number in CONDITION_OF.items()},
        "scope": {
            "subjects": ["PUBLIC", "PROFESSIONAL"],
            "rows": [{"occupation": name, "lowest": "2", "highest": "6"} for name in occupations],
        },
        "teachers": {
            "rows": [
                {"name": name, "employment": employment, "title": title,
                 "credentials": f"{title}证书", "field": occupations[place % len(occupations)]}
                for place, (name, employment, title) in enumerate(_TEACHERS)
            ]
        },
        "fees": {"free": "", "rows": fees},
        "declaration": {"agreed": "yes", "signer": site.manager.name},
    }  # fmt: skip
