"""What a correction does: what it would change, for the officer to see first, and the change itself."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from domain.corrections import Change, Values, change_of
from domain.credit_entries import say
from domain.errors import NotAllowed, RuleError
from domain.ledger_rules import Award, ReversalReason
from domain.result_rows import Outcome
from domain.result_standing import RowStanding
from domain.roles import SYSTEM, Actor
from domain.workflows import CaseKind
from models import (
    Case,
    CaseSnapshot,
    CaseStep,
    CorrectionRow,
    CreditEntry,
    IdentityKey,
    PolicyVersion,
    Proof,
    ResultCorrection,
    ResultReport,
    ResultRow,
    Technician,
    db,
)
from services import (
    attendance,
    audit,
    case_lock,
    cases,
    clock,
    compliance,
    corrections,
    ledger,
    notices,
    policies,
    presence_decisions,
    registry,
    result_content,
    result_posting,
)


@dataclass(frozen=True, kw_only=True)
class YearImpact:
    """What becomes of a person's year, and how many proofs of it are replaced."""

    year: int
    met_before: bool | None
    met_after: bool | None
    proofs: list[str]

    @property
    def falls_short(self) -> bool:
        return self.met_before is True and self.met_after is False


@dataclass(frozen=True, kw_only=True)
class PersonImpact:
    """One person of a correction; credits in tenths. `waits`: the row is held or disputed and gives nothing yet."""

    technician_id: int
    name: str
    id_masked: str
    change: Change
    old: Values | None
    new: Values | None
    old_credits: int
    new_credits: int
    waits: bool
    remark: str
    years: list[YearImpact]


@dataclass(frozen=True, kw_only=True)
class Impact:
    """The whole correction as the officer sees it before the decision; `content_sha256` is what a decision names."""

    correction: ResultCorrection
    report: ResultReport
    reason: ReversalReason
    persons: list[PersonImpact]
    closed_years: list[int]
    stale: bool
    content_sha256: str

    @property
    def credits_taken(self) -> int:
        return sum(person.old_credits for person in self.persons if person.old_credits != person.new_credits)

    @property
    def credits_given(self) -> int:
        return sum(person.new_credits for person in self.persons if person.old_credits != person.new_credits)

    @property
    def falling_short(self) -> int:
        return sum(any(year.falls_short for year in person.years) for person in self.persons)

    @property
    def proofs(self) -> list[str]:
        return [number for person in self.persons for year in person.years for number in year.proofs]


# --- Before the decision ----------------------------------------------------------------------------------------------


def review(case: Case) -> Impact:
    """What the correction of this case would change, computed from the ledger as it stands."""
    return impact(corrections.of_case(case))


def impact(correction: ResultCorrection) -> Impact:
    """The same of the correction itself; of one that was decided, what it did cannot be previewed any more."""
    report, rows = correction.report, list(correction.rows)
    ids = [row.technician_id for row in rows]
    open_ = correction.case.state in ("draft", "entered", "review")
    live, given = _live(report, ids), _given(report, rows)
    stored = {row.technician_id: row for row in _rows(report, ids)}
    masks = _masks(ids)
    persons = []
    for row in rows:
        old, new = corrections.values_of(row)
        known = stored.get(row.technician_id)
        waits = known is not None and known.standing != RowStanding.READY
        before, after = live[row.technician_id], [] if waits else given[row.technician_id]
        persons.append(
            PersonImpact(
                technician_id=row.technician_id,
                name=row.name,
                id_masked=masks.get(row.technician_id, ""),
                change=change_of(old, new),
                old=old,
                new=new,
                old_credits=sum(entry.credits_tenths for entry in before),
                new_credits=sum(award.credits_tenths for award in after),
                waits=waits,
                remark=row.remark,
                years=_years(row.technician_id, before, after) if open_ and _differ(before, after) else [],
            )
        )
    return Impact(
        correction=correction,
        report=report,
        reason=ReversalReason(correction.reason_code),
        persons=persons,
        closed_years=result_posting.closed_years(report),
        stale=open_ and result_content.seal(report) != correction.base_sha256,
        content_sha256=corrections.seal(correction),
    )


def _live(report: ResultReport, ids: list[int]) -> dict[int, list[CreditEntry]]:
    found: dict[int, list[CreditEntry]] = defaultdict(list)
    for entry in ledger.live_of(report.filing_id, ids):
        found[entry.technician_id].append(entry)
    return found


