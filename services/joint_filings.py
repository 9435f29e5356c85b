"""Filings of an employer together with a base (art. 16(3)): the base reads the whole, confirms it or says why not."""

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, joinedload

from domain.errors import RuleError
from domain.filing_content import FilingContent, content_sha256, from_canonical
from domain.filing_workflow import PROPOSALS
from domain.roles import SYSTEM, Actor
from domain.workflows import CaseKind
from models import ActivityFiling, Attachment, Case, CaseStep, db
from services import cases, clock, filing_tables, filings, jobs
from services.transaction import transaction

_AT_ONCE = 50
_MISSED = "协办单位在规定时间内没有确认。可以联系协办单位后重新提交，也可以改为自行举办"


def _shared(actor: Actor) -> Select[ActivityFiling]:
    known = cases.shared_with(actor).with_only_columns(Case.id)
    return select(ActivityFiling).where(ActivityFiling.case_id.in_(known))


def listing(actor: Actor) -> Select[ActivityFiling]:
    """The filings in which the actor's organisation is the partner, what waits for it first."""
    query = _shared(actor).join(Case, Case.id == ActivityFiling.case_id)
    query = query.options(contains_eager(ActivityFiling.case), joinedload(ActivityFiling.organization))
    return query.order_by(Case.state != "co_confirm", Case.due_on, ActivityFiling.id.desc())


def find(filing_id: int, *, seen_by: Actor) -> ActivityFiling | None:
    """The filing if the actor's organisation is its partner."""
    return db.session.scalar(_shared(seen_by).where(ActivityFiling.id == filing_id))


def of_case(case_id: int, *, seen_by: Actor) -> ActivityFiling | None:
    """The same by the case."""
    return db.session.scalar(_shared(seen_by).where(ActivityFiling.case_id == case_id))


def content_of(filing: ActivityFiling) -> FilingContent:
    """What the partner was asked to confirm; never what the applicant is writing meanwhile."""
    content = filing_tables.submitted_content(filing.case)
    if content is None:
        raise LookupError(filing.id)
    return content


def shown_sha256(filing: ActivityFiling) -> str:
    """What the partner's page carries, and its answer names."""
    return content_sha256(content_of(filing))


def papers_of(filing: ActivityFiling) -> list[Attachment]:
    """The files of what was submitted."""
    named = {paper.sha256 for paper in content_of(filing).plan}
    return [each for each in filing_tables.papers_of(filing.case) if each.file.sha256 in named]


def has_paper(attachment: Attachment, *, seen_by: Actor) -> bool:
    """Whether a file belongs to what the actor's organisation was asked to confirm."""
    filing = of_case(attachment.case_id, seen_by=seen_by)
    return filing is not None and attachment.id in {each.id for each in papers_of(filing)}


def confirm(filing: ActivityFiling, *, seen_sha256: str, actor: Actor, version: int | None = None) -> CaseStep:
    """Agree to hold the activity together, as it was shown; the bureau has it then. Raises RuleError."""
    content = content_of(filing)
    if content_sha256(content) != seen_sha256:
        raise cases.StaleCase()
    if content.starts_on <= clock.today():
        raise RuleError("活动已到开班日，不能再确认，请选择不同意，由申请单位改期", code="too_late")
    return cases.act(filing.case, "confirm_joint", actor=actor, version=version, content_sha256=seen_sha256)


def decline(filing: ActivityFiling, *, remark: str, actor: Actor, version: int | None = None) -> CaseStep:
    """Say why not; the applicant may change it and ask again."""
    return cases.act(filing.case, "decline_joint", actor=actor, remark=remark, version=version)


# --- A change of what was approved ------------------------------------------------------------------------------------


def change_of(filing: ActivityFiling) -> FilingContent | None:
    """The change that waits for the partner's answer; None when there is none, or it has answered."""
    snapshot = filing_tables.pending_change(filing.case)
    if snapshot is None or has_confirmed_change(filing.case):
        return None
    return from_canonical(snapshot.content)


def has_confirmed_change(case: Case) -> bool:
    """Whether the partner agreed to the change as it was asked for last; true where there is no partner."""
    if case.partner_id is None:
        return True
    newest = filing_tables.last_snapshots(case, 1)[0]
    last = next((step for step in reversed(case.steps) if step.action in (*PROPOSALS, "confirm_change")), None)
    return last is not None and last.action == "confirm_change" and last.content_sha256 == newest.sha256


def confirm_change(filing: ActivityFiling, *, seen_sha256: str, actor: Actor, version: int | None = None) -> CaseStep:
    """Agree to the change as it was shown; the bureau can agree to it then. Raises RuleError."""
    return cases.act(filing.case, "confirm_change", actor=actor, version=version, content_sha256=seen_sha256)


def decline_change(filing: ActivityFiling, *, remark: str, actor: Actor, version: int | None = None) -> CaseStep:
    """Say why not; the activity takes place as it was approved."""
    return cases.act(filing.case, "decline_change", actor=actor, remark=remark, version=version)


@cases.effect(CaseKind.ACTIVITY_FILING, "confirm_change")
def _binds_change(case: Case, step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    """The partner agrees to what is asked for now, once (P-12)."""
    snapshot = filing_tables.pending_change(case)
    if snapshot is None or step.content_sha256 != snapshot.sha256:
        raise cases.StaleCase()
    before = [each for each in case.steps if each is not step and each.action in (*PROPOSALS, "confirm_change")]
    if before and before[-1].action == "confirm_change":
        raise RuleError("本单位已经确认过这次变更", code="used_up")


# --- The filing itself ------------------------------------------------------------------------------------------------


@cases.effect(CaseKind.ACTIVITY_FILING, "confirm_joint")
def _binds(case: Case, step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    """The partner agrees to what the tables hold, and to nothing else (P-12)."""
    if step.content_sha256 != content_sha256(filing_tables.stored_content(filings.of_case(case))):
        raise cases.StaleCase()


def _overdue() -> Select[Case]:
    return select(Case).where(Case.state == "co_confirm", Case.due_on < clock.today()).order_by(Case.due_on, Case.id)


@jobs.every_minute
def give_back() -> None:
    """What a partner did not answer in time goes back to the applicant; each in a transaction of its own."""
    for case_id in list(db.session.scalars(_overdue().with_only_columns(Case.id).limit(_AT_ONCE))):
        with transaction():
            case = db.session.scalar(_overdue().where(Case.id == case_id))
            if case is not None:
                cases.act(case, "miss_confirmation", actor=SYSTEM, remark=_MISSED)
