"""A competition of the demo city that is over: ranks as filed, more for a winner than the hours give (art. 16(2))."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from domain.periods import CHINA
from domain.result_rows import Outcome
from models import ResultReport
from services import cases, clock, demo_forms, demo_reviews, evidence, filings, result_checking, result_content, results
from services.demo_forms import Other
from services.demo_people import Crowd, Person
from services.demo_scenes import Scene, Stage
from services.result_content import RowValues

_WEEKS_AGO = 7
_LEAD_WORKDAYS = 13
_EVENTS = ("电动工具装配调试", "电机维修")
# What the people of an event came away with, the best first; everybody else took part.
_WON = ("一等奖", "二等奖", "二等奖", "三等奖", "三等奖", "三等奖")
_STAFF = ("shuxi", "wujiang")


def scenes(stage: Stage, crowd: Crowd, today: date) -> list[Scene]:
    """How it came to be: filed, approved, held on a Saturday when nobody has a class, reported and credited."""
    people = [one for key in _STAFF for one in crowd.staff(key, today) if not one.has_account]
    return [_scene(stage, _last_years(demo_forms.OTHERS[0]), people[:24], today)]


def _last_years(contest: Other) -> Other:
    parts = {**contest.parts, "awards": demo_forms.AWARDS}
    return replace(contest, title="第七届金华市电动工具装配调试技能比武", days=1, parts=parts, until="credit")


def _scene(stage: Stage, contest: Other, people: list[Person], today: date) -> Scene:
    site = stage.staffing.sites[contest.site]
    # Classes are on working days: whoever comes on a Saturday is in no other place.
    day = today - timedelta(weeks=_WEEKS_AGO, days=(today.weekday() - 5) % 7)
    yield stage.at_work(stage.calendar.add_working_days(day, -_LEAD_WORKDAYS))
    filing = demo_forms.write(contest, site, [day], stage)
    yield clock.now() + timedelta(minutes=15)
    filings.submit(filing, actor=site.clerk)
    officer = stage.officer(site.demo.region_code)
    yield stage.after(clock.today(), 1, 2)
    cases.act(filing.case, "approve", actor=officer)
    yield datetime.combine(day + timedelta(days=1), time(0, 1), CHINA)
    report = results.open_and_tell(filing)
    yield stage.after(day, 1, 2)
    result_content.put_rows(report, _rows(stage, people), actor=site.clerk)
    photos = [stage.photo(filing, day, hour) for hour in (9, 10, 14, 15)]
    evidence.add(report, photos, actor=site.clerk)
    yield clock.now() + timedelta(hours=1)
    _answer(report, stage, contest.site)
    results.enter(report, note="比武现场未安装录像设备，以照片和评分表为证。", actor=site.clerk)
    yield stage.after(report.confirm_until or clock.today(), 1, 1)
    results.release(report, actor=site.manager)
    yield stage.after(clock.today(), 1, 3)
    yield from demo_reviews.credit(report, officer, stage.officer, stage.after)


def _answer(report: ResultReport, stage: Stage, site: str) -> None:
    keys = [each.check.key for each in result_checking.doubts(report)]
    if keys:
        said = dict.fromkeys(keys, "已逐人核对签到表和身份证，情况属实。")
        result_checking.answer(report, said, actor=stage.staffing.sites[site].clerk)


def _rows(stage: Stage, people: list[Person]) -> list[RowValues]:
    """Half of the people in each event, the winners with the best scores."""
    made = []
    for place, person in enumerate(people):
        position, event = place // len(_EVENTS), _EVENTS[place % len(_EVENTS)]
        rank = _WON[position] if position < len(_WON) else ""
        made.append(
            RowValues(
                technician_id=person.id,
                name=person.name,
                occupation=person.occupation,
                hours_tenths=80,
                score_tenths=max(600, 965 - 30 * position - 5 * stage.draw.randrange(4)),
                outcome=Outcome.PASSED,
                event=event if rank else "",
                rank=rank,
            )
        )
    return made
