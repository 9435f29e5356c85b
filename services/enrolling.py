"""Enrolling (报名, arts. 5, 17): places given and given up, consent, and the waiting list that moves up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from domain.enrolment_rules import (
    HOLDS_PLACE,
    OPEN,
    EnrolmentSource,
    EnrolmentState,
    needs_consent,
    needs_cost_agreement,
    state_on_entry,
)
from domain.errors import NotAllowed, RuleError
from domain.filing_workflow import IN_FORCE
from domain.periods import say_date
from domain.roles import Actor, Permission
from ids import new_id
from models import ActivityFiling, Attendance, Case, Enrolment, ResultReport, db
from services import audit, clock, enrolments, notices, policies
from services.result_content import EDITABLE

# --- Putting names down -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What an act did: how many got a place, wait for their employer, wait for a place, or were there before."""

    enrolled: int = 0
    requested: int = 0
    waiting: int = 0
    known: int = 0


def ask(filing: ActivityFiling, *, actor: Actor) -> EnrolmentState:
    """A person asks for a place. Raises RuleError when the activity is closed or is not for this person."""
    _lock(filing)
    _check_open(filing)
    person = actor.technician_id
    if person is None:
        raise NotAllowed("只有技能人才本人可以报名")
    if not enrolments.may_take_part(filing, [person]):
        raise RuleError("这是用人单位内部的活动，只有该单位职工可以参加", code="not_for_you")
    done = _enter(filing, enrolments.employers_of([person]), source=EnrolmentSource.PERSON, actor=actor)
    if done.known:
        raise RuleError("您已经报过名，请刷新页面", code="known")
    enrolment = db.session.get_one(Enrolment, (person, filing.id))
    if enrolment.state == EnrolmentState.REQUESTED.value:
        _tell_employer(enrolment)
    return EnrolmentState(enrolment.state)


def enrol_staff(filing: ActivityFiling, technician_ids: Sequence[int], *, cost_agreement: str, actor: Actor) -> Entered:
    """An employer puts its staff down, and by that consents; off hours it says who bears the costs (art. 5)."""
    _lock(filing)
    _check_open(filing)
    if actor.organization_id is None or not actor.can(Permission.STAFF_WRITE):
        raise NotAllowed("只有用人单位的经办人可以为职工报名")
    if set(technician_ids) - enrolments.staff_among(actor.organization_id, technician_ids):
        raise RuleError("名单中有不在本单位职工名册中的人员，请刷新页面后重新选择", code="not_staff")
    if filing.form == enrolments.OWN_STAFF and actor.organization_id not in (
        filing.organization_id,
        filing.case.partner_id,
    ):
        raise RuleError("这是其他用人单位内部的活动，不能为本单位职工报名", code="not_for_you")
    if needs_cost_agreement(filing.leave_mode, by_employer=True) and not cost_agreement.strip():
        raise RuleError(
            "单位安排职工在工作时间之外参加的，须写明费用由谁承担和相关待遇（第五条）", code="cost_agreement"
        )
    done = _enter(
        filing,
        dict.fromkeys(technician_ids, actor.organization_id),
        source=EnrolmentSource.EMPLOYER,
        actor=actor,
        consented=True,
        cost_agreement=cost_agreement.strip(),
    )
    if needs_cost_agreement(filing.leave_mode, by_employer=True):
        _tell(filing, technician_ids, "单位已为您报名", f"单位写明的费用和待遇：{cost_agreement}。请确认是否同意。")
    else:
        _tell(filing, technician_ids, "单位已为您报名", "请在页面中查看上课时间和地点。")
    return done


def register(filing: ActivityFiling, technician_ids: Sequence[int], *, consented: bool, actor: Actor) -> Entered:
    """The organiser puts names down, also while the class runs; `consented`: the employers have agreed in writing."""
    _lock(filing)
    _check_organizer(filing, actor)
    if set(technician_ids) - enrolments.may_take_part(filing, technician_ids):
        raise RuleError("名单中有不在本单位职工名册中的人员，不能参加单位内部活动", code="not_staff")
    employers = enrolments.employers_of(technician_ids)
    done = _enter(filing, employers, source=EnrolmentSource.ORGANIZER, actor=actor, consented=consented)
    for enrolment in enrolments.of_filing(filing):
        if enrolment.technician_id in employers and enrolment.state == EnrolmentState.REQUESTED.value:
            _tell_employer(enrolment)
    _tell(filing, technician_ids, "举办单位已登记您参加", "请在页面中查看上课时间和地点。")
    return done


