"""Corrections of credited results (成绩更正, F7): asked for with reasons, released by a second person."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from domain import contests
from domain import corrections as rules
from domain.corrections import ASKED_FOR, PROPOSED, Origin, Values
from domain.credit_entries import from_tenths
from domain.errors import NotAllowed, RuleError, WrongState
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import ORGANIZATION_ROLES, Actor, Permission
from domain.workflows import CaseKind
from models import Attachment, Case, CaseStep, CorrectionRow, ResultCorrection, ResultReport, ResultRow, Technician, db
from services import audit, case_lock, cases, files, result_content, results

PAPER = "correction"
MOST_PAPERS = 5
_OPEN = ("draft", "entered", "review")


# --- Reads ------------------------------------------------------------------------------------------------------------


def find(correction_id: int, *, seen_by: Actor) -> ResultCorrection | None:
    """The correction if this actor may know of its case."""
    visible = cases.visible_to(seen_by).with_only_columns(Case.id)
    return db.session.scalar(
        select(ResultCorrection).where(ResultCorrection.id == correction_id, ResultCorrection.case_id.in_(visible))
    )


def of_case(case: Case) -> ResultCorrection:
    """The correction of a case of this kind."""
    return db.session.scalars(select(ResultCorrection).where(ResultCorrection.case_id == case.id)).one()


def of_report(report: ResultReport) -> list[ResultCorrection]:
    """Every correction of a report, newest first."""
    return list(
        db.session.scalars(
            select(ResultCorrection).where(ResultCorrection.report_id == report.id).order_by(ResultCorrection.id.desc())
        )
    )


def under_way(report: ResultReport) -> ResultCorrection | None:
    """The correction of this report that nobody has decided on yet: there is one at a time."""
    return next((each for each in of_report(report) if each.case.state in _OPEN), None)


def is_editable(correction: ResultCorrection, actor: Actor) -> bool:
    """Whether this actor may change what is asked for now."""
    own = actor.organization_id is not None and actor.organization_id == correction.case.organization_id
    return own and actor.can(Permission.RESULT_WRITE) and correction.case.state == "draft"


def papers(correction: ResultCorrection) -> list[Attachment]:
    """What was attached to it."""
    return [each for each in correction.case.attachments if each.removed_at is None]


def old_values(row: ResultRow | None) -> Values | None:
    """A row of the results as a correction sees it."""
    if row is None:
        return None
    return Values(
        hours_tenths=row.hours_tenths,
        score_tenths=row.score_tenths,
        outcome=Outcome(row.outcome),
        event=row.event,
        rank=row.rank,
    )


def values_of(row: CorrectionRow) -> tuple[Values | None, Values | None]:
    """(what the results said, what they are to say) of one person."""
    return _side(row, "old"), _side(row, "new")


_PARTS = ("hours_tenths", "score_tenths", "outcome", "event", "rank")


def _side(row: CorrectionRow, side: str) -> Values | None:
    hours, score, outcome, event, rank = (getattr(row, f"{side}_{part}") for part in _PARTS)
    if not outcome:
        return None
    return Values(hours_tenths=hours or 0, score_tenths=score, outcome=Outcome(outcome), event=event, rank=rank)


def _set_side(row: CorrectionRow, side: str, values: Values | None) -> None:
    empty = {"hours_tenths": None, "score_tenths": None}
    for part in _PARTS:
        setattr(row, f"{side}_{part}", empty.get(part, "") if values is None else getattr(values, part))


# --- Writing one ------------------------------------------------------------------------------------------------------


def begin(report: ResultReport, *, actor: Actor) -> ResultCorrection:
    """Begin a correction in the organiser's name; the one under way if there is one."""
    if actor.organization_id != report.case.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以申请更正成绩")
    _lock(report)
    known = under_way(report)
    return known if known is not None else _open(report, actor)


def _lock(report: ResultReport) -> None:
    """Hold the report still: of two who begin at once, the second finds what the first has begun."""
    case_lock.hold(report.case_id)
    db.session.refresh(report.case)
    if report.case.state != "credited":
        raise WrongState("更正成绩", cases.state_of(report.case).label)


