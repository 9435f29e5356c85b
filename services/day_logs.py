"""The log of days of a training at a post (以工代训): who did what on which day, confirmed by the mentor (D9)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import delete, select

from domain.errors import NotAllowed, RuleError
from domain.roles import Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, Case, CaseStep, DayLogEntry, FilingConfirmation, ResultReport, ResultRow, db
from services import audit, cases, clock, filing_confirmations, filing_forms, letters, notices
from services.filing_confirmations import Kind

FORM = "F4"
_MOST_ENTRIES = 5000


def entries(filing: ActivityFiling) -> list[DayLogEntry]:
    """The whole log, the latest day first."""
    query = select(DayLogEntry).where(DayLogEntry.filing_id == filing.id)
    return list(db.session.scalars(query.order_by(DayLogEntry.on.desc(), DayLogEntry.id)))


def entries_of(asked: FilingConfirmation) -> list[DayLogEntry]:
    """The days a mentor is asked about, in their order."""
    query = select(DayLogEntry).where(DayLogEntry.confirmation_id == asked.id)
    return list(db.session.scalars(query.order_by(DayLogEntry.on, DayLogEntry.technician_id)))


def is_confirmed(entry: DayLogEntry) -> bool:
    return entry.confirmation is not None and bool(entry.confirmation.agreed)


def is_with_mentor(entry: DayLogEntry) -> bool:
    return entry.confirmation is not None and filing_confirmations.is_open(entry.confirmation)


def confirmed_tenths(filing: ActivityFiling) -> dict[int, int]:
    """The tenths of hours of each person that mentors have confirmed."""
    sums: dict[int, int] = defaultdict(int)
    for entry in entries(filing):
        sums[entry.technician_id] += entry.hours_tenths if is_confirmed(entry) else 0
    return dict(sums)


def _check_writer(filing: ActivityFiling, actor: Actor) -> None:
    if actor.organization_id != filing.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以记带教日志")
    if filing.form != FORM or filing.case.state not in ("approved", "change_pending"):
        raise RuleError("只有已准予备案、尚未办结的以工代训可以记带教日志", code="closed")


def record(
    filing: ActivityFiling,
    technician_ids: Sequence[int],
    *,
    on: date,
    hours: Decimal,
    done: str,
    mentor: str,
    actor: Actor,
) -> int:
    """Write the same day for these persons; what was written of that day and is not confirmed is replaced.

    Returns how many days were written. Raises RuleError with what to do.
    """
    _check_writer(filing, actor)
    days = {session.on for session in filing.sessions}
    if on not in days:
        raise RuleError("这一天没有带教安排，请选择备案中的日期", code="no_session")
    if on > clock.today():
        raise RuleError("不能提前记以后的日志", code="future")
    limit = filing_forms.figures_for(filing.case, filing.form).most_per_day
    if not hours or hours < 0 or hours * 10 % 1 or (limit is not None and hours > limit):
        most = f"，每天最多 {limit} 学时" if limit is not None else ""
        raise RuleError(f"学时应为大于 0 的数字，最多一位小数{most}", code="hours")
    if mentor not in {teacher.name for teacher in filing.teachers}:
        raise RuleError("请选择备案中的带教师傅", code="mentor")
    held = {entry.technician_id: entry for entry in entries(filing) if entry.on == on}
    fixed = [
        held[each]
        for each in technician_ids
        if each in held and (is_confirmed(held[each]) or is_with_mentor(held[each]))
    ]
    if fixed:
        names = "、".join(entry.technician.name for entry in fixed[:5])
        raise RuleError(f"{names}这一天的日志已经师傅确认或正在确认，不能再改", code="confirmed")
    if len(held) + len(technician_ids) > _MOST_ENTRIES:
        raise RuleError("一次记录的人数过多，请分批", code="too_many")
    for technician_id in dict.fromkeys(technician_ids):
        entry = held.get(technician_id) or DayLogEntry(technician_id=technician_id, filing_id=filing.id, on=on)
        entry.hours_tenths, entry.done, entry.mentor = int(hours * 10), done, mentor
        entry.recorded_by_id, entry.recorded_at = actor.account_id, clock.now()
        entry.confirmation_id = None
        db.session.add(entry)
    db.session.flush()
    audit.record(
        "day_log.record", actor=actor, object_kind="case", object_id=filing.case_id, persons=len(technician_ids)
    )
    return len(technician_ids)


def remove(filing: ActivityFiling, technician_id: int, on: date, *, actor: Actor) -> None:
    """Take a day out that nobody has confirmed."""
    _check_writer(filing, actor)
    entry = next((each for each in entries(filing) if (each.technician_id, each.on) == (technician_id, on)), None)
    if entry is None or is_confirmed(entry) or is_with_mentor(entry):
        raise RuleError("这条日志已经师傅确认、正在确认或已不存在，请刷新页面", code="confirmed")
    db.session.execute(
        delete(DayLogEntry).where(DayLogEntry.technician_id == technician_id, DayLogEntry.id == entry.id)
    )
    audit.record("day_log.remove", actor=actor, object_kind="case", object_id=filing.case_id)


def waiting(filing: ActivityFiling) -> dict[str, int]:
    """How many days of each mentor nobody was asked about yet, or the answer was no or never came."""
    counts: dict[str, int] = {teacher.name: 0 for teacher in filing.teachers}
    for entry in entries(filing):
        if not is_confirmed(entry) and not is_with_mentor(entry):
            counts[entry.mentor] = counts.get(entry.mentor, 0) + 1
    return counts


def ask_mentor(filing: ActivityFiling, mentor: str, email: str, *, actor: Actor) -> FilingConfirmation:
    """Mail the mentor a link to all days that wait for a word of theirs; nobody else gets to see it."""
    _check_writer(filing, actor)
    found = [
        each
        for each in entries(filing)
        if each.mentor == mentor and not is_confirmed(each) and not is_with_mentor(each)
    ]
    if not found:
        raise RuleError("这位师傅没有待确认的日志", code="nothing")
    asked, address = filing_confirmations.ask(filing, Kind.DAY_LOG, mentor, email, actor=actor)
    for entry in found:
        entry.confirmation_id = asked.id
    db.session.flush()
    letter = letters.confirm_day_log(mentor, filing.organization.name, filing.title, address)
    notices.send_mail(email, letter.subject, letter.body)
    return asked


@cases.effect(CaseKind.RESULT_REPORT, "enter")
def _log_bounds_hours(case: Case, _step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    """Where a log is kept, nobody is reported with more hours than the mentors have confirmed."""
    report = db.session.scalars(select(ResultReport).where(ResultReport.case_id == case.id)).one()
    if report.filing.form != FORM:
        return
    confirmed = confirmed_tenths(report.filing)
    if not confirmed:
        return
    rows = db.session.execute(
        select(ResultRow.technician_id, ResultRow.name, ResultRow.hours_tenths).where(ResultRow.report_id == report.id)
    )
    over = [row for row in rows if row.hours_tenths > confirmed.get(row.technician_id, 0)]
    if over:
        said = "、".join(row.name for row in over[:5])
        raise RuleError(
            f"{len(over)} 人的学时超过师傅确认的带教日志：{said}。请更正，或先请师傅确认日志", code="too_many_hours"
        )
