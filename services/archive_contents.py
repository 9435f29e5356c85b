"""What stands in an archive, as plain lists and originals: for the audit bundle, readable without this program."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from domain import articles
from domain.archive_rules import Item
from domain.attendance_rules import Method, Standing
from domain.discipline import Severity
from domain.filing_content import PAPER_KINDS
from domain.periods import CHINA
from domain.result_rows import Outcome
from domain.result_standing import Answer, DisputeKind, DisputeState, RowStanding
from domain.roles import Role
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    Attachment,
    Attendance,
    AttendanceChange,
    Case,
    CaseStep,
    CreditEntry,
    DisciplineEvent,
    ResultDispute,
    ResultReport,
    StoredFile,
    SupplementItem,
    Technician,
    db,
)
from services import cases, corrections, evidence, filing_tables, policies, registry, result_review
from services.archives import Archive

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What opens a CSV as UTF-8 in the spreadsheet programs of an office.
_BOM = "\ufeff"

Rows = Iterable[Sequence[object]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file the program writes for the bundle."""

    path: str
    what: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Original:
    """A file as it was uploaded; `what` says what it is and to what it belongs."""

    path: str
    what: str
    name: str
    file_id: int


# --- Lists ------------------------------------------------------------------------------------------------------------


def parts(archive: Archive) -> list[Part]:
    """Every list of the archive. Numbers of papers of identity are masked, as everywhere."""
    filing, report = archive.filing, archive.report
    about = _cases(filing, report)
    made = [
        _filing(filing),
        _list("lists/decisions.csv", "办理过程和审核决定", _DECISIONS, _decisions(about)),
        _list("lists/timetable.csv", "课次安排", _TIMETABLE, _timetable(filing)),
        _list("lists/attendance.csv", "签到考勤记录", _ATTENDANCE, _attendance(filing)),
        _list("lists/attendance-changes.csv", "考勤更改记录", _CHANGES, _changes(filing)),
        _list("lists/discipline.csv", "学习纪律记录", _DISCIPLINE, _discipline(filing)),
        _list("lists/credits.csv", "学分入账和冲销", _CREDITS, _credits(filing)),
    ]
    if report is not None:
        made += [
            _list("lists/results.csv", "参训人员名册和考试考核结果", _RESULTS, _results(report)),
            _list("lists/disputes.csv", "学员异议和处理", _DISPUTES, _disputes(report)),
        ]
    return made


def _list(path: str, what: str, headers: Sequence[str], rows: Rows) -> Part:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return Part(path=path, what=what, data=(_BOM + out.getvalue()).encode())


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(CHINA).isoformat(" ", timespec="seconds")
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int) else text


def _tenths(amount: int | None) -> str:
    return "" if amount is None else f"{amount / 10:.1f}".removesuffix(".0")


def _cases(filing: ActivityFiling, report: ResultReport | None) -> list[Case]:
    """The filing, its results, and their corrections."""
    if report is None:
        return [filing.case]
    return [filing.case, report.case, *(each.case for each in corrections.of_report(report))]


def _filing(filing: ActivityFiling) -> Part:
    """What was approved last, as it was sealed."""
    snapshot = filing_tables.snapshot_in_force(filing.case)
    content = {} if snapshot is None else {"sha256": snapshot.sha256, "content": snapshot.content}
    text = json.dumps({"number": filing.case.number, **content}, ensure_ascii=False, indent=1, sort_keys=True)
    return Part(path="lists/filing.json", what="备案内容（准予备案的版本）", data=text.encode())


_DECISIONS = ("办件", "编号", "时间", "办理", "办理后状态", "办理人", "身份", "理由", "依据", "内容指纹")


def _decisions(about: Sequence[Case]) -> Rows:
    points: dict[int, list[str]] = {}
    steps = db.session.scalars(
        select(CaseStep).where(CaseStep.case_id.in_([case.id for case in about])).order_by(CaseStep.id)
    ).all()
    for point in db.session.scalars(
        select(SupplementItem)
        .where(SupplementItem.step_id.in_([step.id for step in steps]))
        .order_by(SupplementItem.id)
    ):
        points.setdefault(point.step_id, []).append(point.message)
    by_id = {case.id: case for case in about}
    for step in steps:
        case = by_id[step.case_id]
        workflow = cases.workflow_of(case)
        yield (
            CaseKind(case.kind).label,
            case.number,
            step.at,
            workflow.done_label(step.action),
            workflow.state(step.to_state).label,
            step.actor_name,
            Role(step.actor_role).label,
            "；".join([*([step.remark] if step.remark else []), *points.get(step.id, [])]),
            articles.cited(step.article) if step.article else "",
            step.content_sha256,
        )


_TIMETABLE = ("日期", "开始", "结束", "学时", "地点", "内容", "授课教师")


def _timetable(filing: ActivityFiling) -> Rows:
    teachers = {teacher.position: f"{teacher.name}（{teacher.unit}）" for teacher in filing.teachers}
    for session in filing.sessions:
        yield (
            session.on,
            session.starts_at,
            session.ends_at,
            _tenths(session.hours_tenths),
            session.place,
            session.topic,
            teachers.get(session.teacher_position or 0, ""),
        )


_RESULTS = (
    "序号", "姓名", "证件号码", "职业（工种）", "实到学时", "成绩", "结论", "比赛项目", "名次", "学分", "说明", "备注",
    "处理", "本人确认",
)  # fmt: skip


