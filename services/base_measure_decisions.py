"""A measure on a base carried out: exactly what was shown, looked at afterwards, written as a letter (art. 34)."""

from typing import Any

from sqlalchemy import select

from domain.base_measures import ORDINALS, Choice, Measure, happened
from domain.errors import RuleError, WrongState
from domain.ledger_rules import ReversalReason
from domain.official_letters import LetterKind
from domain.roles import SYSTEM, Actor
from models import ActivityFiling, BaseMeasure, Case, CaseStep, TrainingBase, db
from services import (
    audit,
    base_applications,
    base_impact,
    base_measures,
    cases,
    early_ends,
    ledger,
    notices,
    official_letters,
)
from services.base_measures import KIND


@cases.effect(KIND, "carry_out")
def _carry_out(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    """Do what was said, look at what has happened, and take it all back if the two are not the same."""
    found = base_measures.of_case(case)
    base, measure = found.base, Measure(found.measure)
    base_measures.hold(base)
    if base.case.state not in measure.from_states:
        raise WrongState(measure.label, cases.state_of(base.case).label)
    _hold_classes(base)
    said = base_measures.preview(base, measure, base_measures.chosen_of(found))
    if said.obstacles:
        raise RuleError("；".join(said.obstacles[:5]), code="open_classes")
    if base_measures.seal(found, said) != step.content_sha256:
        raise base_measures.ImpactChanged()
    remark = f"{measure.label}决定 {case.number}：{found.reason}"
    cases.act(base.case, measure.value, actor=actor, remark=remark)
    for filing_id in (*said.effects.pending_ended, *said.effects.stopped):
        filing = db.session.get_one(ActivityFiling, filing_id)
        cases.act(filing.case, "stop", actor=SYSTEM, remark=remark)
    for filing_id in said.effects.cut_short:
        filing = db.session.get_one(ActivityFiling, filing_id)
        early_ends.cut_short(filing, reason=f"{measure.label}（{case.number}），本班中途停办")
    _stop_notices(said, case)
    _reverse(said, remark, case)
    db.session.flush()
    done = happened(base.case.state, said.classes, base_impact.facts_again(base, said.classes))
    if done != said.effects:
        raise base_measures.ImpactChanged()
    found.outcome = done.plain()
    _write_letter(found, said, step, actor)
    audit.record(
        "base_measure.carried_out",
        actor=actor,
        object_kind="case",
        object_id=case.id,
        base_state=done.base_state,
        stopped=len(done.stopped),
        cut_short=len(done.cut_short),
        people=done.people_without_class,
        credits_tenths=done.credits_reversed_tenths,
        proofs=done.proofs_replaced,
    )
    db.session.flush()


_LETTERS = {
    Measure.SUSPEND: LetterKind.SUSPENSION,
    Measure.LIFT: LetterKind.RESTORATION,
    Measure.REVOKE: LetterKind.REVOCATION,
    Measure.CLOSE: LetterKind.CLOSING,
}


def _write_letter(found: BaseMeasure, said: base_measures.Preview, step: CaseStep, actor: Actor) -> None:
    """The decision as an official letter; what was chosen for each class is part of it."""
    measure = Measure(found.measure)
    official_letters.write(
        found.case,
        _LETTERS[measure],
        actor=actor,
        step=step,
        reason=found.reason,
        points=tuple(
            f"“{each.title}”：{said.choices[each.filing_id].said_of(each.phase)}"
            for each in said.classes
            if said.choices.get(each.filing_id) in (Choice.FINISH, Choice.STOP, Choice.REVERSE)
        ),
        base_number=found.base.number,
        articles="".join(f"第十二条第（{ORDINALS[each - 1]}）项、" for each in found.grounds) + "第三十四条",
        until=base_applications.barred_until(found.base),
    )


def _hold_classes(base: TrainingBase) -> None:
    """Whoever changes who takes part in a class of the base waits until this is over; in one order for everybody."""
    query = select(ActivityFiling.id).where(ActivityFiling.organization_id == base.organization_id)
    db.session.execute(query.order_by(ActivityFiling.id).with_for_update())


def _stop_notices(said: base_measures.Preview, case: Case) -> None:
    for each in said.classes:
        if each.filing_id in said.effects.stopped:
            notices.tell_technicians(
                sorted(each.people),
                f"活动停办：{each.title}"[:200],
                f"您参加的“{each.title}”因举办单位的基地资格被处置而停办，请不要前往。已交费用的，请与举办单位联系退还；"
                "退费有困难的，请向人力社保部门反映。",
                f"/activities/{each.filing_id}",
                case.id,
            )


def _reverse(said: base_measures.Preview, remark: str, case: Case) -> None:
    for each in said.classes:
        if each.filing_id not in said.effects.reversed:
            continue
        entries = base_impact.live_entries([each.filing_id])
        # The leader has decided on the whole of it, on what an officer proposed: the program books it.
        ledger.reverse_all(entries, reason=ReversalReason.VOID_ACTIVITY, remark=remark, actor=SYSTEM)
        notices.tell_technicians(
            sorted(each.credited),
            "学分冲销通知",
            f"“{each.title}”经查属于虚假班次，该班的学分已冲销（{case.number}）。如有异议，可自收到本通知之日起 "
            f"{ledger.appeal_days()} 日内提出申诉。",
            "/me/entries",
        )
