"""Activity filings (活动备案): drafts, their sections and papers, submission, and what the bureau's decision binds."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import PAPER_KINDS, FilingContent, Section, content_sha256, from_canonical
from domain.filing_draft import FIELDS, MOST_ROWS, ROW_FIELDS, tidy, with_keys
from domain.filing_forms import event_kind, sections_of
from domain.filing_parse import LONGEST_TITLE, Parsed, Problem, parse
from domain.filing_rules import FilingFigures, check, in_order
from domain.filing_workflow import PROPOSALS
from domain.periods import china_date
from domain.roles import Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, Attachment, Case, CaseStep, Organization, SupplementItem, db
from services import audit, case_lock, cases, clock, files, filing_conflicts, filing_forms, filing_tables
from services.calendar import working_calendar
from services.filing_tables import papers_of

UNTITLED = "未命名的活动"
MOST_PAPERS = 10
_MOST_CHARACTERS = 6000


class Incomplete(RuleError):
    """The draft cannot be submitted yet; `problems` say all that is missing or wrong."""

    code = "incomplete"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"还有 {len(problems)} 处需要填写或更正，改好后才能提交")


class StaleSection(RuleError):
    """Another window has saved this section since the present one was opened; `saved_at`, `saved_by` tell of it."""

    code = "stale_section"

    def __init__(self, saved_by: str) -> None:
        super().__init__(f"这一部分在另一个窗口中已由{saved_by}保存过更新的内容。再次保存将以本页为准，请先核对")


# --- Reads ------------------------------------------------------------------------------------------------------------


def visible_to(actor: Actor) -> Select[ActivityFiling]:
    """The filings this actor may know of: those of its cases."""
    return select(ActivityFiling).where(ActivityFiling.case_id.in_(cases.visible_to(actor).with_only_columns(Case.id)))


def find(filing_id: int, *, seen_by: Actor) -> ActivityFiling | None:
    """The filing if this actor may know of it."""
    return db.session.scalar(visible_to(seen_by).where(ActivityFiling.id == filing_id))


def of_case(case: Case) -> ActivityFiling:
    """The filing of a case of this kind."""
    return db.session.scalars(select(ActivityFiling).where(ActivityFiling.case_id == case.id)).one()


def figures_for(case: Case, form: str) -> FilingFigures:
    """The figures the case was submitted under (INV-01); those in force for a draft."""
    return filing_forms.figures_for(case, form)


def sections(filing: ActivityFiling) -> tuple[Section, ...]:
    """The sections this draft has now, as its form calls them."""
    return sections_of(filing.form, event_kind(filing.draft))


def is_editable(filing: ActivityFiling, actor: Actor) -> bool:
    """Whether this actor may change the draft now: before it is submitted, and while it is returned."""
    own = actor.organization_id is not None and actor.organization_id == filing.organization_id
    return own and actor.can(Permission.FILING_WRITE) and submit_action(filing.case) is not None


def submit_action(case: Case, content: FilingContent | None = None) -> str | None:
    """The action by which this case goes on from its present state, if it may; a joint filing goes to its partner."""
    workflow = cases.workflow_of(case)
    ways = ("submit", "resubmit") if content is None or content.partner is None else ("ask_partner",)
    return next((action for action in ways if workflow.find(action, case.state)), None)


def examine(filing: ActivityFiling) -> tuple[Parsed, tuple[Problem, ...]]:
    """The draft as far as it can be read, and every problem and hint of it as of today."""
    return examine_words(filing, filing.draft, today=clock.today())


def examine_words(
    filing: ActivityFiling, words: Mapping[str, Any], *, today: date
) -> tuple[Parsed, tuple[Problem, ...]]:
    """The same for other words than those of the draft, as of this day; with what they collide with in the city."""
    policy = figures_for(filing.case, filing.form)
    plan = filing_tables.paper_values(filing.case)
    choices = filing_forms.choices(filing)
    parsed = parse(words, form=filing.form, subjects=policy.subjects, plan=plan, choices=choices)
    problems = check(
        parsed,
        policy,
        today=today,
        calendar=working_calendar(),
        first_filed_on=filed_on(filing.case),
    )
    return parsed, in_order((*problems, *filing_conflicts.problems(filing, parsed, policy)))


def filed_on(case: Case) -> date | None:
    """The day of the first submission, from which the lead time counts; of a joint filing before its partner answered.

    None for what the bureau has not seen.
    """
    first = next((step for step in case.steps if step.to_state == "submitted"), None)
    if first is None:
        return None
    asked = [step.at for step in case.steps if step.action == "ask_partner" and step.id < first.id]
    return china_date(asked[-1] if asked and first.action == "confirm_joint" else first.at)


def saved_mark(filing: ActivityFiling, section: str) -> int:
    """How often this section was saved: what a page shows it has seen when it saves."""
    return int(filing.draft.get("saves", {}).get(section, {}).get("number", 0))


def points(case: Case) -> list[SupplementItem]:
    """The points of the newest supplement notice while the organiser has to answer it; none otherwise."""
    if cases.workflow_of(case).find("resubmit", case.state) is None:
        return []
    step = next(step for step in reversed(case.steps) if step.to_state == case.state)
    return list(
        db.session.scalars(select(SupplementItem).where(SupplementItem.step_id == step.id).order_by(SupplementItem.id))
    )


# --- Drafts -----------------------------------------------------------------------------------------------------------


def start(form: str | None = None, *, actor: Actor) -> ActivityFiling:
    """A new draft of this form, or of the usual one; or the one this person has begun and not written in."""
    form = filing_forms.checked(form, actor)
    blank = db.session.scalar(
        _own_drafts(actor).where(ActivityFiling.draft_saved_at.is_(None), ActivityFiling.form == form).limit(1)
    )
    if blank is not None and not blank.draft and not papers_of(blank.case):
        return blank
    return _open(actor, form, {}, UNTITLED)


def copy(source: ActivityFiling, *, actor: Actor) -> ActivityFiling:
    """A new draft with the words of an earlier filing; the consent and the papers belong to each activity.

    The days stay as they were, to be moved together: a date that lies behind is a problem the draft tells of.
    """
    if actor.organization_id != source.organization_id:
        raise NotAllowed()
    form = filing_forms.checked(source.form, actor)
    made = db.session.scalars(_own_drafts(actor).where(ActivityFiling.draft_saved_at.is_(None))).all()
    for each in made:
        if each.draft.get("copied_from") == source.id:
            return each
    draft = {section: values for section, values in source.draft.items() if section in FIELDS or section in ROW_FIELDS}
    if "rights" in draft:
        draft["rights"] = {**draft["rights"], "consent": ""}
    return _open(actor, form, {**draft, "copied_from": source.id}, source.case.title)


def _own_drafts(actor: Actor) -> Select[ActivityFiling]:
    return (
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(
            Case.organization_id == actor.organization_id,
            Case.opened_by_id == actor.account_id,
            Case.state == "draft",
        )
        .order_by(ActivityFiling.id.desc())
    )


def _open(actor: Actor, form: str, draft: dict[str, Any], title: str) -> ActivityFiling:
    if not actor.can(Permission.FILING_WRITE) or actor.organization_id is None:
        raise NotAllowed()
    organization = db.session.get_one(Organization, actor.organization_id)
    case = cases.open_case(CaseKind.ACTIVITY_FILING, title=title, region_code=organization.region_code, actor=actor)
    filing = ActivityFiling(case_id=case.id, organization_id=organization.id, form=form, draft=draft)
    db.session.add(filing)
    db.session.flush()
    return filing


def _lock_editable(filing: ActivityFiling, actor: Actor) -> None:
    """Hold the case still while the draft changes; raises NotAllowed or WrongState when it may not."""
    if actor.organization_id != filing.organization_id or not actor.can(Permission.FILING_WRITE):
        raise NotAllowed("只有举办单位的经办人可以修改活动备案")
    _lock(filing)
    if submit_action(filing.case) is None:
        raise WrongState("修改备案内容", cases.state_of(filing.case).label)


def _lock(filing: ActivityFiling) -> None:
    # Whoever submits or decides meanwhile waits for this row, and sees what is stored then.
    case_lock.hold(filing.case_id)
    db.session.refresh(filing)
    db.session.refresh(filing.case)


def clean(section: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the known fields of a section, as text; raises RuleError when they are more than a page can hold."""
    if section in ROW_FIELDS:
        rows = [{name: _text(row.get(name)) for name in ROW_FIELDS[section]} for row in values.get("rows", [])]
        if len(rows) > MOST_ROWS[section]:
            raise RuleError(
                f"最多填写 {MOST_ROWS[section]} 行，现有 {len(rows)} 行，请分成几次备案", code="too_many_rows"
            )
        return {"rows": with_keys(rows) if section == "teachers" else rows}
    return {name: _text(values.get(name)) for name in FIELDS[section]}


