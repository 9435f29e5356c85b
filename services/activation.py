"""How people come to their accounts: invitations, slips for technicians, and taking an account over."""

import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import select

from domain import identity
from domain.errors import NotAllowed, RuleError
from domain.roles import ORGANIZATION_ROLES, REGION_ROLES, Actor, Role
from models import Account, ActivationLink, IdentityKey, Membership, Organization, Region, Technician, db
from services import accounts, audit, clock, crypto, letters, links, notices, sign_in


@dataclass(frozen=True, kw_only=True)
class Person:
    """What somebody states of itself when taking over an account."""

    name: str
    number: identity.IdentityNumber


# --- reads ------------------------------------------------------------------------------------------------------------


def is_person(link: ActivationLink, number: str) -> bool:
    """Whether the stated ID number is the one of the technician the link was made for."""
    known = db.session.scalars(
        select(IdentityKey.blind_index).where(IdentityKey.technician_id == link.technician_id)
    ).all()
    stated = crypto.blind_index(identity.normalise_number(number))
    return any([hmac.compare_digest(stated, key) for key in known])


def may_join(link: ActivationLink, account: Account) -> bool:
    """Whether a signed-in account is the same person as the technician, and so may simply gain this capacity."""
    if account.person_key is None or links.technician_account(link.technician_id or 0) is not None:
        return False
    keys = select(IdentityKey.blind_index).where(IdentityKey.technician_id == link.technician_id)
    return account.person_key in db.session.scalars(keys).all()


