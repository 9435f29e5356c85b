"""Cross-checks of results before their release (arts. 10, 12, 19, 22): one table of checks over plain facts.

Each check has a severity: an error stops the list, a warning must be answered in writing by the organiser, a hint is
only shown. The rows of a check that holds wait alone when the list is released, until an officer has decided.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.credit_entries import from_tenths, say
from domain.filing_conflicts import plain, plain_unit
from domain.periods import say_date
from domain.result_check_facts import Facts, Participant, Presence, Status, Teaching
from domain.result_rows import Outcome
from domain.result_standing import StatusKind

# So many equal scores in a row are worth a look; so many classes of one size, each of so many people.
_ALL_EQUAL = 5
_SAME_SIZE = 4
_SIZE_WORTH_IT = 10
# Of two classes of one size half the people may be the same: one workshop learns together.
_SAME_PEOPLE = 0.5
_NAMED = 10


class Severity(StrEnum):
    """What a finding asks for."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


# --- Findings ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Found:
    """One thing found: of a person, or of the list as a whole without one."""

    text: str
    technician_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: `question` is what the organiser is asked, `fine` what is said where there is nothing."""

    key: str
    label: str
    severity: Severity
    question: str
    fine: str
    find: Callable[[Facts], list[Found]]
    holds: bool = False


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found; `persons` are those it names."""

    check: Check
    found: tuple[Found, ...]

    @property
    def persons(self) -> list[int]:
        return sorted({each.technician_id for each in self.found if each.technician_id is not None})

    @property
    def detail(self) -> str:
        """In one sentence, with the first names."""
        said = "；".join(each.text for each in self.found[:_NAMED])
        return said + (f"；等共 {len(self.found)} 项" if len(self.found) > _NAMED else "")

    @property
    def sha256(self) -> str:
        """What exactly was found: an answer holds for this."""
        text = json.dumps([[each.technician_id, each.text] for each in self.found], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _overlap(facts: Facts) -> list[Found]:
    return [
        _of(person, f"{person.name}{say_date(clash.on)}同一时段在{clash.where}")
        for person in facts.there
        if (clash := next((there for there in person.elsewhere if _meets(there, person.here)), None))
    ]


def _meets(there: Presence, here: Iterable[Presence]) -> bool:
    return any(there.overlaps(each) for each in here)


def _long_day(facts: Facts) -> list[Found]:
    most = facts.most_per_day_tenths
    if most is None:
        return []
    found = []
    for person in facts.there:
        for on in sorted({each.on for each in person.here}):
            # Of two presences at one time only one can be true: that is for the check of overlaps.
            beside = (each for each in person.elsewhere if not _meets(each, person.here))
            total = sum(each.hours_tenths for each in (*person.here, *beside) if each.on == on)
            if total > most:
                text = f"{person.name}{say_date(on)}合计 {say(from_tenths(total))} 学时"
                found.append(_of(person, f"{text}，超过每天 {say(from_tenths(most))} 学时"))
                break
    return found


def _status(*kinds: StatusKind) -> Callable[[Facts], list[Found]]:
    def find(facts: Facts) -> list[Found]:
        return [
            _of(person, f"{person.name}在{status.kind.label}名单中" + _since(status))
            for person in facts.there
            for status in person.statuses
            if status.kind in kinds and status.holds_on(facts.first, facts.last)
        ]

    return find


def _since(status: Status) -> str:
    return f"（{say_date(status.since)}起）" if status.since else ""


def _not_on_staff(facts: Facts) -> list[Found]:
    return [_of(person, person.name) for person in facts.there if person.on_staff is False]


def _before_certificate(facts: Facts) -> list[Found]:
    return [
        _of(person, f"{person.name}{say_date(person.first_certificate)}才取得首个证书")
        for person in facts.there
        if person.first_certificate is not None and person.first_certificate > facts.last
    ]


def _teacher_twice(facts: Facts) -> list[Found]:
    elsewhere: dict[tuple[str, str], list[Teaching]] = {}
    for each in facts.teaching_elsewhere:
        elsewhere.setdefault((plain(each.name), plain_unit(each.unit)), []).append(each)
    found: dict[tuple[str, str], Found] = {}
    for mine in facts.teaching:
        for other in elsewhere.get((plain(mine.name), plain_unit(mine.unit)), []):
            if mine.starts_at < other.ends_at and other.starts_at < mine.ends_at:
                found.setdefault((mine.name, other.where), Found(text=f"教师{mine.name}同一时段也在{other.where}授课"))
    return list(found.values())


def _too_many(facts: Facts) -> list[Found]:
    there = len(facts.there)
    found = [
        Found(text=f"实到 {there} 人，{place}只能容纳 {holds} 人") for place, holds in facts.rooms if there > holds
    ]
    if facts.quota is not None and there > facts.quota:
        found.append(Found(text=f"实到 {there} 人，超过备案的 {facts.quota} 人"))
    return found


def _teacher_learns(facts: Facts) -> list[Found]:
    teachers = {(plain(each.name), plain_unit(each.unit)) for each in facts.teaching}
    return [
        _of(person, f"{person.name}既是授课教师又是学员")
        for person in facts.there
        if any((plain(person.name), plain_unit(unit)) in teachers for unit in person.units)
    ]


def _always_as_many(facts: Facts) -> list[Found]:
    """The last classes are all of one size, and not because they are one class."""
    there = frozenset(person.technician_id for person in facts.there)
    before = facts.earlier_classes[: _SAME_SIZE - 1]
    if len(there) < _SIZE_WORTH_IT or len(before) < _SAME_SIZE - 1:
        return []
    if any(len(each) != len(there) or len(each & there) > _SAME_PEOPLE * len(there) for each in before):
        return []
    return [Found(text=f"最近 {_SAME_SIZE} 次活动实到都是 {len(there)} 人，而人员不同")]


def _equal_scores(facts: Facts) -> list[Found]:
    scores = [person.score_tenths for person in facts.people if person.score_tenths is not None]
    if len(scores) < _ALL_EQUAL or len(set(scores)) != 1:
        return []
    return [Found(text=f"{len(scores)} 人成绩都是 {say(from_tenths(scores[0]))} 分")]


def _more_than_attended(facts: Facts) -> list[Found]:
    return [
        _of(
            person, f"{person.name}报送 {say(from_tenths(person.hours_tenths))} 学时，考勤只有 {_attended(person)} 学时"
        )
        for person in facts.there
        if person.attended_tenths is not None and person.hours_tenths > person.attended_tenths
    ]


def _attended(person: Participant) -> str:
    return say(from_tenths(person.attended_tenths or 0))


def _breach_passed(facts: Facts) -> list[Found]:
    return [
        _of(person, f"{person.name}有严重违纪记录，结果应为“违纪”")
        for person in facts.people
        if person.serious_breach and person.outcome is Outcome.PASSED
    ]


def _pictures(kind: str) -> Callable[[Facts], list[Found]]:
    return lambda facts: [Found(text=text) for key, text in facts.picture_doubts if key == kind]


def _devices(facts: Facts) -> list[Found]:
    return [
        Found(text=f"{len(names)} 人用同一台手机签到：{'、'.join(names[:_NAMED])}")
        for names in facts.devices
        if len(names) > facts.most_per_device
    ]


def _late(facts: Facts) -> list[Found]:
    if facts.late_workdays <= 0 or facts.due is None:
        return []
    return [Found(text=f"应在 {say_date(facts.due)} 前报送，已超过 {facts.late_workdays} 个工作日")]


def _of(person: Participant, text: str) -> Found:
    return Found(text=text, technician_id=person.technician_id)


# --- The table --------------------------------------------------------------------------------------------------------

SAME, ALIKE, TIME = "same", "alike", "time"
"""Kinds of doubt about a picture."""

CHECKS: tuple[Check, ...] = (
    Check(
        key="attendance",
        label="学时与考勤",
        severity=Severity.ERROR,
        question="报送的学时不能多于考勤，请更正学时或考勤",
        fine="没有人的学时多于考勤",
        find=_more_than_attended,
    ),
    Check(
        key="breach",
        label="违纪记录",
        severity=Severity.ERROR,
        question="有严重违纪记录的不能合格，请更正结果",
        fine="有严重违纪记录的人没有报送合格",
        find=_breach_passed,
    ),
    Check(
        key="overlap",
        label="同时段参训",
        severity=Severity.WARNING,
        question="怎样确认他们确实在本次活动中？",
        fine="没有人同一时段出现在其他活动中",
        find=_overlap,
    ),
    Check(
        key="long_day",
        label="单日学时",
        severity=Severity.WARNING,
        question="为什么一天超过规定的学时？",
        fine="没有人一天超过规定的学时",
        find=_long_day,
        holds=True,
    ),
    Check(
        key="deceased",
        label="死亡名单",
        severity=Severity.WARNING,
        question="名单显示此人上课前已死亡，请核实身份并说明",
        fine="没有人在死亡名单中",
        find=_status(StatusKind.DECEASED),
        holds=True,
    ),
    Check(
        key="status",
        label="退休、在校等名单",
        severity=Severity.WARNING,
        question="名单显示他们已退休、在校、羁押或在境外，请核实并说明怎样参加的",
        fine="没有人在退休、在校学生等名单中",
        find=_status(*(kind for kind in StatusKind if kind is not StatusKind.DECEASED)),
    ),
    Check(
        key="staff",
        label="本单位职工",
        severity=Severity.WARNING,
        question="上课期间不是本单位在册职工，或上课后才登记、本人否认任职，请说明劳动关系",
        fine="参训人员上课期间都是本单位职工",
        find=_not_on_staff,
    ),
    Check(
        key="teacher",
        label="教师时段",
        severity=Severity.WARNING,
        question="实际由谁授课？",
        fine="教师没有同时在其他活动授课",
        find=_teacher_twice,
    ),
    Check(
        key="room",
        label="参训人数",
        severity=Severity.WARNING,
        question="多出的人怎样上课的？",
        fine="人数没有超过备案和场地",
        find=_too_many,
    ),
    Check(
        key="teacher_learns",
        label="教师参训",
        severity=Severity.WARNING,
        question="授课的同时怎样参训的？",
        fine="教师不在学员名单中",
        find=_teacher_learns,
    ),
    Check(
        key="scores",
        label="成绩分布",
        severity=Severity.WARNING,
        question="为什么成绩全部相同？",
        fine="成绩没有全部相同的情况",
        find=_equal_scores,
    ),
    Check(
        key="same_size",
        label="人数规律",
        severity=Severity.WARNING,
        question="为什么每次人数都相同？",
        fine="各次活动的人数没有异常规律",
        find=_always_as_many,
    ),
    Check(
        key="same_photo",
        label="照片重复",
        severity=Severity.WARNING,
        question="同一张照片为什么用于几次活动？",
        fine="没有照片用于其他活动",
        find=_pictures(SAME),
    ),
    Check(
        key="alike_photo",
        label="相似照片",
        severity=Severity.WARNING,
        question="照片为什么几乎相同？",
        fine="没有几乎相同的照片",
        find=_pictures(ALIKE),
    ),
    Check(
        key="photo_time",
        label="拍摄时间",
        severity=Severity.WARNING,
        question="照片为什么不是上课时拍的？",
        fine="拍摄时间与上课时间相符",
        find=_pictures(TIME),
    ),
    Check(
        key="device",
        label="同机签到",
        severity=Severity.WARNING,
        question="为什么几个人用同一台手机签到？",
        fine="没有多人用同一台手机签到",
        find=_devices,
    ),
    Check(
        key="certificate",
        label="首个证书",
        severity=Severity.HINT,
        question="",
        fine="没有人在取得首个证书之前参训",
        find=_before_certificate,
    ),
    Check(
        key="late",
        label="报送时限",
        severity=Severity.HINT,
        question="",
        fine="在规定时间内报送",
        find=_late,
    ),
)
BY_KEY = {check.key: check for check in CHECKS}


def run(facts: Facts) -> list[Finding]:
    """Every check that found something, in the order of the table."""
    return [Finding(check=check, found=tuple(found)) for check in CHECKS if (found := check.find(facts))]