def _text(value: Any) -> str:
    text = tidy(str(value or ""), lines=True)
    if len(text) > _MOST_CHARACTERS:
        raise RuleError(f"有一栏填写了 {len(text)} 个字，最多 {_MOST_CHARACTERS} 个字，请缩短后再保存", code="too_long")
    return text


def save_section(
    filing: ActivityFiling,
    section: str,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    window: str = "",
    seen: int | None = None,
) -> None:
    """Store what was typed into one section, right or wrong.

    `window` names the open page and `seen` how often the section had been saved when it was opened: raises
    StaleSection when another window has saved since, so that forty tabs lose nothing in silence.
    """
    if section not in FIELDS and section not in ROW_FIELDS:
        raise LookupError(section)
    _lock_editable(filing, actor)
    saves = dict(filing.draft.get("saves", {}))
    last = saves.get(section, {})
    if seen is not None and last.get("number", 0) != seen and last.get("window") != window:
        raise StaleSection(str(last.get("by", "他人")))
    cleaned = clean(section, values)
    saves[section] = {"number": last.get("number", 0) + 1, "window": window[:32], "by": actor.name}
    filing.draft = {**filing.draft, section: cleaned, "saves": saves}
    filing.draft_saved_at = clock.now()
    if section == "basics":
        filing.case.title = tidy(cleaned["title"])[:LONGEST_TITLE] or UNTITLED
    db.session.flush()