def capacities(account_id: int) -> str:
    """In which capacities an account acts, for the page and the letter."""
    labels = db.session.execute(
        select(Membership.role, Organization.name, Region.name)
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .outerjoin(Region, Region.code == Membership.region_code)
        .where(Membership.account_id == account_id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ).all()
    return "、".join(accounts.label(Role(role), organization, region) for role, organization, region in labels)


# --- acts -------------------------------------------------------------------------------------------------------------


def invite_operator(
    *,
    email: str,
    name: str,
    role: Role,
    actor: Actor,
    organization_id: int | None = None,
    region_code: str | None = None,
) -> Account:
    """Give somebody a capacity in an organisation or region, and mail what to do.

    The link goes to the mailbox of the invited person and is shown to nobody else: whoever invites must not be able
    to become the second pair of eyes too. Raises RuleError when the person has this capacity already.
    """
    account = _account_with(email, name)
    _join(account, role, organization_id=organization_id, region_code=region_code)
    capacity = _capacity(role, organization_id, region_code)
    if account.password_hash is None:
        link = links.new(links.Purpose.ACCOUNT, created_by=actor.account_id, account_id=account.id)
        letter = letters.activation(account.display_name, capacity, link)
    else:
        letter = letters.joined(account.display_name, capacity)
    notices.send_mail(email, letter.subject, letter.body)
    audit.record(
        "account.invite",
        actor=actor,
        object_kind="account",
        object_id=account.id,
        role=role.value,
        organization_id=organization_id,
        region_code=region_code,
    )
    return account


def link_for_official(
    *,
    email: str,
    name: str,
    role: Role,
    actor: Actor,
    region_code: str | None = None,
    organization_id: int | None = None,
) -> tuple[Account, str | None]:
    """The same for whoever sets the site up: returns the link to hand over, None if the account is in use already."""
    account = _account_with(email, name)
    _join(account, role, organization_id=organization_id, region_code=region_code)
    link = None
    if account.password_hash is None:
        link = links.new(links.Purpose.ACCOUNT, created_by=actor.account_id, account_id=account.id)
    audit.record("account.invite", actor=actor, object_kind="account", object_id=account.id, role=role.value)
    return account, link


def resend(account: Account, *, actor: Actor) -> None:
    """Mail a fresh link to somebody who has not taken the account over yet; the earlier one ends."""
    if account.password_hash is not None:
        raise RuleError("该账号已启用；忘记密码时请本人在登录页重设")
    link = links.new(links.Purpose.ACCOUNT, created_by=actor.account_id, account_id=account.id)
    letter = letters.activation(account.display_name, capacities(account.id), link)
    notices.send_mail(account.email or account.login_name, letter.subject, letter.body)
    audit.record("account.invite_again", actor=actor, object_kind="account", object_id=account.id)


def link_for_technician(technician_id: int, *, actor: Actor) -> str:
    """The full address of a link for a person in the register, to print on a slip; earlier ones end.

    Who may ask for whose link is the caller's to decide. The link alone opens nothing: the person types the full ID
    number, and five wrong ones end it.
    """
    link = links.new(links.Purpose.TECHNICIAN, created_by=actor.account_id, technician_id=technician_id)
    audit.record("account.technician_link", actor=actor, object_kind="technician", object_id=technician_id)
    return link


def _account_with(email: str, name: str) -> Account:
    account = db.session.scalar(select(Account).where(Account.login_name == email))
    if account is None:
        account = Account(login_name=email, display_name=name, email=email, created_at=clock.machine_now())
        db.session.add(account)
        db.session.flush()
    elif account.disabled_at is not None:
        raise RuleError("该邮箱的账号已停用，请换一个邮箱")
    return account


def _join(account: Account, role: Role, *, organization_id: int | None, region_code: str | None) -> None:
    if (role in ORGANIZATION_ROLES) != (organization_id is not None) or (role in REGION_ROLES) != bool(region_code):
        raise LookupError(f"{role} needs an organisation or a region")
    present = db.session.scalars(
        select(Membership.role).where(
            Membership.account_id == account.id,
            Membership.organization_id == organization_id,
            Membership.region_code == region_code,
            Membership.technician_id.is_(None),
            Membership.ended_at.is_(None),
        )
    ).all()
    if present:
        # One account with both capacities of one organisation would be one pair of eyes in two coats.
        raise RuleError(f"该邮箱已是{Role(present[0]).label}，一个账号在同一单位只能有一个身份，请换一个人")
    if organization_id is not None and accounts.roles_of(account.id) & REGION_ROLES:
        # Nobody asks the invited: an employer could so make every officer of the county partial to its cases.
        raise RuleError("该邮箱属于人力社保部门的工作人员，不能担任单位经办人，请换一个人")
    db.session.add(
        Membership(
            account_id=account.id,
            role=role.value,
            organization_id=organization_id,
            region_code=region_code,
            started_at=clock.machine_now(),
        )
    )
    db.session.flush()


def _capacity(role: Role, organization_id: int | None, region_code: str | None) -> str:
    organization = db.session.get(Organization, organization_id) if organization_id is not None else None
    region = db.session.get(Region, region_code) if region_code is not None else None
    return accounts.label(role, organization.name if organization else None, region.name if region else None)


def take_over(link: ActivationLink, person: Person, password: str) -> Account:
    """An operator or official states who they are and sets a password; raises links.DeadLink or WeakPassword."""
    account = links.account_of(link)
    if link.purpose != links.Purpose.ACCOUNT or account is None or account.password_hash is not None:
        raise links.DeadLink()
    links.use(link)
    account.display_name = person.name
    account.person_key = crypto.blind_index(person.number.number)
    accounts.set_password(account, password)
    audit.record("account.activate", actor=accounts.owner(account), object_kind="account", object_id=account.id)
    return account


def same_person_elsewhere(account: Account) -> bool:
    """Whether another account of the same organisation belongs to the same person: together one pair of eyes."""
    own = select(Membership.organization_id).where(
        Membership.account_id == account.id, Membership.organization_id.is_not(None), Membership.ended_at.is_(None)
    )
    other = db.session.scalar(
        select(Account.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Account.person_key == account.person_key,
            Account.id != account.id,
            Membership.organization_id.in_(own),
            Membership.ended_at.is_(None),
        )
        .limit(1)
    )
    return other is not None


def take_over_as_technician(link: ActivationLink, number: str, password: str, phone: str | None = None) -> Account:
    """A person in the register proves to be it and gets an account, or a new password for the one it has.

    `phone` is an optional second name to sign in with. Raises links.DeadLink, NotAllowed, WeakPassword or RuleError.
    """
    technician = db.session.get(Technician, link.technician_id) if link.technician_id is not None else None
    if technician is None or not is_person(link, number):
        raise NotAllowed("证件号码与登记的不一致")
    account = links.technician_account(technician.id)
    if account is not None and accounts.roles_of(account.id) != {Role.TECHNICIAN}:
        # A slip printed by an employer must not open what the person does for another organisation.
        raise NotAllowed("您的账号还有其他身份，不能用激活单重设密码；请在登录页用邮箱重设密码")
    links.use(link)
    if account is None:
        account = Account(
            login_name=f"js{secrets.randbelow(10**10):010d}",
            display_name=technician.name[:64],
            person_key=crypto.blind_index(identity.normalise_number(number)),
            created_at=clock.machine_now(),
        )
        db.session.add(account)
        db.session.flush()
        _be_technician(account, technician.id)
    accounts.set_password(account, password)
    if phone is not None:
        sign_in.use_phone(account, phone)
    audit.record("account.activate", actor=accounts.owner(account), object_kind="account", object_id=account.id)
    return account


def join_as_technician(link: ActivationLink, account: Account) -> None:
    """The signed-in person is the technician: the account gains that capacity; no password is touched."""
    if not may_join(link, account) or link.technician_id is None:
        raise NotAllowed("当前登录的账号与该技能人才不是同一人")
    links.use(link)
    _be_technician(account, link.technician_id)
    audit.record("account.join_technician", actor=accounts.owner(account), object_kind="account", object_id=account.id)


def _be_technician(account: Account, technician_id: int) -> None:
    db.session.add(
        Membership(
            account_id=account.id,
            role=Role.TECHNICIAN.value,
            technician_id=technician_id,
            started_at=clock.machine_now(),
        )
    )
    db.session.flush()