def _enter(
    filing: ActivityFiling,
    employers: dict[int, int | None],
    *,
    source: EnrolmentSource,
    actor: Actor,
    consented: bool = False,
    cost_agreement: str = "",
) -> Entered:
    """Give each person in order a place, or a turn on the waiting list; the activity is locked."""
    required_for = policies.active_policy().value("consent.required_for", ())
    known = {enrolment.technician_id: enrolment for enrolment in enrolments.of_filing(filing)}
    now, left, number = clock.now(), enrolments.places(filing).left, _next_number(known.values())
    counts = {"enrolled": 0, "requested": 0, "waiting": 0, "known": 0}
    for person, employer_id in employers.items():
        enrolment = known.get(person)
        if enrolment is not None and EnrolmentState(enrolment.state) in OPEN:
            counts["known"] += 1
            continue
        needed = needs_consent(
            filing.leave_mode, required_for, employer_id=employer_id, organizer_id=filing.organization_id
        )
        state = state_on_entry(places_left=left, consent_missing=needed and not consented)
        if enrolment is None:
            enrolment = Enrolment(technician_id=person, filing_id=filing.id, number=None)
            db.session.add(enrolment)
        enrolment.state, enrolment.source = state.value, source.value
        enrolment.turn, enrolment.asked_at, enrolment.asked_by_id = new_id(), now, actor.account_id
        enrolment.employer_id, enrolment.needs_consent = employer_id, needed
        enrolment.consented_at = now if consented and employer_id is not None else None
        enrolment.consented_by_id = actor.account_id if enrolment.consented_at else None
        enrolment.cost_agreement, enrolment.agreed_at, enrolment.reason = cost_agreement, None, ""
        enrolment.changed_at, enrolment.changed_by_id = now, actor.account_id
        if state is EnrolmentState.ENROLLED and enrolment.number is None:
            enrolment.number, number = number, number + 1
        if left is not None and state in HOLDS_PLACE:
            left -= 1
        counts[state.value] += 1
    db.session.flush()
    audit.record(
        f"enrolment.{source.value}", actor=actor, object_kind="case", object_id=filing.case_id, persons=len(employers)
    )
    return Entered(**counts)


def _next_number(enrolments: Iterable[Enrolment]) -> int:
    return max((enrolment.number or 0 for enrolment in enrolments), default=0) + 1


# --- Consent, agreement, cancelling -----------------------------------------------------------------------------------


def consent(enrolment: Enrolment, *, actor: Actor) -> None:
    """The employer agrees that the person takes part in working time (arts. 5, 17)."""
    filing = enrolment.filing
    _lock(filing)
    _check_employer(enrolment, actor)
    enrolment.consented_at, enrolment.consented_by_id = clock.now(), actor.account_id
    _move(enrolment, EnrolmentState.ENROLLED, actor, "enrolment.consent")
    _tell(filing, [enrolment.technician_id], "单位已同意您参加", "报名成功，请按时参加。")


def refuse(enrolment: Enrolment, *, reason: str, actor: Actor) -> None:
    """The employer does not agree, and says why; the place goes to the next on the waiting list."""
    filing = enrolment.filing
    _lock(filing)
    _check_employer(enrolment, actor)
    enrolment.reason = reason
    _move(enrolment, EnrolmentState.DECLINED, actor, "enrolment.refuse")
    _tell(filing, [enrolment.technician_id], "单位未同意您参加", f"理由：{reason}。可与单位协商后重新报名。")
    _move_up(filing, actor)


def agree(enrolment: Enrolment, *, actor: Actor) -> None:
    """The person agrees to the costs and treatment the employer named (art. 5)."""
    _lock(enrolment.filing)
    if actor.technician_id != enrolment.technician_id or EnrolmentState(enrolment.state) not in OPEN:
        raise NotAllowed("只有报名本人可以确认")
    enrolment.agreed_at = clock.now()
    audit.record("enrolment.agree", actor=actor, object_kind="case", object_id=enrolment.filing.case_id)


def cancel(enrolment: Enrolment, *, reason: str, actor: Actor) -> None:
    """The person, the employer or the organiser gives the place up; the next on the waiting list gets it.

    The first two can until the class begins, the organiser while nobody has noted the person's attendance.
    """
    filing = enrolment.filing
    _lock(filing)
    if EnrolmentState(enrolment.state) not in OPEN:
        raise RuleError("报名已经取消，请刷新页面", code="not_open")
    if actor.technician_id == enrolment.technician_id and actor.can(Permission.OWN_RECORD):
        _check_not_begun(filing)
    elif actor.organization_id == filing.organization_id and actor.can(Permission.RESULT_WRITE):
        _check_organizer(filing, actor)
        there = select(Attendance.session_id).where(
            Attendance.technician_id == enrolment.technician_id, Attendance.filing_id == filing.id
        )
        if db.session.scalar(there.limit(1)) is not None:
            raise RuleError("此人已有考勤记录，不能取消报名；没有到课的，请登记缺席", code="attended")
    elif actor.organization_id == enrolment.employer_id and actor.can(Permission.STAFF_WRITE):
        _check_staff(enrolment, actor)
        _check_not_begun(filing)
    else:
        raise NotAllowed("只有本人、用人单位或者举办单位可以取消报名")
    enrolment.reason = reason
    _move(enrolment, EnrolmentState.CANCELLED, actor, "enrolment.cancel")
    if actor.technician_id != enrolment.technician_id:
        _tell(filing, [enrolment.technician_id], "您的报名已被取消", f"理由：{reason}。")
    _move_up(filing, actor)