def _given(report: ResultReport, rows: Iterable[CorrectionRow]) -> dict[int, list[Award]]:
    """What the asked-for rows give."""
    version = db.session.get_one(PolicyVersion, report.case.policy_version_id)
    policy, plan = policies.policy_of(version), result_content.plan_of(report.filing)
    wanted = [(row.technician_id, corrections.values_of(row)[1]) for row in rows]
    regions = result_posting.regions_of_duty([each for each, _ in wanted], max(plan.days))
    found: dict[int, list[Award]] = defaultdict(list)
    for technician_id, new in wanted:
        if new is not None:
            found[technician_id] = result_posting.awards_for(
                plan,
                policy,
                technician_id=technician_id,
                hours_tenths=new.hours_tenths,
                outcome=new.outcome,
                event=new.event,
                rank=new.rank,
                region_code=regions[technician_id],
            )
    return found


def _rows(report: ResultReport, ids: list[int]) -> list[ResultRow]:
    return [
        row
        for part in registry.chunks(ids)
        for row in db.session.scalars(
            select(ResultRow)
            .where(ResultRow.report_id == report.id, ResultRow.technician_id.in_(part))
            .execution_options(populate_existing=True)
        )
    ]


def _masks(ids: list[int]) -> dict[int, str]:
    return {
        person.id: registry.masked_id(person)
        for part in registry.chunks(ids)
        for person in db.session.scalars(select(Technician).where(Technician.id.in_(part)))
    }


def _differ(live: Iterable[CreditEntry], awards: Iterable[Award]) -> bool:
    """Whether the ledger has to change: an equal pair of entries would only make the history longer."""
    before = {(entry.line_id, entry.year, entry.hours_tenths, entry.credits_tenths) for entry in live}
    return before != {(award.line_id, award.year, award.hours_tenths, award.credits_tenths) for award in awards}


def _years(technician_id: int, before: list[CreditEntry], after: list[Award]) -> list[YearImpact]:
    years = sorted({entry.year for entry in before} | {award.year for award in after})
    without = {entry.id for entry in before}
    expected = [compliance.expected_entry(award, f"expected-{count}") for count, award in enumerate(after)]
    return [
        YearImpact(
            year=year,
            met_before=_met(compliance.standing(technician_id, year)),
            met_after=_met(compliance.standing(technician_id, year, without=without, expected=expected)),
            proofs=list(
                db.session.scalars(
                    select(Proof.number).where(
                        Proof.technician_id == technician_id, Proof.year == year, Proof.state.in_(("valid", "issuing"))
                    )
                )
            )
            if any(entry.year == year for entry in before)
            else [],
        )
        for year in years
    ]


def _met(standing: compliance.Standing) -> bool | None:
    return standing.evaluation.compliant if standing.evaluation.obliged else None


# --- The decision -----------------------------------------------------------------------------------------------------


def conflict(correction: ResultCorrection, actor: Actor) -> str | None:
    """Why this officer may not decide on it although the case would let him; None if he may (P-14, INV-18)."""
    decided = [step for step in correction.report.case.steps if step.action in ("credit", "confirm")]
    for step in decided:
        if step.actor_id == actor.account_id or (actor.person_key is not None and step.person_key == actor.person_key):
            return "这份成绩由您本人审核入账，更正须由另一人决定。"
    if actor.person_key is not None:
        named = select(CorrectionRow.technician_id).join(
            IdentityKey, IdentityKey.technician_id == CorrectionRow.technician_id
        )
        own = named.where(CorrectionRow.correction_id == correction.id, IdentityKey.blind_index == actor.person_key)
        if db.session.scalar(own) is not None:
            return "更正名单中有您本人，按规定应当回避，请由其他工作人员办理。"
    return None


