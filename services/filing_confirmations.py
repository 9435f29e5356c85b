"""What people outside confirm of an activity by a link of single use: the hours of a service, the days of a log."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select, update

from domain.credit_entries import from_tenths
from domain.errors import NotAllowed, RuleError
from domain.filing_content import FilingContent
from domain.roles import Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, Case, CaseStep, FilingConfirmation, ResultReport, ResultRow, db
from services import audit, cases, clock, crypto, filing_tables, letters, notices

_LIFE = timedelta(days=14)
_HELD = ("approved", "change_pending", "completed")


class Kind(StrEnum):
    """What is confirmed. Values are stored."""

    SERVICE = "service"
    DAY_LOG = "day_log"


class DeadLink(RuleError):
    """The link was used, replaced, has run out, or never existed: one sentence for all of them."""

    code = "dead_link"
    message = "链接无效：可能已经确认过、已被新链接取代，或超过了 14 天有效期。请联系举办单位重新发送。"


# --- Reads ------------------------------------------------------------------------------------------------------------


def find(token: str) -> FilingConfirmation | None:
    """The question behind a link while it can still be answered."""
    return db.session.scalar(_open().where(FilingConfirmation.token_hash == crypto.token_hash(token)))


def _open() -> Select[FilingConfirmation]:
    return select(FilingConfirmation).where(
        FilingConfirmation.answered_at.is_(None), FilingConfirmation.expires_at > clock.machine_now()
    )


def of_filing(filing: ActivityFiling, kind: Kind) -> list[FilingConfirmation]:
    """Everything that was asked, the newest first."""
    query = select(FilingConfirmation).where(
        FilingConfirmation.filing_id == filing.id, FilingConfirmation.kind == kind.value
    )
    return list(db.session.scalars(query.order_by(FilingConfirmation.id.desc())))


def is_open(asked: FilingConfirmation) -> bool:
    """Whether the link can still be used."""
    return asked.answered_at is None and asked.expires_at > clock.machine_now()


def content_of(filing: ActivityFiling) -> FilingContent:
    """What was approved."""
    return filing_tables.submitted_content(filing.case) or filing_tables.stored_content(filing)


# --- The hours of a service (D10) -------------------------------------------------------------------------------------


def service_hours(filing: ActivityFiling) -> int | None:
    """The tenths of hours the beneficiary has confirmed; None while it has not."""
    return next((each.hours_tenths for each in of_filing(filing, Kind.SERVICE) if each.agreed), None)


def why_not_yet(filing: ActivityFiling) -> str | None:
    """Why the beneficiary cannot be asked now; None if it can."""
    if filing.form != "F4_VOLUNTEER" or filing.case.state not in _HELD:
        return "只有已准予备案的志愿服务需要受益方确认"
    if max(session.ends_at for session in filing.sessions) > clock.now():
        return "服务结束后才能请受益方确认时间"
    if service_hours(filing) is not None:
        return "受益方已经确认过了"
    return None


def ask_beneficiary(filing: ActivityFiling, *, actor: Actor) -> FilingConfirmation:
    """Mail the beneficiary the link, which replaces the earlier one; whoever asks does not get to see it."""
    reason = why_not_yet(filing)
    if reason is not None:
        raise RuleError(reason, code="not_yet")
    service = content_of(filing).service
    if service is None:
        raise RuleError("备案中没有受益单位", code="no_service")
    db.session.execute(
        update(FilingConfirmation)
        .where(
            FilingConfirmation.filing_id == filing.id,
            FilingConfirmation.kind == Kind.SERVICE.value,
            FilingConfirmation.answered_at.is_(None),
        )
        .values(expires_at=clock.machine_now())
    )
    asked, address = ask(filing, Kind.SERVICE, service.contact, service.email, actor=actor)
    letter = letters.confirm_service(service.contact, filing.organization.name, filing.title, address)
    notices.send_mail(service.email, letter.subject, letter.body)
    return asked


def ask(filing: ActivityFiling, kind: Kind, name: str, email: str, *, actor: Actor) -> tuple[FilingConfirmation, str]:
    """A new question and the address that answers it."""
    if not actor.can(Permission.RESULT_WRITE) or actor.organization_id != filing.organization_id:
        raise NotAllowed()
    token, now = crypto.new_token(), clock.machine_now()
    asked = FilingConfirmation(
        filing_id=filing.id,
        kind=kind.value,
        token_hash=crypto.token_hash(token),
        asked_name=name,
        asked_email=email,
        created_by_id=actor.account_id,
        created_at=now,
        expires_at=now + _LIFE,
    )
    db.session.add(asked)
    db.session.flush()
    audit.record(f"confirmation.ask_{kind.value}", actor=actor, object_kind="case", object_id=filing.case_id)
    return asked, letters.address_of(f"/confirm/{token}")


def answer(
    asked: FilingConfirmation, *, agreed: bool, name: str, remark: str = "", hours_tenths: int | None = None
) -> None:
    """Keep the answer; of two who answer at once one succeeds. Raises DeadLink or RuleError."""
    filing = asked.filing
    if asked.kind == Kind.SERVICE and agreed:
        planned = sum(session.hours_tenths for session in filing.sessions)
        if hours_tenths is None or not 0 < hours_tenths <= planned:
            raise RuleError(f"每位志愿者的服务时间应大于 0，不超过备案的 {from_tenths(planned)} 学时", code="hours")
    if not agreed and not remark:
        raise RuleError("请写明哪里不符", code="remark_required")
    now = clock.machine_now()
    kept = db.session.execute(
        update(FilingConfirmation)
        .where(
            FilingConfirmation.id == asked.id,
            FilingConfirmation.answered_at.is_(None),
            FilingConfirmation.expires_at > now,
        )
        .values(answered_at=now, agreed=agreed, answered_by=name, remark=remark, hours_tenths=hours_tenths)
    )
    if kept.rowcount != 1:  # type: ignore[attr-defined]
        raise DeadLink()
    db.session.refresh(asked)
    who, said = asked.asked_name, "确认" if agreed else "认为有误"
    notices.tell_organization(
        filing.organization_id,
        f"{_WORDS[Kind(asked.kind)]}：{who}已{said}"[:200],
        f"“{filing.title}”：{name}{said}。" + (f"说明：{remark}" if remark else ""),
        f"/filings/{filing.id}/{_PAGES[Kind(asked.kind)]}",
        permission=Permission.FILING_READ,
        case_id=filing.case_id,
    )


_WORDS = {Kind.SERVICE: "服务时间确认", Kind.DAY_LOG: "带教日志确认"}
_PAGES = {Kind.SERVICE: "service-hours", Kind.DAY_LOG: "day-log"}


@cases.effect(CaseKind.RESULT_REPORT, "enter")
def _service_is_confirmed(case: Case, _step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    """Nobody is reported with more hours than the beneficiary has confirmed."""
    report = db.session.scalars(select(ResultReport).where(ResultReport.case_id == case.id)).one()
    if report.filing.form != "F4_VOLUNTEER":
        return
    confirmed = service_hours(report.filing)
    if confirmed is None:
        raise RuleError(
            "受益方还没有确认服务时间，不能提交成绩。请在活动备案的“服务时间确认”中发送确认链接", code="unconfirmed"
        )
    most = db.session.scalar(select(func.max(ResultRow.hours_tenths)).where(ResultRow.report_id == report.id)) or 0
    if most > confirmed:
        raise RuleError(
            f"有人的服务时间 {from_tenths(most)} 学时，超过受益方确认的 {from_tenths(confirmed)} 学时，请更正",
            code="too_many_hours",
        )