def _move(enrolment: Enrolment, state: EnrolmentState, actor: Actor, action: str) -> None:
    """The activity is locked, and the enrolment was read again after that."""
    if state is EnrolmentState.ENROLLED and enrolment.number is None:
        enrolment.number = _next_number(enrolments.of_filing(enrolment.filing))
    enrolment.state, enrolment.changed_at, enrolment.changed_by_id = state.value, clock.now(), actor.account_id
    db.session.flush()
    audit.record(action, actor=actor, object_kind="case", object_id=enrolment.filing.case_id)


def fill_places(filing: ActivityFiling, *, actor: Actor) -> None:
    """Give the places that a change of the activity has made to those who wait."""
    _lock(filing)
    _move_up(filing, actor)


def _move_up(filing: ActivityFiling, actor: Actor) -> None:
    """Free places go to those who wait, in the order of asking, while the class has not begun."""
    begins = enrolments.begins_at(filing)
    if filing.case.state not in IN_FORCE or begins is None or clock.now() >= begins:
        return
    left = enrolments.places(filing).left
    waiting = [each for each in enrolments.of_filing(filing) if each.state == EnrolmentState.WAITING.value]
    for enrolment in waiting[:left]:
        missing = enrolment.needs_consent and enrolment.consented_at is None
        state = state_on_entry(places_left=1, consent_missing=missing)
        _move(enrolment, state, actor, "enrolment.move_up")
        if state is EnrolmentState.REQUESTED:
            _tell(filing, [enrolment.technician_id], "候补已有名额", "已转请您的单位同意。")
            _tell_employer(enrolment)
        else:
            _tell(filing, [enrolment.technician_id], "候补成功", "已为您保留名额，请按时参加；不能参加的，请及时取消。")


# --- Guards and notices -----------------------------------------------------------------------------------------------


def _lock(filing: ActivityFiling) -> None:
    """Whoever changes who takes part waits here, so that the last place goes to one (SQLite has one writer anyway)."""
    db.session.execute(select(ActivityFiling.id).where(ActivityFiling.id == filing.id).with_for_update())
    db.session.expire_all()


def _check_open(filing: ActivityFiling) -> None:
    reason = enrolments.why_not_open(filing)
    if reason is not None:
        raise RuleError(reason.rstrip("。"), code="closed")


def _check_not_begun(filing: ActivityFiling) -> None:
    begins = enrolments.begins_at(filing)
    if begins is None or clock.now() >= begins:
        raise RuleError("活动已经开始，不能再取消；不能参加的，请向举办单位请假", code="begun")


def why_not_registered(filing: ActivityFiling) -> str | None:
    """Why the organiser cannot change who takes part now; None if it can."""
    if filing.case.state not in IN_FORCE:
        return "活动没有获准或者已经办结，不能改动参训人员。"
    entered = db.session.scalar(
        select(Case.state)
        .join(ResultReport, ResultReport.case_id == Case.id)
        .where(ResultReport.filing_id == filing.id)
    )
    if entered is not None and entered not in EDITABLE:
        return "成绩已经提交，不能再改动参训人员。"
    return None


def _check_organizer(filing: ActivityFiling, actor: Actor) -> None:
    if actor.organization_id != filing.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以登记参训人员")
    reason = why_not_registered(filing)
    if reason is not None:
        raise RuleError(reason.rstrip("。"), code="closed")


def _check_staff(enrolment: Enrolment, actor: Actor) -> None:
    if not enrolments.staff_among(actor.organization_id or 0, [enrolment.technician_id]):
        raise NotAllowed("此人已不在本单位职工名册中")


def _check_employer(enrolment: Enrolment, actor: Actor) -> None:
    if actor.organization_id != enrolment.employer_id or not actor.can(Permission.STAFF_WRITE):
        raise NotAllowed("只有用人单位的经办人可以答复")
    _check_staff(enrolment, actor)
    if enrolment.state != EnrolmentState.REQUESTED.value:
        raise RuleError("这项申请已经处理过，请刷新页面", code="not_open")


def _when(filing: ActivityFiling) -> str:
    return f"“{filing.title}”" + (f"（{say_date(filing.starts_on)}开始）" if filing.starts_on else "")


def _tell(filing: ActivityFiling, technician_ids: Sequence[int], title: str, words: str) -> None:
    notices.tell_technicians(
        list(technician_ids),
        f"{title}：{filing.title}",
        f"{_when(filing)}：{title}。{words}",
        f"/me/enrolments/{filing.id}",
        filing.case_id,
    )


def _tell_employer(enrolment: Enrolment) -> None:
    if enrolment.employer_id is None:
        return
    notices.tell_organization(
        enrolment.employer_id,
        f"职工申请参加活动：{enrolment.filing.title}",
        f"{enrolment.technician.name}申请参加{_when(enrolment.filing)}，需要占用工作时间，请答复是否同意。",
        "/staff/enrolments",
        permission=Permission.STAFF_WRITE,
        case_id=None,
    )
