"""How the bases of the demo city are supervised: a revocation, a suspension that waits, annual reports with grades."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from domain.base_content import CONDITIONS
from domain.base_measures import Choice, Measure, Phase
from domain.periods import CHINA
from models import Case, db
from services import base_measures, base_reports, bases, cases
from services.demo_organizations import Site
from services.demo_scenes import Scene, Stage

if TYPE_CHECKING:
    from services.demo_bases import Bench

_SHAM = "经查，该单位以继续教育基地名义举办与技能无关的收费参观活动三次，向学员收费一万八千元，票据和学员笔录在案。"
_STATEMENT = "参观活动由外包公司组织，本单位管理不严，已全额退费，愿意接受处理。"
_FEES = (
    "接群众反映，该基地在公布的收费标准之外另收“资料押金”。已调取收据十二份，属实。拟在退费和整改完成前暂停基地资格。"
)

_WORDS = {
    "summary": "本年度培训班按原办法在线下办理和归档，平台上没有数字。"
    "全年办班八期，学员三百二十人次，考核合格率百分之九十五，没有安全责任事故。",
    "problems": "个别班次签到材料上报不及时，已指定专人负责，并改用扫码签到。",
    "plan": "下年度继续开设新工艺、新设备培训班，更新实训设备，增聘企业一线技师任教。",
}


def scenes(stage: Stage, sites: dict[str, Site], benches: "dict[str, Bench]", today: date) -> Iterable[Scene]:
    """What was done with the bases of the city."""
    yield _revoked(stage, sites["sanjiang"], benches["330781"], today)
    yield _to_be_suspended(stage, sites["fangyan"], benches["330784"], today)
    for place, site in enumerate(each for each in sites.values() if each.is_base):
        bench = benches[site.demo.region_code]
        yield _report(stage, site, bench, today.year - 2, lost=(0, 3, 9)[place % 3])
        # The last one is still to be written, sent in, or graded.
        yield _report(
            stage, site, bench, today.year - 1, lost=(2, 0, 0)[place % 3], end=("grade", "score", "")[place % 3]
        )


def _at(stage: Stage, today: date, days_ago: int, hour: int) -> datetime:
    return datetime.combine(stage.calendar.add_working_days(today, -days_ago), time(hour, 40), CHINA)


def _revoked(stage: Stage, site: Site, bench: "Bench", today: date) -> Scene:
    yield _at(stage, today, 60, 10)
    base = bases.of_organization(site.id)
    if base is None:
        return
    case_id = base_measures.propose(
        base, Measure.REVOKE, reason=_SHAM, grounds=[3, 4], choices={}, actor=bench.reviewer
    ).case_id
    yield _at(stage, today, 58, 15)
    base_measures.answer(
        base_measures.of_case(db.session.get_one(Case, case_id)), statement=_STATEMENT, actor=site.clerk
    )
    yield _at(stage, today, 54, 9)
    cases.act(db.session.get_one(Case, case_id), "carry_out", actor=bench.leader)


def _to_be_suspended(stage: Stage, site: Site, bench: "Bench", today: date) -> Scene:
    yield _at(stage, today, 1, 16)
    base = bases.of_organization(site.id)
    if base is None:
        return
    classes = base_measures.preview(base, Measure.SUSPEND).classes
    first = next((each for each in classes if each.phase is Phase.OPEN), None)
    base_measures.propose(
        base,
        Measure.SUSPEND,
        reason=_FEES,
        grounds=[4],
        choices={first.filing_id: Choice.STOP} if first else {},
        actor=bench.reviewer,
    )


def _report(stage: Stage, site: Site, bench: "Bench", year: int, *, lost: int, end: str = "grade") -> Scene:
    """The report of one year, handed in the March after it; `lost` points are lost for each of two conditions."""
    first = stage.calendar.add_working_days(date(year + 1, 3, 4), site.id % 5)

    def later(days: int) -> datetime:
        return datetime.combine(stage.calendar.add_working_days(first, days), time(10, 20), CHINA)

    yield later(0)
    base = bases.of_organization(site.id)
    if base is None or end == "":
        return
    case_id = base_reports.submit(base, year, _WORDS, actor=site.clerk).case_id
    yield later(5)
    marks = {number: (20, "") for number in CONDITIONS}
    if lost:
        marks |= {2: (20 - lost, "部分兼职教师没有按时更新证书。"), 4: (20 - lost, "两个班次的学员评价没有归档。")}
    base_reports.score(base_reports.of_case(db.session.get_one(Case, case_id)), marks, actor=bench.reviewer)
    if end == "grade":
        yield later(9)
        cases.act(db.session.get_one(Case, case_id), "grade", actor=bench.leader)