# --- Papers -----------------------------------------------------------------------------------------------------------


def attach_plan(
    filing: ActivityFiling, data: bytes, name: str, *, actor: Actor, kind: str = filing_tables.PLAN
) -> Attachment:
    """Add a file of a kind of PAPER_KINDS; raises files.BadFile or RuleError with what to do."""
    if kind not in PAPER_KINDS:
        raise RuleError("请选择文件类型", code="paper_kind")
    media_type = files.check(data, files.DOCUMENT)
    _lock_editable(filing, actor)
    papers = papers_of(filing.case)
    if len(papers) >= MOST_PAPERS:
        raise RuleError(f"最多上传 {MOST_PAPERS} 个文件，请先移除不需要的", code="too_many_files")
    stored = files.store(data, name=name, media_type=media_type, actor=actor)
    if any(each.file.sha256 == stored.sha256 for each in papers):
        raise RuleError("这个文件已经上传过了", code="same_file")
    attachment = Attachment(case_id=filing.case_id, file_id=stored.id, kind=kind, label=stored.original_name)
    db.session.add(attachment)
    _touch_papers(filing)
    audit.record("activity_filing.attach", actor=actor, object_kind="case", object_id=filing.case_id, file_id=stored.id)
    return attachment


def remove_plan(filing: ActivityFiling, attachment_id: int, *, actor: Actor) -> None:
    """Take a file out of the plan; what was submitted with it keeps naming it."""
    _lock_editable(filing, actor)
    attachment = next((each for each in papers_of(filing.case) if each.id == attachment_id), None)
    if attachment is None:
        raise RuleError("这个文件已经移除，请刷新页面", code="no_file")
    attachment.removed_at = clock.now()
    _touch_papers(filing)
    audit.record(
        "activity_filing.detach", actor=actor, object_kind="case", object_id=filing.case_id, attachment_id=attachment_id
    )


def _touch_papers(filing: ActivityFiling) -> None:
    filing.draft_saved_at = clock.now()
    db.session.flush()
    db.session.expire(filing.case, ["attachments"])


