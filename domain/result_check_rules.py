"""Cross-checks of results before their release (arts. 10, 12, 19, 22): one table of checks over plain facts.

Each check has a severity: an error stops the list, a warning must be answered in writing by the organiser, a hint is
only shown. The rows of a check that holds wait alone when the list is released, until an officer has decided.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.result_check_facts import Facts
from domain.result_check_finders import (
    Found,
    always_as_many,
    before_certificate,
    breach_passed,
    devices,
    equal_scores,
    far,
    late,
    long_day,
    more_than_attended,
    not_on_staff,
    overlap,
    pictures,
    status,
    teacher_learns,
    teacher_twice,
    too_many,
    too_many_winners,
    won_nothing,
)
from domain.result_standing import StatusKind

_NAMED = 10


class Severity(StrEnum):
    """What a finding asks for."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


# --- Findings ---------------------------------------------------------------------------------------------------------


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
    of_contests: bool = False


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
        find=more_than_attended,
    ),
    Check(
        key="breach",
        label="违纪记录",
        severity=Severity.ERROR,
        question="有严重违纪记录的不能合格，请更正结果",
        fine="有严重违纪记录的人没有报送合格",
        find=breach_passed,
    ),
    Check(
        key="ranks",
        label="名次人数",
        severity=Severity.ERROR,
        question="获得名次的人数不能多于备案，请更正名次",
        fine="各名次的人数没有超过备案",
        find=too_many_winners,
        of_contests=True,
    ),
    Check(
        key="winners",
        label="名次与结果",
        severity=Severity.ERROR,
        question="获得名次的应当合格并到场，请更正名次或结果",
        fine="获得名次的都合格并到场",
        find=won_nothing,
        of_contests=True,
    ),
    Check(
        key="overlap",
        label="同时段参训",
        severity=Severity.WARNING,
        question="怎样确认他们确实在本次活动中？",
        fine="没有人同一时段出现在其他活动中",
        find=overlap,
    ),
    Check(
        key="long_day",
        label="单日学时",
        severity=Severity.WARNING,
        question="为什么一天超过规定的学时？",
        fine="没有人一天超过规定的学时",
        find=long_day,
        holds=True,
    ),
    Check(
        key="deceased",
        label="死亡名单",
        severity=Severity.WARNING,
        question="名单显示此人上课前已死亡，请核实身份并说明",
        fine="没有人在死亡名单中",
        find=status(StatusKind.DECEASED),
        holds=True,
    ),
    Check(
        key="status",
        label="退休、在校等名单",
        severity=Severity.WARNING,
        question="名单显示他们已退休、在校、羁押或在境外，请核实并说明怎样参加的",
        fine="没有人在退休、在校学生等名单中",
        find=status(*(kind for kind in StatusKind if kind is not StatusKind.DECEASED)),
    ),
    Check(
        key="staff",
        label="本单位职工",
        severity=Severity.WARNING,
        question="上课期间不是本单位在册职工，或上课后才登记、本人否认任职，请说明劳动关系",
        fine="参训人员上课期间都是本单位职工",
        find=not_on_staff,
    ),
    Check(
        key="teacher",
        label="教师时段",
        severity=Severity.WARNING,
        question="实际由谁授课？",
        fine="教师没有同时在其他活动授课",
        find=teacher_twice,
    ),
    Check(
        key="room",
        label="参训人数",
        severity=Severity.WARNING,
        question="多出的人怎样上课的？",
        fine="人数没有超过备案和场地",
        find=too_many,
    ),
    Check(
        key="teacher_learns",
        label="教师参训",
        severity=Severity.WARNING,
        question="授课的同时怎样参训的？",
        fine="教师不在学员名单中",
        find=teacher_learns,
    ),
    Check(
        key="scores",
        label="成绩分布",
        severity=Severity.WARNING,
        question="为什么成绩全部相同？",
        fine="成绩没有全部相同的情况",
        find=equal_scores,
    ),
    Check(
        key="same_size",
        label="人数规律",
        severity=Severity.WARNING,
        question="为什么每次人数都相同？",
        fine="各次活动的人数没有异常规律",
        find=always_as_many,
    ),
    Check(
        key="same_photo",
        label="照片重复",
        severity=Severity.WARNING,
        question="同一张照片为什么用于几次活动？",
        fine="没有照片用于其他活动",
        find=pictures(SAME),
    ),
    Check(
        key="alike_photo",
        label="相似照片",
        severity=Severity.WARNING,
        question="照片为什么几乎相同？",
        fine="没有几乎相同的照片",
        find=pictures(ALIKE),
    ),
    Check(
        key="photo_time",
        label="拍摄时间",
        severity=Severity.WARNING,
        question="照片为什么不是上课时拍的？",
        fine="拍摄时间与上课时间相符",
        find=pictures(TIME),
    ),
    Check(
        key="device",
        label="同机签到",
        severity=Severity.WARNING,
        question="为什么几个人用同一台手机签到？",
        fine="没有多人用同一台手机签到",
        find=devices,
    ),
    Check(key="place", label="签到位置", severity=Severity.HINT, question="", fine="没有远处签到的提示", find=far),
    Check(
        key="certificate",
        label="首个证书",
        severity=Severity.HINT,
        question="",
        fine="没有人在取得首个证书之前参训",
        find=before_certificate,
    ),
    Check(
        key="late",
        label="报送时限",
        severity=Severity.HINT,
        question="",
        fine="在规定时间内报送",
        find=late,
    ),
)
BY_KEY = {check.key: check for check in CHECKS}


def checks_of(facts: Facts) -> list[Check]:
    """The checks that make sense for this list: ranks are a matter of competitions."""
    return [check for check in CHECKS if facts.contest is not None or not check.of_contests]


def run(facts: Facts) -> list[Finding]:
    """Every check that found something, in the order of the table."""
    return [Finding(check=check, found=tuple(found)) for check in checks_of(facts) if (found := check.find(facts))]
