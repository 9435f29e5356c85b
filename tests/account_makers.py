"""Makers of accounts, organisations and registrations: each returns ids, for every request has a context of its own."""

import re
from datetime import date
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from domain.identity import id_check_digit, uscc_check_character
from domain.roles import CITY, Actor, Role
from models import Account, IdentityKey, Membership, Organization, OrganizationCapacity, OutboxMessage, Technician, db
from services import accounts, clock, crypto, notices, registrations
from services.transaction import transaction

PASSWORD = "a long enough sentence"
COUNTY, OTHER_COUNTY = "330784", "330783"
LICENCE = registrations.Licence(data=b"%PDF-1.4\n%%EOF\n", name="执照.pdf", media_type="application/pdf")
_numbers = count(1)


_hash = cache(accounts.hash_password)


def id_number() -> str:
    """An identity number of nobody, right in every check."""
    serial = next(_numbers)
    first = f"330784{1970 + serial // 1000 % 30}0101{serial % 1000:03d}"
    return first + id_check_digit(first)


def uscc() -> str:
    """A unified social credit code of nobody, right in every check."""
    first = f"91330784MA{next(_numbers):07d}"
    return first + uscc_check_character(first)


def make_account(
    role: Role, *, login_name: str = "", password: str | None = PASSWORD, person: str | None = None, **scope: Any
) -> Actor:
    """An account with one membership; `person` is an ID number, and each account its own person without it."""
    serial = next(_numbers)
    with transaction():
        account = Account(
            login_name=login_name or f"user{serial}@example.com",
            display_name=f"人员{serial}",
            email=login_name if "@" in login_name else f"user{serial}@example.com",
            password_hash=_hash(password) if password else None,
            person_key=crypto.blind_index(person) if person else f"person{serial}",
            created_at=clock.machine_now(),
        )
        db.session.add(account)
        db.session.flush()
        account_id, name, key = account.id, account.display_name, account.person_key
        membership_id = add_membership(account_id, role, **scope)
    return Actor(role=role, name=name, account_id=account_id, membership_id=membership_id, person_key=key, **scope)


def add_membership(account_id: int, role: Role, **scope: Any) -> int:
    """One more capacity; inside a transaction."""
    membership = Membership(account_id=account_id, role=role.value, started_at=clock.machine_now(), **scope)
    db.session.add(membership)
    db.session.flush()
    return membership.id


def make_officer(region: str = COUNTY, **more: Any) -> Actor:
    return make_account(Role.CITY_OFFICER if region == CITY else Role.COUNTY_OFFICER, region_code=region, **more)


def make_organization(region: str = COUNTY, capacity: str = "employer") -> int:
    with transaction():
        organization = Organization(
            uscc=uscc(), name=f"第{next(_numbers)}五金厂", region_code=region, created_at=clock.now()
        )
        db.session.add(organization)
        db.session.flush()
        db.session.add(OrganizationCapacity(organization_id=organization.id, capacity=capacity, since=date(2020, 1, 1)))
        return organization.id


def make_clerk(organization_id: int | None = None, **more: Any) -> Actor:
    return make_account(Role.EMPLOYER_CLERK, organization_id=organization_id or make_organization(), **more)


def make_manager(organization_id: int, **more: Any) -> Actor:
    return make_account(Role.EMPLOYER_MANAGER, organization_id=organization_id, **more)


def make_technician(number: str) -> int:
    """A person in the register, without an account."""
    with transaction():
        technician = Technician(
            name="欧阳锋",
            sex="1",
            id_type="resident_id",
            id_number_sealed=crypto.seal(number, "technician.id_number"),
            region_code=COUNTY,
            created_at=clock.now(),
        )
        db.session.add(technician)
        db.session.flush()
        db.session.add(IdentityKey(blind_index=crypto.blind_index(number), technician_id=technician.id))
        return technician.id


def stated(**changes: str) -> dict[str, str]:
    """What an employer writes into the form."""
    serial = next(_numbers)
    return {
        "uscc": uscc(),
        "name": f"永康市第{serial}电器厂",
        "region_code": COUNTY,
        "address": "永康市金都路1号",
        "contact_name": "程丽君",
        "contact_phone": "13812345678",
        "contact_email": f"clerk{serial}@example.com",
        **changes,
    }


def make_registration(**changes: str) -> SimpleNamespace:
    """A submitted registration: its case_id, token, and what was stated."""
    values = stated(**changes)
    with transaction():
        registration = registrations.draft(values, LICENCE)
        registrations.submit(registration)
        case_id = registration.case_id
    return SimpleNamespace(case_id=case_id, token=registrations.access_token(case_id), stated=values)


def letters_to(email: str) -> list[str]:
    """The bodies of the mails to an address, oldest first."""
    query = select(OutboxMessage).where(OutboxMessage.recipient == email).order_by(OutboxMessage.id)
    return [notices.mail_body(message) for message in db.session.scalars(query)]


def link_in(body: str) -> str:
    """The path of the activation link in a mail."""
    found = re.search(r"/activate/[\w-]+", body)
    assert found is not None, body
    return found[0]
