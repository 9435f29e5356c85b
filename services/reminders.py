"""Reminders of deadlines: once a day the worker looks for what is due soon or late, and tells whoever has to act.

A row of `reminder_sent` stands for each reminder; written in the transaction of its notice, it lets none go out twice.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import or_, select

from domain.policy import Policy
from domain.public_activities import without_numbers
from domain.reminders import Reminder, reminder_on
from domain.roles import Permission
from domain.workflows import WORKFLOWS, CaseKind, Side
from models import Case, ReminderSent, Setting, db
from services import cases, clock, jobs, letters, notices, policies, registrations, results
from services.calendar import working_calendar
from services.insert_or import insert_or
from services.transaction import transaction

_TABLE = ReminderSent.metadata.tables[ReminderSent.__tablename__]
_DAY_DONE = "reminders_sent_on"
_MOST_NAMED = 20
_WRITES = {
    CaseKind.ACTIVITY_FILING: Permission.FILING_WRITE,
    CaseKind.RESULT_REPORT: Permission.RESULT_WRITE,
}


@dataclass(frozen=True, kw_only=True)
class Due:
    """A case with the reminder that has come due for it."""

    case: Case
    reminder: Reminder

    @property
    def title(self) -> str:
        """What the case is called: somebody typed it, so numbers of persons are left out."""
        return without_numbers(self.case.title)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which cases are reminded of, when, and who is told; `together` says which of them share one notice."""

    name: str
    states: tuple[tuple[str, str], ...]
    stages: Callable[[Policy], Iterable[int]]
    together: Callable[[Case], tuple[str, ...]]
    tell: Callable[[list[Due]], None]


def send_due() -> int:
    """Send every reminder that has come due and was not sent; returns how many."""
    policy = policies.active_policy()
    return sum(_send(rule, tuple(rule.stages(policy))) for rule in _RULES)


@jobs.every_minute
def send_once_a_day() -> None:
    """The worker's minute: one look at a setting, but on the first minute of a day in China."""
    today = clock.today().isoformat()
    done = db.session.get(Setting, _DAY_DONE)
    if done is not None and done.value == today:
        return
    send_due()
    # Only now: a day on which something failed is tried again.
    with transaction():
        db.session.merge(Setting(key=_DAY_DONE, value=today))


def _send(rule: Rule, stages: tuple[int, ...]) -> int:
    if not stages:
        return 0
    sent = 0
    found = sorted(_due(rule, stages, None), key=lambda due: (rule.together(due.case), due.case.id))
    groups = [[due.case.id for due in group] for _, group in groupby(found, key=lambda due: rule.together(due.case))]
    for ids in groups:
        with transaction():
            # Read again: meanwhile somebody may have decided.
            fresh = _claim(rule, _due(rule, stages, ids))
            if fresh:
                rule.tell(fresh)
            sent += len(fresh)
    return sent


def _due(rule: Rule, stages: tuple[int, ...], ids: list[int] | None) -> list[Due]:
    """The cases of the rule for which a reminder has come due, of these or of all."""
    calendar, today = working_calendar(), clock.today()
    farthest = calendar.add_working_days(today, max(-min(stages), 0))
    query = select(Case).where(
        or_(*((Case.kind == kind) & (Case.state == state) for kind, state in rule.states)), Case.due_on <= farthest
    )
    if ids is not None:
        query = query.where(Case.id.in_(ids))
    found = [
        Due(case=case, reminder=reminder)
        for case in db.session.scalars(query.order_by(Case.due_on, Case.id))
        if case.due_on is not None and (reminder := reminder_on(today, case.due_on, stages, calendar)) is not None
    ]
    sent = _sent(rule, [due.case.id for due in found])
    return [due for due in found if (due.case.id, due.reminder.due_on, due.reminder.stage) not in sent]


def _sent(rule: Rule, ids: list[int]) -> set[tuple[object, ...]]:
    columns = (ReminderSent.case_id, ReminderSent.due_on, ReminderSent.stage)
    return {
        tuple(row)
        for start in range(0, len(ids), 500)
        for row in db.session.execute(
            select(*columns).where(ReminderSent.rule == rule.name, ReminderSent.case_id.in_(ids[start : start + 500]))
        )
    }


def _claim(rule: Rule, due: list[Due]) -> list[Due]:
    """Those of the reminders that are this transaction's to send: another worker may be at it too."""
    if not due:
        return []
    rows = [
        {"case_id": each.case.id, "rule": rule.name, "due_on": each.reminder.due_on, "stage": each.reminder.stage,
         "sent_at": clock.now()}
        for each in due
    ]  # fmt: skip
    claimed = set(db.session.scalars(insert_or(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.case_id), rows))
    return [each for each in due if each.case.id in claimed]


# --- who is told, and in which words ----------------------------------------------------------------------------------


def _alone(case: Case) -> tuple[str, ...]:
    return (str(case.id),)


def _by_desk(case: Case) -> tuple[str, ...]:
    return cases.desk_of(case), case.kind