def _open(report: ResultReport, actor: Actor) -> ResultCorrection:
    case = cases.open_case(
        CaseKind.RESULT_CORRECTION, title=report.case.title, region_code=report.case.region_code, actor=actor
    )
    case.organization_id = report.case.organization_id
    correction = ResultCorrection(
        case_id=case.id, report_id=report.id, origin=Origin.ORGANIZER, reason_code=ReversalReason.WRONG_ENTRY,
        base_sha256=result_content.seal(report),
    )  # fmt: skip
    db.session.add(correction)
    db.session.flush()
    audit.record("result_correction.open", actor=actor, object_kind="case", object_id=case.id)
    return correction


def put(correction: ResultCorrection, technician_id: int, new: Values | None, *, remark: str, actor: Actor) -> None:
    """Ask that a person's result be this, or, without `new`, that the person be taken out. Raises RuleError."""
    _lock_draft(correction, actor)
    _put(correction, technician_id, new, remark)


def _put(correction: ResultCorrection, technician_id: int, new: Values | None, remark: str) -> None:
    report = correction.report
    planned = sum(line.hours_tenths for line in report.filing.subject_lines)
    if new is not None and new.hours_tenths > planned:
        raise RuleError(f"实到学时不能超过备案的 {from_tenths(planned)} 学时", code="too_many_hours")
    contest = result_content.plan_of(report.filing).contest
    if new is not None and (wrong := contests.problem(new.event, new.rank, contest)):
        raise RuleError(wrong, code="not_filed")
    person = db.session.get_one(Technician, technician_id)
    row = result_content.row_of(report, technician_id)
    old = old_values(row)
    rules.change_of(old, new)
    known = db.session.get(CorrectionRow, (correction.id, technician_id))
    if known is None:
        known = CorrectionRow(
            correction_id=correction.id, technician_id=technician_id, position=len(correction.rows) + 1
        )
        db.session.add(known)
    known.name = row.name if row is not None else person.name
    _set_side(known, "old", old)
    _set_side(known, "new", new)
    known.remark = remark.strip()[:200]
    db.session.flush()
    db.session.expire(correction, ["rows"])


def drop(correction: ResultCorrection, technician_id: int, *, actor: Actor) -> None:
    """Leave a person's result as it is after all."""
    _lock_draft(correction, actor)
    db.session.execute(
        delete(CorrectionRow).where(
            CorrectionRow.correction_id == correction.id, CorrectionRow.technician_id == technician_id
        )
    )
    db.session.expire(correction, ["rows"])


def attach(correction: ResultCorrection, data: bytes, name: str, *, actor: Actor) -> None:
    """Add a paper that shows the mistake; raises files.BadFile or RuleError."""
    media_type = files.check(data, files.DOCUMENT)
    _lock_draft(correction, actor)
    there = papers(correction)
    if len(there) >= MOST_PAPERS:
        raise RuleError(f"最多上传 {MOST_PAPERS} 个文件", code="too_many_files")
    stored = files.store(data, name=name, media_type=media_type, actor=actor)
    if any(each.file.sha256 == stored.sha256 for each in there):
        raise RuleError("这个文件已经上传过了", code="same_file")
    db.session.add(Attachment(case_id=correction.case_id, file_id=stored.id, kind=PAPER, label=stored.original_name))
    db.session.flush()
    db.session.expire(correction.case, ["attachments"])
    audit.record("result_correction.attach", actor=actor, object_kind="case", object_id=correction.case_id)


def _lock_draft(correction: ResultCorrection, actor: Actor) -> None:
    if actor.organization_id != correction.case.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以修改更正申请")
    case_lock.hold(correction.case_id)
    db.session.refresh(correction.case)
    if correction.case.state != "draft":
        raise WrongState("修改更正申请", cases.state_of(correction.case).label)


# --- Moving it --------------------------------------------------------------------------------------------------------


