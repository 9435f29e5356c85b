"""Links by which people take over accounts: for whom, how often, until when, and what they never open."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from domain.errors import NotAllowed, RuleError
from domain.identity import check_id_number
from domain.roles import SYSTEM, Role
from models import Account, ActivationLink, Job, Membership, OutboxMessage, db
from services import accounts, activation, clock, crypto, links, password_reset, sign_in
from services.accounts import WeakPassword
from services.links import DeadLink, Purpose
from services.transaction import transaction
from tests import account_makers as make

pytestmark = pytest.mark.usefixtures("app_context")
PASSWORD = "quiet river stone"


def link_of(path):
    return links.find(path.rsplit("/", 1)[-1])


def person(number=None):
    number = number or make.id_number()
    return activation.Person(name="程丽君", number=check_id_number(number, today=date(2026, 6, 1)))


def invite(email="second@example.com", role=Role.EMPLOYER_MANAGER, organization_id=None):
    organization_id = organization_id or make.make_organization()
    with transaction():
        activation.invite_operator(email=email, name="王二", role=role, organization_id=organization_id, actor=SYSTEM)
    return make.link_in(make.letters_to(email)[-1])


def technician_link(number):
    technician_id = make.make_technician(number)
    with transaction():
        return activation.link_for_technician(technician_id, actor=SYSTEM)


# --- operators --------------------------------------------------------------------------------------------------------


def test_an_invited_person_states_who_it_is_and_sets_a_password():
    path, number = invite(), make.id_number()
    with transaction():
        account = activation.take_over(link_of(path), person(number), PASSWORD)
        assert account.login_name == "second@example.com"
    account = db.session.scalars(select(Account).where(Account.login_name == "second@example.com")).one()
    assert account.display_name == "程丽君"
    assert account.person_key == crypto.blind_index(number)
    assert accounts.password_matches(account.password_hash, PASSWORD)


def test_a_link_is_for_one_use():
    path = invite()
    link = link_of(path)
    with transaction():
        activation.take_over(link, person(), PASSWORD)
    assert link_of(path) is None
    with pytest.raises(DeadLink), transaction():
        activation.take_over(link, person(), "another quiet river")


@pytest.mark.parametrize(("purpose", "hours"), [(Purpose.ACCOUNT, 72), (Purpose.TECHNICIAN, 168), (Purpose.RESET, 2)])
def test_a_link_ends_by_itself(monkeypatch, purpose, hours):
    clerk = make.make_clerk()
    with transaction():
        path = links.new(purpose, created_by=None, account_id=clerk.account_id)
    now = clock.machine_now()
    monkeypatch.setattr(clock, "machine_now", lambda: now + timedelta(hours=hours) - timedelta(minutes=1))
    assert link_of(path) is not None
    monkeypatch.setattr(clock, "machine_now", lambda: now + timedelta(hours=hours, seconds=5))
    assert link_of(path) is None


def test_a_newer_link_replaces_the_older_one():
    first = invite()
    account = db.session.scalars(select(Account).where(Account.login_name == "second@example.com")).one()
    with transaction():
        activation.resend(account, actor=SYSTEM)
    second = make.link_in(make.letters_to("second@example.com")[-1])
    assert first != second
    assert link_of(first) is None
    assert link_of(second) is not None


def test_the_database_holds_no_token():
    path = invite()
    token = path.rsplit("/", 1)[-1]
    kept = [str(value) for row in db.session.scalars(select(ActivationLink)) for value in vars(row).values()]
    kept += [message.body_sealed for message in db.session.scalars(select(OutboxMessage))]
    assert not any(token in value for value in kept)


def test_a_token_of_another_purpose_opens_nothing():
    clerk = make.make_clerk()
    with transaction():
        reset = links.new(Purpose.RESET, created_by=None, account_id=clerk.account_id)
        account_link = links.new(Purpose.ACCOUNT, created_by=None, account_id=clerk.account_id)
    with pytest.raises(DeadLink), transaction():
        activation.take_over(link_of(reset), person(), PASSWORD)
    with pytest.raises(DeadLink), transaction():
        password_reset.set_new(link_of(account_link), PASSWORD)
    with pytest.raises(NotAllowed), transaction():
        activation.take_over_as_technician(link_of(reset), make.id_number(), PASSWORD)


def test_a_weak_password_leaves_the_link_and_the_account_as_they_were():
    path = invite()
    with pytest.raises(WeakPassword), transaction():
        activation.take_over(link_of(path), person(), "short")
    account = links.account_of(link_of(path))
    assert account.password_hash is None
    assert account.person_key is None


def test_an_account_in_use_gains_the_capacity_without_a_link():
    organization_id = make.make_organization()
    clerk = make.make_clerk(login_name="both@example.com")
    with transaction():
        activation.invite_operator(
            email="both@example.com",
            name="x",
            role=Role.EMPLOYER_MANAGER,
            organization_id=organization_id,
            actor=SYSTEM,
        )
    assert accounts.roles_of(clerk.account_id) == {Role.EMPLOYER_CLERK, Role.EMPLOYER_MANAGER}
    assert "/activate/" not in make.letters_to("both@example.com")[-1]


def test_one_account_cannot_have_both_capacities_of_one_organization():
    clerk = make.make_clerk(login_name="clerk@example.com")
    with pytest.raises(RuleError, match="只能有一个身份"), transaction():
        activation.invite_operator(
            email="clerk@example.com",
            name="x",
            role=Role.EMPLOYER_MANAGER,
            organization_id=clerk.organization_id,
            actor=SYSTEM,
        )


def test_an_official_is_made_no_operator_by_an_invitation():
    """Whoever works for an organisation does not decide on its cases: nobody may arrange that from outside."""
    officer, organization_id = make.make_officer(login_name="hu@example.com"), make.make_organization()
    with pytest.raises(RuleError, match="工作人员"), transaction():
        activation.invite_operator(
            email="hu@example.com",
            name="x",
            role=Role.EMPLOYER_CLERK,
            organization_id=organization_id,
            actor=SYSTEM,
        )
    assert accounts.roles_of(officer.account_id) == {Role.COUNTY_OFFICER}


def test_the_second_account_of_the_same_person_is_noticed():
    organization_id, number = make.make_organization(), make.id_number()
    make.make_clerk(organization_id, person=number)
    path = invite(organization_id=organization_id)
    with transaction():
        account = activation.take_over(link_of(path), person(number), PASSWORD)
        assert activation.same_person_elsewhere(account)
    other = invite(email="third@example.com", organization_id=organization_id)
    with transaction():
        assert not activation.same_person_elsewhere(activation.take_over(link_of(other), person(), PASSWORD))


# --- technicians ------------------------------------------------------------------------------------------------------


def test_a_technician_proves_to_be_it_and_signs_in_by_the_id_number_or_the_phone():
    number = make.id_number()
    path = technician_link(number)
    link = link_of(path)
    assert activation.is_person(link, f" {number[:6]} {number[6:].lower()} ")
    with transaction():
        activation.take_over_as_technician(link, number, PASSWORD, phone="13812345678")
    for identifier in (number, number.lower(), "13812345678", "+86 138-1234-5678"):
        account = sign_in.verify(identifier, PASSWORD)
        assert account is not None, identifier
        assert account.person_key == crypto.blind_index(number)
    assert accounts.roles_of(account.id) == {Role.TECHNICIAN}
    assert number not in account.login_name


def test_another_persons_number_opens_nothing():
    link = link_of(technician_link(make.id_number()))
    assert not activation.is_person(link, make.id_number())
    with pytest.raises(NotAllowed), transaction():
        activation.take_over_as_technician(link, make.id_number(), PASSWORD)
    assert db.session.scalar(select(Membership.id).where(Membership.technician_id == link.technician_id)) is None


def test_five_wrong_numbers_end_the_link():
    path = technician_link(make.id_number())
    for left in (4, 3, 2, 1, 0):
        link = link_of(path)
        with transaction():
            links.count_try(link)
        assert links.tries_left(link) == left
    assert link_of(path) is None
    with pytest.raises(DeadLink), transaction():
        links.count_try(link)


def test_tries_made_at_once_are_counted_one_by_one(app):
    link_id = link_of(technician_link(make.id_number())).id
    counted, together = [], Barrier(12)

    def guess():
        with app.app_context():
            link = db.session.get(ActivationLink, link_id)
            together.wait()
            try:
                with transaction():
                    links.count_try(link)
                counted.append(1)
            except DeadLink:
                pass

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == 5


def test_a_new_slip_sets_a_new_password_and_ends_the_sessions():
    number = make.id_number()
    technician_id = make.make_technician(number)
    for password in (PASSWORD, "another quiet river"):
        with transaction():
            path = activation.link_for_technician(technician_id, actor=SYSTEM)
        with transaction():
            account = activation.take_over_as_technician(link_of(path), number, password)
            account_id = account.id
        with transaction():
            token = accounts.begin_session(db.session.get_one(Account, account_id), ip="", user_agent="")
        if password == PASSWORD:
            first = token
    assert accounts.resolve(first) is None
    assert accounts.resolve(token) is not None
    assert sign_in.verify(number, PASSWORD) is None
    assert len(db.session.scalars(select(Membership).where(Membership.technician_id == technician_id)).all()) == 1


def test_a_slip_does_not_open_what_the_person_does_for_an_organization():
    number = make.id_number()
    technician_id = make.make_technician(number)
    clerk = make.make_clerk(person=number)
    with transaction():
        make.add_membership(clerk.account_id, Role.TECHNICIAN, technician_id=technician_id)
        path = activation.link_for_technician(technician_id, actor=SYSTEM)
    with pytest.raises(NotAllowed, match="其他身份"), transaction():
        activation.take_over_as_technician(link_of(path), number, "another quiet river")
    assert accounts.password_matches(db.session.get_one(Account, clerk.account_id).password_hash, make.PASSWORD)


def test_a_signed_in_person_adds_the_capacity_to_the_account_it_has():
    number = make.id_number()
    clerk, stranger = make.make_clerk(person=number), make.make_clerk()
    link = link_of(technician_link(number))
    account, other = (db.session.get_one(Account, each.account_id) for each in (clerk, stranger))
    assert not activation.may_join(link, other)
    with pytest.raises(NotAllowed), transaction():
        activation.join_as_technician(link, other)
    with transaction():
        activation.join_as_technician(link, account)
    assert accounts.roles_of(clerk.account_id) == {Role.EMPLOYER_CLERK, Role.TECHNICIAN}


def test_a_phone_signs_one_account_in():
    first, second = make.make_clerk(), make.make_clerk()
    with transaction():
        sign_in.use_phone(db.session.get_one(Account, first.account_id), "13812345678")
    with pytest.raises(RuleError, match="已用于登录另一个账号"), transaction():
        sign_in.use_phone(db.session.get_one(Account, second.account_id), "13812345678")
    account = db.session.get_one(Account, first.account_id)
    assert sign_in.phone_of(account) == "13812345678"
    assert "13812345678" not in (account.phone_sealed + account.phone_key)
    with transaction():
        sign_in.use_phone(account, None)
    assert sign_in.verify("13812345678", make.PASSWORD) is None


# --- a forgotten password ---------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_reset_by_mail():
    clerk = make.make_clerk(login_name="clerk@example.com")
    with transaction():
        token = accounts.begin_session(db.session.get_one(Account, clerk.account_id), ip="", user_agent="")
    with transaction():
        password_reset.ask("clerk@example.com")
    path = make.link_in(make.letters_to("clerk@example.com")[-1])
    with transaction():
        password_reset.set_new(link_of(path), PASSWORD)
    assert accounts.resolve(token) is None
    assert sign_in.verify("clerk@example.com", PASSWORD) is not None
    assert sign_in.verify("clerk@example.com", make.PASSWORD) is None


def test_nobody_is_mailed_who_has_no_account_or_a_closed_one():
    clerk = make.make_clerk(login_name="gone@example.com")
    with transaction():
        db.session.execute(
            update(Account).where(Account.id == clerk.account_id).values(disabled_at=clock.machine_now())
        )
    with transaction():
        password_reset.ask("gone@example.com")
        password_reset.ask("nobody@example.com")
    assert db.session.scalars(select(OutboxMessage)).all() == []


def test_whoever_never_activated_gets_the_activation_link_again():
    first = invite()
    with transaction():
        password_reset.ask("second@example.com")
    body = make.letters_to("second@example.com")[-1]
    assert make.link_in(body) != first
    assert link_of(make.link_in(body)).purpose == Purpose.ACCOUNT


def test_the_queue_names_no_address():
    with transaction():
        password_reset.ask("clerk@example.com")
    job = db.session.scalars(select(Job)).one()
    assert "clerk" not in str(job.arguments)