def _tell_applicant(due: list[Due]) -> None:
    """Whoever has to correct a returned case. An applicant for registration has no account yet, but an address."""
    for each in due:
        case = each.case
        if case.kind == CaseKind.EMPLOYER_REGISTRATION:
            link = registrations.link_of(case.id)
            letter = letters.registration_waits(case.number or "", each.reminder.words, link)
            notices.send_mail(registrations.of_case(case).contact_email, letter.subject, letter.body)
        elif case.organization_id is not None:
            notices.tell_organization(
                case.organization_id,
                f"请尽快补正：{CaseKind(case.kind).label} {case.number or ''}".strip(),
                f"“{each.title}”待补正，{each.reminder.words}。请按补正告知修改后重新提交。",
                f"/cases/{case.id}",
                permission=_WRITES[CaseKind(case.kind)],
                case_id=case.id,
            )


def _tell_organizer(due: list[Due]) -> None:
    """Whose turn it is; everybody of the organisation once the results are late."""
    for each in due:
        case = each.case
        if case.organization_id is None:
            continue
        entered = case.state == "entered"
        turn = Permission.RESULT_RELEASE if entered else Permission.RESULT_WRITE
        todo = "成绩已录入，请审核人核对后发布" if entered else "请导入成绩、上传照片并提交"
        notices.tell_organization(
            case.organization_id,
            f"{'成绩超期未报送' if each.reminder.late > 0 else '请按时报送成绩'}：{each.title}"[:200],
            f"“{each.title}”的成绩还没有发布，{each.reminder.words}。{todo}；发布并经人力社保部门审核后，学员才有学分。",
            f"/results/{results.of_case(case).id}",
            permission=Permission.FILING_READ if each.reminder.late > 0 else turn,
            case_id=case.id,
        )


def _tell_officers(due: list[Due]) -> None:
    """One notice for all cases of a kind in a region: the inbox shows each of them."""
    first, label = due[0].case, CaseKind(due[0].case.kind).label
    many = len(due) > 1
    late = sum(each.reminder.late > 0 for each in due)
    notices.tell_region(
        cases.desk_of(first),
        f"{label}：{len(due)} 件{f'（其中 {late} 件已超期）' if late else ''}请抓紧办理",
        _listed(f"{each.case.number or ''} {each.reminder.words}" for each in due),
        f"/bureau?kind={first.kind}" if many else f"/bureau/cases/{first.id}",
        permission=cases.review_permission(first.kind),
        case_id=None if many else first.id,
    )


def _tell_county(due: list[Due]) -> None:
    """Results nobody has reported for weeks become the bureau's business: the persons wait for their credits."""
    filed = [results.of_case(each.case).filing.case for each in due]
    many = len(due) > 1
    notices.tell_region(
        due[0].case.region_code,
        f"{len(due)} 个活动超期未报送成绩，请督促",
        _listed(
            f"{case.number or ''}“{each.title}”（{case.organization.name if case.organization else ''}）"
            f"{each.reminder.words}"
            for each, case in zip(due, filed, strict=True)
        ),
        f"/bureau/cases?kind={CaseKind.ACTIVITY_FILING.value}" if many else f"/bureau/cases/{filed[0].id}",
        permission=Permission.RESULT_REVIEW,
        case_id=None if many else filed[0].id,
    )


def _listed(sentences: Iterable[str]) -> str:
    """The sentences, the first of them if there are many."""
    said = list(sentences)
    rest = [f"另有 {len(said) - _MOST_NAMED} 件"] if len(said) > _MOST_NAMED else []
    return "；".join([*said[:_MOST_NAMED], *rest]) + "。"


def _stages(key: str) -> Callable[[Policy], Iterable[int]]:
    return lambda policy: policy.value(key, ())


def _escalation(policy: Policy) -> Iterable[int]:
    days = policy.value("escalate.results_workdays")
    return () if days is None else (int(days),)


_ALL = [(workflow.kind.value, state) for workflow in WORKFLOWS.values() for state in workflow.states]
_UNREPORTED = tuple((CaseKind.RESULT_REPORT.value, state) for state in ("draft", "entered"))
_RULES = (
    Rule(
        name="supplement",
        states=tuple((kind, state.name) for kind, state in _ALL if state.name == "supplement"),
        stages=_stages("remind.supplement_workdays"),
        together=_alone,
        tell=_tell_applicant,
    ),
    Rule(
        name="results",
        states=_UNREPORTED,
        stages=_stages("remind.results_workdays"),
        together=_alone,
        tell=_tell_organizer,
    ),
    Rule(
        name="review",
        states=tuple((kind, state.name) for kind, state in _ALL if state.side is Side.BUREAU),
        stages=_stages("remind.review_workdays"),
        together=_by_desk,
        tell=_tell_officers,
    ),
    Rule(name="escalation", states=_UNREPORTED, stages=_escalation, together=_by_desk, tell=_tell_county),
)