def submit(
    correction: ResultCorrection, *, origin: Origin, reason: ReversalReason, explanation: str, actor: Actor
) -> None:
    """The clerk has finished: a second person of the organisation confirms it."""
    _lock_draft(correction, actor)
    if reason not in ASKED_FOR:
        raise RuleError("请选择更正原因", code="reason")
    correction.origin, correction.reason_code, correction.explanation = origin, reason, explanation.strip()
    _rebase(correction)
    db.session.flush()
    cases.act(correction.case, "submit", actor=actor)


def _rebase(correction: ResultCorrection) -> None:
    """What is asked for is asked of the results as they are now; an earlier correction may have changed them."""
    correction.base_sha256 = result_content.seal(correction.report)
    for row in list(correction.rows):
        _, new = values_of(row)
        _put(correction, row.technician_id, new, row.remark)


def release(correction: ResultCorrection, *, actor: Actor, version: int | None = None) -> None:
    """A second natural person of the organisation answers for it; the bureau's time begins."""
    cases.act(correction.case, "release", actor=actor, version=version)


def propose(
    report: ResultReport,
    rows: Sequence[tuple[int, Values | None]],
    *,
    reason: ReversalReason,
    explanation: str,
    actor: Actor,
) -> ResultCorrection:
    """An officer of the county asks for it himself; another one decides (INV-18)."""
    if reason not in PROPOSED:
        raise RuleError("请选择更正原因", code="reason")
    _lock(report)
    if under_way(report) is not None:
        raise RuleError("这份成绩已有一件更正正在办理，请先办结", code="under_way")
    correction = _open(report, actor)
    correction.origin, correction.reason_code, correction.explanation = Origin.BUREAU, reason, explanation.strip()
    for technician_id, new in rows:
        _put(correction, technician_id, new, "")
    cases.act(correction.case, "propose", actor=actor)
    return correction


@cases.seal(CaseKind.RESULT_CORRECTION)
def seal_of_case(case: Case) -> str:
    """The SHA-256 of what is asked for now."""
    return seal(of_case(case))


def seal(correction: ResultCorrection) -> str:
    """The SHA-256 of what is asked for: a decision names it (P-13)."""
    rows = db.session.execute(
        select(
            CorrectionRow.technician_id,
            *(getattr(CorrectionRow, f"{side}_{part}") for side in ("old", "new") for part in _PARTS),
            CorrectionRow.remark,
        ).where(CorrectionRow.correction_id == correction.id)
    )
    return rules.seal_of(
        base_sha256=correction.base_sha256,
        reason=correction.reason_code,
        explanation=correction.explanation,
        rows=((*row,) for row in rows),
    )


@cases.effect(CaseKind.RESULT_CORRECTION, "submit", "propose")
def _check_complete(case: Case, _step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    correction = of_case(case)
    if not correction.rows:
        raise RuleError("还没有要更正的人员，请先选择人员并填写正确的成绩", code="no_rows")
    wanted = [(row.technician_id, values_of(row)[1]) for row in correction.rows]
    result_content.check_places(
        correction.report, {person: (new.event, new.rank) if new else ("", "") for person, new in wanted}
    )
    if not correction.explanation:
        raise RuleError("请写明更正的事实和依据", code="no_explanation")
    if actor.role not in ORGANIZATION_ROLES and any(
        cases.works_for_applicant(each, actor) for each in (case, correction.report.case)
    ):
        raise NotAllowed()


@cases.effect(CaseKind.RESULT_CORRECTION, "release", "approve")
def _check_unchanged(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """What is released is what was asked for, and what is approved is what was released (P-12, P-13)."""
    before = results.last_step(case, *(("submit",) if step.action == "release" else ("release", "propose")))
    if before is None or not before.content_sha256 == step.content_sha256 == seal(of_case(case)):
        raise RuleError("更正申请与上一步提交的不一致，请退回核对后重新提交", code="content_changed")


@cases.effect(CaseKind.RESULT_CORRECTION, "withdraw")
def _check_own(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """What the bureau asks for the organiser cannot take back."""
    if of_case(case).origin == Origin.BUREAU:
        raise NotAllowed("这件更正由人力社保部门提出，举办单位不能撤回")