@cases.effect(CaseKind.RESULT_CORRECTION, "approve", "refuse")
def _check_officer(case: Case, _step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    correction = corrections.of_case(case)
    said = conflict(correction, actor)
    if said is not None:
        raise NotAllowed(said)
    result_posting.check_impartial(correction.report, actor)


@cases.effect(CaseKind.RESULT_CORRECTION, "approve")
def _apply(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    """Rows, seal, reversals, new entries, proofs and notices: all of it or nothing."""
    correction = corrections.of_case(case)
    report = correction.report
    case_lock.hold(report.case_id)
    db.session.refresh(report.case)
    if report.case.state != "credited" or result_content.seal(report) != correction.base_sha256:
        raise RuleError("成绩在申请之后已有变动，请退回举办单位重新申请", code="content_changed")
    result_posting.check_closed_years(report, step.remark)
    rows = list(correction.rows)
    ids = [row.technician_id for row in rows]
    live = _live(report, ids)
    _write_rows(report, rows)
    result_content.check_places(report, {})
    # Who is in two places by the corrected list waits for an officer (P-05); who was not here is in nobody's way.
    attendance.record_from_results(report)
    for row in rows:
        if row.new_outcome and row.new_hours_tenths:
            remark = f"成绩更正 {case.number}"
            presence_decisions.bear(report, row.technician_id, row.new_hours_tenths, remark=remark, actor=actor)
    attendance.set_aside(report.filing, [row.technician_id for row in rows if not row.new_outcome])
    corrected = cases.act(report.case, "correct", actor=SYSTEM, remark=f"更正编号 {case.number}")
    _keep_version(report, corrected)
    version = db.session.get_one(PolicyVersion, report.case.policy_version_id)
    given: dict[int, list[Award]] = defaultdict(list)
    for award in result_posting.awards_of(report, version, only=set(ids)):
        given[award.technician_id].append(award)
    changed = [each for each in ids if _differ(live[each], given[each])]
    remark = f"成绩更正 {case.number}：{correction.explanation}"
    ledger.reverse_all(
        [entry for each in changed for entry in live[each]],
        reason=ReversalReason(correction.reason_code),
        remark=remark,
        actor=actor,
    )
    result_posting.post_rows(report, changed, actor=actor, tell=False)
    correction.applied_at = clock.now()
    audit.record(
        "result_correction.apply", actor=actor, object_kind="case", object_id=case.id, persons=len(ids),
        entries=sum(len(live[each]) for each in changed),
    )  # fmt: skip
    for row in rows:
        _tell(correction, row, live[row.technician_id], given[row.technician_id])


def _write_rows(report: ResultReport, rows: list[CorrectionRow]) -> None:
    last = db.session.scalar(select(func.max(ResultRow.position)).where(ResultRow.report_id == report.id)) or 0
    for row in rows:
        old, new = corrections.values_of(row)
        here = (ResultRow.report_id == report.id) & (ResultRow.technician_id == row.technician_id)
        if new is None:
            db.session.execute(delete(ResultRow).where(here))
            continue
        values = {
            "hours_tenths": new.hours_tenths, "score_tenths": new.score_tenths, "outcome": new.outcome.value,
            "event": new.event, "rank": new.rank,
        }  # fmt: skip
        if old is not None:
            db.session.execute(update(ResultRow).where(here).values(**values))
            continue
        last += 1
        db.session.execute(
            insert(ResultRow).values(
                report_id=report.id, technician_id=row.technician_id, position=last, name=row.name, **values
            )
        )
    db.session.expire_all()


def _keep_version(report: ResultReport, step: CaseStep) -> None:
    """The corrected results are another version; the one before stays readable (INV-33)."""
    last = db.session.scalar(select(func.max(CaseSnapshot.round)).where(CaseSnapshot.case_id == report.case_id)) or 0
    db.session.add(
        CaseSnapshot(
            case_id=report.case_id,
            round=last + 1,
            content=result_content.content_of(report),
            sha256=step.content_sha256,
            taken_at=step.at,
        )
    )


def _tell(correction: ResultCorrection, row: CorrectionRow, before: list[CreditEntry], after: list[Award]) -> None:
    old, new = corrections.values_of(row)
    had, has = (sum((each.credits_tenths for each in some), 0) for some in (before, after))
    said = f"“{correction.report.filing.title}”的成绩已更正（{ReversalReason(correction.reason_code).label}）。"
    said += f"原来：{_words(old, had)}；现在：{_words(new, has)}。"
    if had != has:
        said += "原学分已冲销，" + ("并按更正后的成绩重新入账。" if has else "不再计学分。") if had else "学分已补记。"
    said += f"如有异议，可自收到本通知之日起 {ledger.appeal_days()} 日内提出申诉。"
    notices.tell_technicians([row.technician_id], "成绩更正通知", said, "/me/entries", correction.report.case_id)


def _words(values: Values | None, credits_tenths: int) -> str:
    if values is None:
        return "不在名单中"
    hours, credits = (say(Decimal(count) / 10) for count in (values.hours_tenths, credits_tenths))
    score = "" if values.score_tenths is None else f"，成绩 {say(Decimal(values.score_tenths) / 10)} 分"
    won = f"，{values.event}{values.rank}" if values.rank else ""
    return f"{Outcome(values.outcome).label}{won}，{hours} 学时{score}，计 {credits} 学分"