# --- Submission -------------------------------------------------------------------------------------------------------


def submit(filing: ActivityFiling, *, actor: Actor) -> CaseStep:
    """Hand the draft to the bureau, the first time or again after a supplement notice; a joint one to its partner.

    Raises Incomplete with every problem, WrongState or NotAllowed; nothing is changed then.
    """
    _lock(filing)
    if submit_action(filing.case) is None:
        raise WrongState("提交", cases.state_of(filing.case).label)
    parsed, problems = examine(filing)
    errors = tuple(problem for problem in problems if not problem.hint)
    content = parsed.content
    if errors or content is None:
        raise Incomplete(errors)
    action = submit_action(filing.case, content) or ""
    return cases.act(filing.case, action, actor=actor, content_sha256=content_sha256(content), content=content)


def withdraw(filing: ActivityFiling, *, actor: Actor, version: int | None = None) -> CaseStep:
    """Take the filing back before it is decided; a draft is thrown away by it."""
    return cases.act(filing.case, "withdraw", actor=actor, version=version)


def cancel(filing: ActivityFiling, *, remark: str, actor: Actor, version: int | None = None) -> CaseStep:
    """Call off an approved activity before its end, with the reason; what was asked to be changed goes with it."""
    sha256 = content_sha256(filing_tables.stored_content(filing))
    return cases.act(filing.case, "cancel", actor=actor, remark=remark, version=version, content_sha256=sha256)


@cases.seal(CaseKind.ACTIVITY_FILING)
def _seal(case: Case) -> str:
    """What a step was about: a change that is asked for, else the content as the tables hold it, or a mere draft."""
    filing = of_case(case)
    newest = filing_tables.last_snapshots(case, 1)
    if newest and case.steps[-1].action in (*PROPOSALS, "confirm_change"):
        return content_sha256(from_canonical(newest[0].content))
    if newest:
        return content_sha256(filing_tables.stored_content(filing))
    return hashlib.sha256(json.dumps(filing.draft, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cases.effect(CaseKind.ACTIVITY_FILING, "submit", "resubmit", "ask_partner")
def _keep(case: Case, step: CaseStep, _actor: Actor, content: FilingContent | None = None, **_inputs: Any) -> None:
    """Write the submitted content into the tables and keep it as this round's snapshot."""
    if content is None or content_sha256(content) != step.content_sha256:
        raise RuleError("请从备案的“核对并提交”页面提交", code="no_content")
    if (content.partner is not None) != (step.action == "ask_partner"):
        raise RuleError("联合举办的活动须先由协办单位确认，自行举办的不需要", code="partner")
    filing_tables.store(of_case(case), content)
    filing_tables.keep_snapshot(case, content)
    case.title = content.basics.title
    case.partner_id = content.partner.organization_id if content.partner else None
    db.session.flush()


@cases.effect(CaseKind.ACTIVITY_FILING, "approve")
def _bind(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """The decision is about what the officer was shown, as it still stands, before the class begins (P-13, INV-14)."""
    filing = of_case(case)
    snapshot = filing_tables.last_snapshots(case, 1)[0]
    if step.content_sha256 != snapshot.sha256:
        raise cases.StaleCase()
    if content_sha256(filing_tables.stored_content(filing)) != snapshot.sha256:
        raise RuleError("备案内容与提交时的存档不一致，不能办理，请联系平台服务电话", code="content_changed")
    figures = figures_for(case, filing.form)
    first = min(session.starts_at for session in filing.sessions)
    if first <= clock.now() and not figures.retroactive:
        raise RuleError("活动已经开班，按规定不能事后备案。请退回补正，由举办单位改期；或不予备案", code="retroactive")
    filing_conflicts.refuse_double_booking(filing, from_canonical(snapshot.content), figures)


@cases.effect(CaseKind.ACTIVITY_FILING, "cancel")
def _before_end(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    last = max(session.ends_at for session in of_case(case).sessions)
    if last <= clock.now():
        raise RuleError("活动的课次已全部结束，不能再取消，请报送成绩", code="ended")
