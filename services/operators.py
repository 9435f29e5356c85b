"""The people who act for an organisation (经办人、审核人): who they are, inviting one, ending one's capacity."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.errors import NotAllowed, RuleError
from domain.roles import CLERKS, ORGANIZATION_ROLES, Actor, Permission, Role
from models import Account, ActivationLink, Membership, UserSession, db
from services import activation, audit, clock, links, notices

# What each role does, in the words of whoever has to choose one.
DUTIES = {
    Role.EMPLOYER_CLERK: "经办：导入职工名册、填报活动备案、录入成绩",
    Role.EMPLOYER_MANAGER: "审核：核对经办人录入的成绩并发布，不能是录入的同一人",
    Role.BASE_CLERK: "经办：填报活动备案、录入成绩",
    Role.BASE_MANAGER: "审核：核对经办人录入的成绩并发布，不能是录入的同一人",
    Role.ORGANIZER_CLERK: "经办：填报活动备案、录入成绩",
    Role.ORGANIZER_MANAGER: "审核：核对经办人录入的成绩并发布，不能是录入的同一人",
}
_FAMILIES = (
    (Role.EMPLOYER_CLERK, Role.EMPLOYER_MANAGER),
    (Role.BASE_CLERK, Role.BASE_MANAGER),
    (Role.ORGANIZER_CLERK, Role.ORGANIZER_MANAGER),
)


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One person of the organisation as the list shows it.

    `shares_person` says that another account of the same organisation belongs to the same person: for the four-eyes
    rule the two are one.
    """

    membership_id: int
    name: str
    email: str
    role: Role
    since: datetime
    is_active: bool
    link_until: datetime | None
    last_seen_at: datetime | None
    is_self: bool
    shares_person: bool


def roles_for(actor: Actor) -> list[Role]:
    """The roles this operator may invite somebody to: those of its own kind of organisation."""
    return [role for family in _FAMILIES if actor.role in family for role in family]


def of_organization(actor: Actor) -> list[Operator]:
    """Everybody who acts for the actor's organisation now, oldest first."""
    seen = select(func.max(UserSession.last_seen_at)).where(UserSession.account_id == Account.id).scalar_subquery()
    until = (
        select(func.max(ActivationLink.expires_at))
        .where(
            ActivationLink.account_id == Account.id,
            ActivationLink.purpose == links.Purpose.ACCOUNT.value,
            ActivationLink.used_at.is_(None),
        )
        .scalar_subquery()
    )
    found = db.session.execute(
        select(Membership, Account, seen.label("seen"), until.label("until"))
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.organization_id == actor.organization_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ).all()
    persons = [row.Account.person_key for row in found if row.Account.person_key]
    return [
        Operator(
            membership_id=row.Membership.id,
            name=row.Account.display_name,
            email=row.Account.email or row.Account.login_name,
            role=Role(row.Membership.role),
            since=row.Membership.started_at,
            is_active=row.Account.password_hash is not None,
            link_until=row.until if row.until and row.until > clock.machine_now() else None,
            last_seen_at=row.seen,
            is_self=row.Account.id == actor.account_id,
            shares_person=row.Account.person_key is not None and persons.count(row.Account.person_key) > 1,
        )
        for row in found
    ]


def invite(*, email: str, name: str, role: Role, actor: Actor) -> None:
    """Invite somebody to act for the actor's organisation; raises NotAllowed or RuleError."""
    if role not in roles_for(actor) or actor.role not in ORGANIZATION_ROLES:
        raise NotAllowed("不能邀请此身份")
    account = activation.invite_operator(
        email=email, name=name, role=role, organization_id=actor.organization_id, actor=actor
    )
    _tell(actor, "新增经办人", f"{actor.name}邀请了{account.display_name}，身份：{role.label}。")


def _find(membership_id: int, actor: Actor) -> Membership:
    found = db.session.scalar(
        select(Membership).where(
            Membership.id == membership_id,
            Membership.organization_id == actor.organization_id,
            Membership.ended_at.is_(None),
        )
    )
    if found is None:
        raise RuleError("没有这个经办人，可能已被他人移除，请刷新页面", code="gone")
    return found


def resend(membership_id: int, *, actor: Actor) -> None:
    """Mail a new link to somebody who has not taken the account over yet."""
    activation.resend(_find(membership_id, actor).account, actor=actor)


def end(membership_id: int, *, actor: Actor) -> None:
    """End somebody's capacity at once; never one's own, and never that of the last clerk."""
    # Locked together, so that two clerks who remove each other do not both succeed.
    present = db.session.scalars(
        select(Membership)
        .where(Membership.organization_id == actor.organization_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
        .with_for_update()
    ).all()
    membership = _find(membership_id, actor)
    if membership.account_id == actor.account_id:
        raise RuleError("不能移除自己；请由本单位另一人操作")
    clerks = [each for each in present if each.role in CLERKS and each.id != membership.id]
    if membership.role in CLERKS and not clerks:
        raise RuleError("这是本单位最后一名经办人，请先邀请新的经办人再移除")
    membership.ended_at = clock.machine_now()
    audit.record(
        "account.end_membership",
        actor=actor,
        object_kind="membership",
        object_id=membership.id,
        role=membership.role,
    )
    label = Role(membership.role).label
    _tell(actor, "经办人变动", f"{actor.name}结束了{membership.account.display_name}的身份：{label}。")


def _tell(actor: Actor, title: str, body: str) -> None:
    if actor.organization_id is not None:
        notices.tell_organization(
            actor.organization_id, title, body, "/operators", permission=Permission.OPERATOR_MANAGE
        )
