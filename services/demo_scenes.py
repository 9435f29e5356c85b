"""How things came to pass in the demo city: each scene does the real acts, one after the other, at their moments."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from domain.periods import CHINA, WorkingCalendar
from domain.result_rows import Outcome
from domain.result_standing import DisputeKind
from domain.roles import Actor
from models import ActivityFiling, ResultReport
from services import (
    cases,
    challenge,
    clock,
    closures,
    demo_activities,
    demo_archives,
    demo_changes,
    demo_classes,
    demo_confirmations,
    demo_papers,
    demo_photos,
    demo_reviews,
    demo_status_lists,
    evidence,
    filings,
    result_checking,
    result_content,
    results,
)
from services.demo_organizations import Site, Staffing
from services.demo_people import Person
from services.demo_programme import Activity, Story
from services.evidence import Upload
from services.result_content import RowValues

# A scene says at which moment it wants to go on.
Scene = Iterator[datetime]

_POINTS = (
    ("sessions", "第二天上午的课次没有写明实操场地，请补充上课地点。"),
    ("teachers", "请补充兼职教师的聘用证明，并写明技能等级。"),
    ("people", "考核方式请分别写明理论和实操的分值。"),
    ("plan", "培训方案缺少安全应急预案，请补充后重新上传。"),
    ("rights", "请写明培训期间工资待遇的支付标准。"),
)
_CHECKED = "已逐人核对签到表和身份证，情况属实。"
_ANSWERS = {
    "status": "该职工已办理退休，由本公司返聘带徒，返聘协议可以提供。",
    "photo_time": "有一张是开班动员时拍的，一并作为材料上传。",
    "same_photo": "合影在两次培训中都用了，其余照片均为本次现场拍摄。",
    "alike_photo": "固定机位拍摄，画面相近，拍摄时间不同。",
}
_NOTE = "教室未安装录像设备，以照片和签到表为证。"


def play(scenes: Iterable[Scene], until: datetime) -> None:
    """Let all scenes happen in the order of time, so that numbers, ids and notices are as they would have come.

    What lies after `until` has not happened.
    """
    waiting: list[tuple[datetime, int, Scene]] = []
    for order, scene in enumerate(scenes):
        moment = next(scene, None)
        if moment is not None:
            waiting.append((moment, order, scene))
    heapq.heapify(waiting)
    while waiting:
        moment, order, scene = heapq.heappop(waiting)
        if moment > until:
            continue
        with clock.at(moment):
            following = next(scene, None)
        if following is not None:
            # Never back in time, for the ledger's moments do not decrease.
            heapq.heappush(waiting, (max(following, moment + timedelta(minutes=3)), order, scene))


class Stage:
    """Where the scenes happen: who acts, the calendar, and chance."""

    def __init__(self, draw: Random, calendar: WorkingCalendar, staffing: Staffing) -> None:
        self.draw, self.calendar, self.staffing = draw, calendar, staffing
        self.reused: bytes | None = None
        self.engaged: set[str] = set()
        self._photos = count(1)

    def at_work(self, day: date) -> datetime:
        """Some minute of a working day."""
        minutes = self.draw.choice((self.draw.randrange(520, 690), self.draw.randrange(815, 1020)))
        return datetime.combine(day, time(minutes // 60, minutes % 60, self.draw.randrange(60)), CHINA)

    def after(self, day: date, least: int, most: int) -> datetime:
        """Some minute, so many working days later."""
        return self.at_work(self.calendar.add_working_days(day, self.draw.randint(least, most)))

    def photo(self, filing: ActivityFiling, day: date, hour: int) -> Upload:
        """A photo of this class taken at some moment of this hour, its word on the board; no two are the same."""
        serial = next(self._photos)
        taken_at = datetime.combine(day, time(hour, serial // 60 % 60, serial % 60), CHINA)
        held = next((each for each in filing.sessions if each.starts_at <= taken_at <= each.ends_at), None)
        word = challenge.word_of(held) if held is not None else ""
        data = demo_photos.class_photo(taken_at, filing.id, serial, word)
        return Upload(name=f"现场{day:%m%d}-{hour}.jpg", data=data)

    def site(self, activity: Activity) -> Site:
        return self.staffing.sites[activity.organization.key]

    def officer(self, region_code: str) -> Actor:
        """The one who decides in this region; a second one is for what needs another pair of eyes."""
        return self.staffing.officers[region_code][0]


# --- One activity -----------------------------------------------------------------------------------------------------


def activity_scene(stage: Stage, activity: Activity) -> Scene:
    """The whole life of one activity, as far as its story goes."""
    story, site = activity.story, stage.site(activity)
    officer = stage.officer(activity.organization.region_code)
    yield stage.at_work(activity.filed_on)
    filing = _write_draft(stage, activity, site)
    if story in (Story.DRAFT_BEGUN, Story.DRAFT_READY):
        return
    yield clock.now() + timedelta(minutes=20)
    filings.submit(filing, actor=site.clerk)
    if story is Story.SUBMITTED:
        return
    if story is Story.WITHDRAWN:
        yield stage.after(activity.filed_on, 1, 2)
        filings.withdraw(filing, actor=site.clerk)
        return
    if story in (Story.SUPPLEMENT, Story.RESUBMITTED) or activity.detour:
        yield stage.after(activity.filed_on, 1, 2)
        _ask_for_more(stage, filing, officer)
        if story is Story.SUPPLEMENT:
            return
        yield stage.after(clock.today(), 1, 2)
        _correct(stage, filing, site)
        if story is Story.RESUBMITTED:
            return
    yield stage.after(clock.today(), 1, 3)
    if story is Story.REJECTED:
        reason = "活动内容属于本单位岗前培训，不属于技能人才继续教育，不予备案。"
        cases.act(filing.case, "reject", actor=officer, remark=reason)
        return
    cases.act(filing.case, "approve", actor=officer)
    if story is Story.CANCELLED:
        yield stage.after(clock.today(), 1, 1)
        filings.cancel(filing, remark="主讲教师临时参加省级竞赛，与学员协商后取消，另行安排。", actor=site.clerk)
    if story is Story.CANCELLED:
        return
    if story in _CHANGES:
        yield from _change_scene(stage, activity, filing, officer)
        return
    if story in (Story.APPROVED, Story.REPORT_OPEN):
        yield clock.now() + timedelta(hours=2)
        yield from _class_scene(activity, filing, site)
    if story is Story.APPROVED:
        return
    yield from _results_scene(stage, activity, filing, site, officer)
    yield from demo_archives.filing_scene(filing, site)


def _class_scene(activity: Activity, filing: ActivityFiling, site: Site) -> Scene:
    """People are put down, come and go; the first class of an organisation has an event of discipline too."""
    undecided = [person.id for person in activity.undecided]
    people = undecided + [person.id for person in activity.people]
    demo_classes.put_down(filing, people, site.clerk, undecided=undecided)
    draw = Random(activity.title)  # noqa: S311 - nothing is guarded by it
    yield from demo_classes.attendance_scene(draw, filing, site.clerk)
    if activity.story is Story.REPORT_OPEN:
        demo_classes.note_discipline(filing, site.clerk)


_CHANGES = {
    Story.CHANGE_ASKED: demo_changes.ask,
    Story.CHANGED: demo_changes.ask_small,
    Story.POSTPONED: demo_changes.postpone,
}


def _change_scene(stage: Stage, activity: Activity, filing: ActivityFiling, officer: Actor) -> Scene:
    """Who meant to come is put down before the organiser asks for the change."""
    clerk = stage.site(activity).clerk
    yield clock.now() + timedelta(hours=2)
    demo_classes.put_down(filing, [person.id for person in activity.people], clerk, undecided=[])
    yield stage.after(clock.today(), 1, 1)
    _CHANGES[activity.story](filing, clerk)
    if activity.story is not Story.CHANGE_ASKED:
        yield stage.after(clock.today(), 1, 1)
        cases.act(filing.case, "approve_change", actor=officer)


def _write_draft(stage: Stage, activity: Activity, site: Site) -> ActivityFiling:
    sections = demo_activities.draft(
        stage.draw,
        activity.theme,
        title=activity.title,
        days=activity.days,
        evening=activity.evening,
        unit=activity.organization.name,
        place=activity.place,
        quota=len(activity.people) - 3 if activity.full else max(len(activity.people) + 5, 30),
        in_house=activity.is_in_house,
        engaged=stage.engaged,
    )
    filing = filings.start(actor=site.clerk)
    begun = ("basics", "subjects", "teachers")
    for section, values in sections.items():
        if activity.story is not Story.DRAFT_BEGUN or section in begun:
            filings.save_section(filing, section, values, actor=site.clerk)
    if activity.story is not Story.DRAFT_BEGUN:
        paper = demo_papers.word_document(activity.title, demo_activities.plan_words(sections))
        filings.attach_plan(filing, paper, "培训方案.docx", actor=site.clerk)
    return filing


def _ask_for_more(stage: Stage, filing: ActivityFiling, officer: Actor) -> None:
    points = stage.draw.sample(_POINTS, stage.draw.randint(2, 4))
    cases.act(
        filing.case,
        "return",
        actor=officer,
        remark=f"经审核，共有 {len(points)} 处需要补正，请一次补齐后重新提交。",
        items=points,
    )


def _correct(stage: Stage, filing: ActivityFiling, site: Site) -> None:
    """The clerk changes what was asked for; the officer will see what is different."""
    people = {**filing.draft["people"], "assessment": "理论考试 40 分、实际操作 60 分，合计 60 分合格；缺考不补。"}
    people["quota"] = str(int(people["quota"]) + stage.draw.choice((-4, 5, 10)))
    rows = [dict(row) for row in filing.draft["sessions"]["rows"]]
    rows[-1]["place"] = f"{filing.draft['basics']['place']}旁实训室"
    teachers = [dict(row) for row in filing.draft["teachers"]["rows"]]
    teachers[-1]["title"] = "高级技师（一级）"
    for section, values in (("people", people), ("sessions", {"rows": rows}), ("teachers", {"rows": teachers})):
        filings.save_section(filing, section, values, actor=site.clerk)
    paper = demo_papers.word_document(
        "安全应急预案", ["一、组织机构与职责", "二、用电与设备安全", "三、疏散与联系方式"]
    )
    filings.attach_plan(filing, paper, "安全应急预案.docx", actor=site.clerk)
    filings.submit(filing, actor=site.clerk)


# --- Its results ------------------------------------------------------------------------------------------------------


def _results_scene(stage: Stage, activity: Activity, filing: ActivityFiling, site: Site, officer: Actor) -> Scene:
    story, last = activity.story, activity.days[-1]
    yield datetime.combine(last + timedelta(days=1), time(0, 1), CHINA)
    report = results.open_and_tell(filing)
    if story is Story.REPORT_OPEN:
        return
    yield stage.after(last, 1, 3) if activity.reported_on is None else stage.at_work(activity.reported_on)
    if story is Story.NOT_HELD:
        closures.declare_not_held(report, remark="订单赶工，车间全员加班，课程没有举办。", actor=site.clerk)
        return
    rows = [_row(stage.draw, person, activity) for person in activity.people]
    result_content.put_rows(report, rows, actor=site.clerk)
    if story in (Story.REPORT_DRAFT, Story.ENTERED, Story.RELEASED):
        demo_classes.keep_for_results(filing, {row.technician_id: row.hours_tenths for row in rows}, site.clerk)
    _add_photos(stage, activity, report, site)
    if story is Story.REPORT_DRAFT:
        return
    yield clock.now() + timedelta(hours=1)
    if activity.doubtful:
        demo_status_lists.list_retired(activity.people[-1], activity.days[0] - timedelta(days=100))
    _answer_doubts(report, site)
    results.enter(report, note=_NOTE, actor=site.clerk)
    yield stage.after(clock.today(), 0, 1)
    demo_confirmations.some_answer(stage.draw, report)
    if story is Story.ENTERED:
        demo_confirmations.dispute_one(report, DisputeKind.SCORE)
        return
    if story is Story.SENT_BACK:
        results.send_back(report, remark="有三名学员的实到学时与签到表不一致，请核对。", actor=site.manager)
        return
    if activity.doubtful:
        demo_confirmations.dispute_one(report, DisputeKind.HOURS, clerk=site.clerk)
    yield stage.after(report.confirm_until or clock.today(), 1, 1)
    results.release(report, actor=site.manager)
    if story is Story.RELEASED:
        return
    if story is Story.REPORT_SUPPLEMENT or activity.detour:
        yield stage.after(clock.today(), 1, 2)
        cases.act(
            report.case,
            "return",
            actor=officer,
            remark="照片只有全景，请补充能看清实操的照片；并请核对缺考人员名单。",
            items=[("evidence", "请补充实操环节的照片至少 1 张。"), ("rows", "请核对缺考人员的实到学时。")],
        )
        if story is Story.REPORT_SUPPLEMENT:
            return
        yield stage.after(clock.today(), 1, 2)
        evidence.add(report, [stage.photo(filing, activity.days[-1], 15)], actor=site.clerk)
        _answer_doubts(report, site)
        results.enter(report, note=_NOTE, actor=site.clerk)
        yield stage.after(report.confirm_until or clock.today(), 1, 1)
        results.release(report, actor=site.manager)
    yield stage.after(clock.today(), 1, 3)
    if story is Story.REFUSED:
        reason = "经实地核查，签到表为课后补签，两天均未开课，成绩不予认定。"
        cases.act(report.case, "refuse", actor=officer, remark=reason)
        return
    yield from demo_reviews.credit(report, officer, stage.officer, stage.after)


def _answer_doubts(report: ResultReport, site: Site) -> None:
    keys = [each.check.key for each in result_checking.doubts(report)]
    if keys:
        result_checking.answer(report, {key: _ANSWERS.get(key, _CHECKED) for key in keys}, actor=site.clerk)


def _row(draw: Random, person: Person, activity: Activity) -> RowValues:
    """One person's result. The people of the demo accounts always pass, so that their stories hold."""
    planned = len(activity.days) * (4 if activity.evening else 8) * 10
    chance = 1.0 if person.has_account else draw.random()
    score: int | None = draw.randrange(130, 196) * 5
    hours, outcome, remark = planned, Outcome.PASSED, ""
    if chance < 0.02:
        hours, score, outcome = 0, None, Outcome.ABSENT
    elif chance < 0.055:
        score, outcome = draw.randrange(60, 119) * 5, Outcome.FAILED
    elif chance < 0.065:
        hours, outcome, remark = planned // 2, Outcome.BREACH, "由他人代为签到"
    elif chance < 0.18:
        hours, remark = planned * draw.choice((80, 85, 90)) // 100, "有请假"
    elif chance < 0.20:
        hours, remark = planned // 2, "请假较多"
    return RowValues(
        technician_id=person.id,
        name=person.name,
        hours_tenths=hours,
        score_tenths=score,
        outcome=outcome,
        occupation=person.occupation,
        remark=remark,
    )


def _add_photos(stage: Stage, activity: Activity, report: ResultReport, site: Site) -> None:
    hours = (19, 20) if activity.evening else (9, 14)
    shots = [(day, hour) for day in activity.days for hour in hours]
    # What waits to be looked at is complete; of what was looked at long ago a few pictures will do.
    complete = activity.story in (Story.ENTERED, Story.RELEASED)
    photos = [stage.photo(report.filing, *shot) for shot in (shots if complete else shots[:3])]
    if activity.doubtful:
        photos.append(stage.photo(report.filing, activity.days[0] - timedelta(days=9), 10))
        if stage.reused is not None:
            again = datetime.combine(activity.days[-1], time(hours[-1], 25), CHINA)
            photos.append(Upload(name="合影.jpg", data=demo_photos.used_again(stage.reused, again)))
    stage.reused = stage.reused or photos[0].data
    evidence.add(report, photos, actor=site.clerk)