def _results(report: ResultReport) -> Rows:
    for row in result_review.of_report(report).rows:
        yield (
            row.position,
            row.name,
            row.id_masked,
            row.occupation,
            _tenths(row.hours_tenths),
            _tenths(row.score_tenths),
            Outcome(row.outcome).label,
            row.event,
            row.rank,
            _tenths(row.credits_tenths),
            row.reason,
            row.remark,
            RowStanding(row.standing).label,
            Answer(row.answer).label,
        )


_ATTENDANCE = ("课次", "姓名", "证件号码", "到课", "方式", "签到", "签退", "学时", "说明")


def _attendance(filing: ActivityFiling) -> Rows:
    labels = {session.id: evidence.say_session(session) for session in filing.sessions}
    query = (
        select(Attendance, Technician)
        .join(Technician, Technician.id == Attendance.technician_id)
        .where(Attendance.filing_id == filing.id)
        .order_by(Attendance.starts_at, Attendance.technician_id)
    )
    for row, person in db.session.execute(query):
        yield (
            labels.get(row.session_id, ""),
            person.name,
            registry.masked_id(person),
            Standing(row.standing).label,
            Method(row.method).label,
            row.in_at,
            row.out_at,
            _tenths(row.hours_tenths),
            row.reason,
        )


_CHANGES = ("课次", "姓名", "时间", "更改人", "原来", "改为", "理由")


def _changes(filing: ActivityFiling) -> Rows:
    labels = {session.id: evidence.say_session(session) for session in filing.sessions}
    marks = {standing.value: standing.label for standing in Standing}
    query = (
        select(AttendanceChange, Technician.name)
        .join(Technician, Technician.id == AttendanceChange.technician_id)
        .where(AttendanceChange.session_id.in_(labels))
        .order_by(AttendanceChange.at, AttendanceChange.id)
    )
    for row, name in db.session.execute(query):
        yield (
            labels[row.session_id],
            name,
            row.at,
            row.actor_name,
            marks.get(row.from_mark),
            marks.get(row.to_mark),
            row.reason,
        )


_DISCIPLINE = ("课次", "姓名", "程度", "事实", "记录时间", "撤销时间", "撤销理由")


def _discipline(filing: ActivityFiling) -> Rows:
    query = (
        select(DisciplineEvent)
        .where(DisciplineEvent.filing_id == filing.id)
        .order_by(DisciplineEvent.recorded_at, DisciplineEvent.id)
    )
    for event in db.session.scalars(query):
        yield (
            evidence.say_session(event.session),
            event.technician.name,
            Severity(event.severity).label,
            event.description,
            event.recorded_at,
            event.withdrawn_at,
            event.withdrawn_reason,
        )


_DISPUTES = ("姓名", "异议", "内容", "提出时间", "举办单位答复", "处理结果", "办结时间", "状态")


def _disputes(report: ResultReport) -> Rows:
    query = select(ResultDispute).where(ResultDispute.report_id == report.id).order_by(ResultDispute.raised_at)
    for dispute in db.session.scalars(query):
        yield (
            dispute.technician.name,
            DisputeKind(dispute.kind).label,
            dispute.text,
            dispute.raised_at,
            dispute.answer,
            dispute.decision,
            dispute.decided_at,
            DisputeState(dispute.state).label,
        )


_CREDITS = ("姓名", "证件号码", "年度", "科目", "学时", "学分", "记录", "入账时间", "理由")


def _credits(filing: ActivityFiling) -> Rows:
    policy = policies.active_policy()
    query = (
        select(CreditEntry, Technician)
        .join(Technician, Technician.id == CreditEntry.technician_id)
        .where(CreditEntry.source_kind == "activity", CreditEntry.source_id == filing.id)
        .order_by(CreditEntry.posted_at, CreditEntry.technician_id, CreditEntry.id)
    )
    for entry, person in db.session.execute(query):
        yield (
            person.name,
            registry.masked_id(person),
            entry.year,
            policy.subject(entry.subject).label,
            _tenths(entry.hours_tenths),
            _tenths(entry.credits_tenths),
            "冲销" if entry.kind == "reversal" else "入账",
            entry.posted_at,
            entry.reason,
        )


# --- Originals --------------------------------------------------------------------------------------------------------

_ENDINGS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
}


def originals(archive: Archive) -> list[Original]:
    """The files as they were uploaded, numbered: what somebody called a file may be no name for another machine."""
    found = []
    for number, (what, stored) in enumerate(_files(archive), 1):
        ending = _ENDINGS.get(stored.media_type, "bin")
        found.append(
            Original(path=f"originals/{number:03d}.{ending}", what=what, name=stored.original_name, file_id=stored.id)
        )
    return found


def _files(archive: Archive) -> Iterator[tuple[str, StoredFile]]:
    for case in _cases(archive.filing, archive.report):
        standing = [each for each in case.attachments if each.removed_at is None]
        sessions = {session.id: evidence.say_session(session) for session in archive.filing.sessions}
        placed = evidence.placed(standing)
        for each in standing:
            where = sessions.get(placed.get(each.id) or 0, "")
            yield f"{_said(each, case)}{f'，{where}' if where else ''}", each.file
    for paper in archive.papers:
        yield f"事后补充：{Item(paper.item).label}", paper.file


def _said(attachment: Attachment, case: Case) -> str:
    kinds = {**evidence.KINDS, **dict.fromkeys(PAPER_KINDS, "备案附件")}
    return kinds.get(attachment.kind, f"{CaseKind(case.kind).label}附件")
