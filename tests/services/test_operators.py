"""The people who act for an organisation: invited by mail alone, removed at once, never the last clerk."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from domain.errors import NotAllowed, RuleError
from domain.roles import Role
from models import Account, AuditEvent, Membership, Notice, db
from services import accounts, operators
from services.transaction import transaction
from tests import account_makers as make

pytestmark = pytest.mark.usefixtures("app_context")


def invite(clerk, email="second@example.com", role=Role.EMPLOYER_MANAGER):
    with transaction():
        operators.invite(email=email, name="王二", role=role, actor=clerk)


def end(membership_id, actor):
    with transaction():
        operators.end(membership_id, actor=actor)


def test_an_invited_person_is_in_the_list_until_it_takes_over():
    clerk = make.make_clerk()
    invite(clerk)
    own, other = operators.of_organization(clerk)
    assert own.is_self and own.is_active
    assert (other.role, other.is_active, other.link_until is not None) == (Role.EMPLOYER_MANAGER, False, True)
    assert "/activate/" in make.letters_to("second@example.com")[0]


def test_another_organizations_people_are_not_seen():
    clerk, other = make.make_clerk(), make.make_clerk()
    assert [each.is_self for each in operators.of_organization(clerk)] == [True]
    with pytest.raises(RuleError, match="没有这个经办人"):
        end(other.membership_id, clerk)


@pytest.mark.parametrize("role", [Role.COUNTY_OFFICER, Role.BASE_CLERK, Role.AUDITOR, Role.TECHNICIAN])
def test_a_role_of_another_kind_cannot_be_given(role):
    with pytest.raises(NotAllowed):
        invite(make.make_clerk(), role=role)


def test_whoever_is_removed_can_do_nothing_in_the_next_moment():
    clerk = make.make_clerk()
    manager = make.make_manager(clerk.organization_id)
    with transaction():
        token = accounts.begin_session(db.session.get_one(Account, manager.account_id), ip="", user_agent="")
    assert accounts.resolve(token).actor.role is Role.EMPLOYER_MANAGER
    end(manager.membership_id, clerk)
    assert accounts.resolve(token) is None
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.end_membership")).one()
    assert event.account_id == clerk.account_id


def test_nobody_removes_himself():
    clerk = make.make_clerk()
    make.make_clerk(clerk.organization_id)
    with pytest.raises(RuleError, match="不能移除自己"):
        end(clerk.membership_id, clerk)


def test_the_last_clerk_stays():
    clerk = make.make_clerk()
    manager = make.make_manager(clerk.organization_id)
    with pytest.raises(RuleError, match="最后一名经办人"):
        end(clerk.membership_id, manager)
    second = make.make_clerk(clerk.organization_id)
    end(clerk.membership_id, manager)
    assert [each.membership_id for each in operators.of_organization(manager)] == [
        manager.membership_id,
        second.membership_id,
    ]


def test_two_clerks_who_remove_each_other_do_not_both_succeed(app):
    first = make.make_clerk()
    second = make.make_clerk(first.organization_id)
    done, refused, together = [], [], Barrier(2)

    def remove(membership_id, actor):
        with app.app_context():
            together.wait()
            try:
                end(membership_id, actor)
                done.append(membership_id)
            except RuleError:
                refused.append(membership_id)

    threads = [
        Thread(target=remove, args=(second.membership_id, first)),
        Thread(target=remove, args=(first.membership_id, second)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    db.session.rollback()
    left = db.session.scalars(
        select(Membership.id).where(Membership.organization_id == first.organization_id, Membership.ended_at.is_(None))
    ).all()
    assert len(left) == 1


def test_a_new_link_is_only_for_whoever_has_not_taken_over():
    clerk = make.make_clerk()
    invite(clerk)
    waiting = operators.of_organization(clerk)[1]
    with transaction():
        operators.resend(waiting.membership_id, actor=clerk)
    first, second = make.letters_to("second@example.com")
    assert make.link_in(first) != make.link_in(second)
    manager = make.make_manager(clerk.organization_id)
    with pytest.raises(RuleError, match="已启用"), transaction():
        operators.resend(manager.membership_id, actor=clerk)


def test_two_accounts_of_one_person_are_marked():
    organization_id, number = make.make_organization(), make.id_number()
    clerk = make.make_clerk(organization_id, person=number)
    make.make_manager(organization_id, person=number)
    make.make_manager(organization_id)
    assert [each.shares_person for each in operators.of_organization(clerk)] == [True, True, False]


def test_colleagues_are_told():
    clerk = make.make_clerk()
    manager = make.make_manager(clerk.organization_id)
    invite(clerk)
    told = db.session.scalars(select(Notice.membership_id).where(Notice.title == "新增经办人")).all()
    assert {clerk.membership_id, manager.membership_id} <= set(told)
