"""Industry authorities (行业主管部门, arts. 4, 30): registered with the occupations they advise on and their people."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from domain.errors import RuleError
from domain.identity import check_uscc
from domain.roles import Actor, Role
from domain.skills import find_occupation
from models import Account, AuthorityOccupation, Membership, Organization, Region, db
from services import activation, audit, base_opinions, clock, reference


@dataclass(frozen=True, kw_only=True)
class Adviser:
    """Somebody who answers for an authority; not active before the own link was used."""

    membership_id: int
    name: str
    email: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One authority as the list shows it."""

    id: int
    name: str
    uscc: str
    region: str
    occupations: list[str]
    people: list[Adviser]


def all_of_them() -> list[Authority]:
    """Every authority of the city, by region and name."""
    occupations: defaultdict[int, list[str]] = defaultdict(list)
    for row in db.session.scalars(select(AuthorityOccupation).order_by(AuthorityOccupation.occupation)):
        occupations[row.organization_id].append(row.occupation)
    people: defaultdict[int, list[Adviser]] = defaultdict(list)
    for membership, account in db.session.execute(
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.role == Role.INDUSTRY_ADVISER.value, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ):
        people[membership.organization_id or 0].append(
            Adviser(
                membership_id=membership.id,
                name=account.display_name,
                email=account.email or account.login_name,
                is_active=account.password_hash is not None,
            )
        )
    found = db.session.execute(
        select(Organization, Region.name)
        .join(Region, Region.code == Organization.region_code)
        .where(Organization.id.in_(occupations))
        .order_by(Organization.region_code, Organization.name)
    )
    return [
        Authority(
            id=each.id,
            name=each.name,
            uscc=each.uscc,
            region=region,
            occupations=occupations[each.id],
            people=people[each.id],
        )
        for each, region in found
    ]


def register(name: str, uscc: str, region_code: str, occupations: list[str], *, actor: Actor) -> Organization:
    """The authority with these occupations, besides those it has. Raises RuleError or IdentityProblem."""
    if db.session.get(Region, region_code) is None:
        raise RuleError(f"没有代码为 {region_code} 的地区", code="region")
    known = reference.occupation_names()
    found = {each: find_occupation(each, known) for each in occupations}
    unknown = [each for each, occupation in found.items() if occupation is None]
    if unknown or not found:
        raise RuleError(f"职业（工种）不在目录中，请核对名称：{'、'.join(unknown) or '没有填写'}", code="occupation")
    number = check_uscc(uscc).number
    authority = db.session.scalar(select(Organization).where(Organization.uscc == number))
    if authority is None:
        authority = Organization(uscc=number, name=name, region_code=region_code, created_at=clock.machine_now())
        db.session.add(authority)
        db.session.flush()
    elif (authority.name, authority.region_code) != (name, region_code):
        raise RuleError(f"这个统一社会信用代码已登记为“{authority.name}”，请核对名称、代码和地区", code="uscc")
    base_opinions.appoint(authority, [each.name for each in found.values() if each is not None])
    audit.record("industry_authority.register", actor=actor, object_kind="organization", object_id=authority.id)
    return authority


def invite(authority: Organization, *, name: str, email: str, actor: Actor) -> None:
    """Give somebody the right to answer for the authority; the link goes to the mailbox and to nobody else."""
    activation.invite_operator(
        email=email, name=name, role=Role.INDUSTRY_ADVISER, actor=actor, organization_id=authority.id
    )


def _membership(membership_id: int) -> Membership:
    found = db.session.get(Membership, membership_id)
    if found is None or found.role != Role.INDUSTRY_ADVISER.value or found.ended_at is not None:
        raise RuleError("没有这个联系人，可能已被他人移除，请刷新页面", code="gone")
    return found


def resend(membership_id: int, *, actor: Actor) -> None:
    """Mail a new link to somebody who has not taken the account over yet."""
    activation.resend(_membership(membership_id).account, actor=actor)


def end(membership_id: int, *, actor: Actor) -> None:
    """Somebody answers for the authority no more, from now on."""
    membership = _membership(membership_id)
    membership.ended_at = clock.machine_now()
    audit.record(
        "account.end_membership",
        actor=actor,
        object_kind="membership",
        object_id=membership.id,
        role=membership.role,
    )
