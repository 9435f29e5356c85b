"""Employers that ask to be admitted: once, by private link, with what an approval brings and what a refusal leaves."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from domain.errors import NotAllowed, RuleError, WrongState
from domain.roles import CITY, Actor, Role
from models import (
    Account,
    Attachment,
    Case,
    CaseSnapshot,
    CaseStep,
    EmployerRegistration,
    Membership,
    Notice,
    Organization,
    OrganizationCapacity,
    StoredFile,
    db,
)
from services import cases, clock, files, registrations
from services.registrations import Taken
from services.transaction import transaction
from tests import account_makers as make

pytestmark = pytest.mark.usefixtures("app_context")


def case_of(made) -> Case:
    return db.session.get_one(Case, made.case_id)


def decide(made, action, officer, **more):
    with transaction():
        cases.act(case_of(made), action, actor=officer, **more)


def send_back(made, officer, *points):
    decide(made, "return", officer, remark="共 1 项", items=list(points) or [("address", "请填写详细地址")])


def test_a_submitted_application_waits_for_its_county_with_a_number_and_a_day():
    made, officer = make.make_registration(), make.make_officer()
    case = case_of(made)
    assert case.state == "submitted"
    assert case.number.startswith("ZC330784-")
    assert case.due_on > clock.today()
    assert db.session.scalars(cases.waiting_for(officer)).all() == [case]
    assert db.session.scalars(cases.waiting_for(make.make_officer(make.OTHER_COUNTY))).all() == []
    body = make.letters_to(made.stated["contact_email"])[0]
    assert case.number in body
    assert made.token in body


def test_an_approval_brings_the_organization_its_capacity_and_a_clerk():
    made, officer = make.make_registration(), make.make_officer()
    decide(made, "approve", officer)
    organization = db.session.scalars(select(Organization).where(Organization.uscc == made.stated["uscc"])).one()
    assert [each.capacity for each in organization.capacities] == ["employer"]
    clerk = db.session.scalars(select(Account).where(Account.login_name == made.stated["contact_email"])).one()
    assert clerk.password_hash is None
    membership = db.session.scalars(select(Membership).where(Membership.account_id == clerk.id)).one()
    assert (membership.role, membership.organization_id) == (Role.EMPLOYER_CLERK, organization.id)
    bodies = make.letters_to(made.stated["contact_email"])
    assert any("/activate/" in body for body in bodies)
    assert any("审核通过" in body for body in bodies)


def test_nobody_holds_the_token_but_the_applicant():
    made = make.make_registration()
    assert registrations.find(made.token).case_id == made.case_id
    assert registrations.find(made.token[:-1] + ("0" if made.token[-1] != "0" else "1")) is None
    kept = vars(db.session.scalars(select(EmployerRegistration)).one()).values()
    assert made.token not in [str(value) for value in kept]


def test_an_organization_cannot_ask_twice():
    made = make.make_registration()
    with pytest.raises(Taken, match="正在审核中"), transaction():
        registrations.draft(make.stated(uscc=made.stated["uscc"]), make.LICENCE)
    decide(made, "approve", make.make_officer())
    with pytest.raises(Taken, match="已经注册"), transaction():
        registrations.draft(make.stated(uscc=made.stated["uscc"]), make.LICENCE)


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_after_a_refusal_or_a_withdrawal_it_may_ask_again(end):
    made = make.make_registration()
    if end == "reject":
        decide(made, "reject", make.make_officer(), remark="不是本地单位")
    else:
        with transaction():
            registrations.withdraw(registrations.find(made.token))
    assert make.make_registration(uscc=made.stated["uscc"]).case_id != made.case_id


def test_two_applications_of_one_organization_submitted_at_once_become_one(app):
    code, tokens = make.uscc(), []
    for _ in range(4):
        with transaction():
            case_id = registrations.draft(make.stated(uscc=code), make.LICENCE).case_id
        tokens.append(registrations.access_token(case_id))
    done, refused, together = [], [], Barrier(len(tokens))

    def submit(token):
        with app.app_context():
            together.wait()
            try:
                with transaction():
                    registrations.submit(registrations.find(token))
                done.append(token)
            except Taken:
                refused.append(token)

    threads = [Thread(target=submit, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(refused)) == (1, 3)


def test_a_supplement_is_answered_and_shows_what_changed():
    made, officer = make.make_registration(), make.make_officer()
    send_back(made, officer, ("address", "请填写详细地址"), ("licence", "照片不清晰"))
    registration = registrations.find(made.token)
    assert [(point.section, point.message) for point in registrations.points(registration.case)] == [
        ("address", "请填写详细地址"),
        ("licence", "照片不清晰"),
    ]
    assert "照片不清晰" not in make.letters_to(made.stated["contact_email"])[-1]
    newer = registrations.Licence(data=b"%PDF-1.5\n%%EOF\n", name="新执照.pdf", media_type="application/pdf")
    with transaction():
        registrations.change(registration, {**made.stated, "address": "永康市金都路8号"}, newer)
        registrations.submit(registration)
    case = case_of(made)
    assert case.state == "submitted"
    assert [(change.label, change.after) for change in registrations.changes(case)] == [
        ("单位地址", "永康市金都路8号"),
        ("营业执照或登记证书", "新执照.pdf"),
    ]
    assert [snapshot.round for snapshot in db.session.scalars(select(CaseSnapshot).order_by(CaseSnapshot.round))] == [
        1,
        2,
    ]
    assert registrations.points(case) == []


def test_the_same_paper_under_another_name_or_another_paper_under_the_same_name_is_seen():
    made, officer = make.make_registration(), make.make_officer()
    send_back(made, officer)
    other = registrations.Licence(data=b"%PDF-1.6\n%%EOF\n", name=make.LICENCE.name, media_type="application/pdf")
    with transaction():
        registration = registrations.find(made.token)
        registrations.change(registration, made.stated, other)
        registrations.submit(registration)
    assert [change.label for change in registrations.changes(case_of(made))] == ["营业执照或登记证书"]


def test_nothing_is_changed_while_the_bureau_has_it():
    made = make.make_registration()
    before = registrations.review(case_of(made)).content_sha256
    with pytest.raises(RuleError, match="不能修改"), transaction():
        registrations.change(registrations.find(made.token), {**made.stated, "name": "别的单位"}, None)
    assert registrations.review(case_of(made)).content_sha256 == before


def test_each_step_names_the_content_it_was_about():
    made, officer = make.make_registration(), make.make_officer()
    send_back(made, officer)
    with transaction():
        registration = registrations.find(made.token)
        registrations.change(registration, {**made.stated, "address": "永康市金都路8号"}, None)
        registrations.submit(registration)
    decide(made, "approve", officer)
    hashes = [step.content_sha256 for step in case_of(made).steps]
    assert hashes[0] == hashes[1] != hashes[2] == hashes[3]


def test_whoever_holds_another_link_cannot_act():
    mine, other = make.make_registration(), make.make_registration()
    stranger = registrations.applicant(registrations.find(other.token))
    with pytest.raises(NotAllowed), transaction():
        cases.act(case_of(mine), "withdraw", actor=stranger)
    with pytest.raises(NotAllowed), transaction():
        cases.act(case_of(mine), "approve", actor=registrations.applicant(registrations.find(mine.token)))


@pytest.mark.parametrize("region", [make.OTHER_COUNTY, CITY])
def test_officials_of_elsewhere_decide_nothing(region):
    made = make.make_registration()
    with pytest.raises(NotAllowed):
        decide(made, "approve", make.make_officer(region))
    assert db.session.scalar(select(func.count()).select_from(Organization)) == 0


def test_an_officer_who_filed_as_a_person_does_not_decide():
    """The applicant has no account; but a step of the same person, by whatever way, forbids the decision."""
    made, officer = make.make_registration(), make.make_officer()
    with transaction():
        applicant = registrations.applicant(registrations.find(made.token))
        cases.act(case_of(made), "return", actor=officer, remark="x", items=[("name", "x")])
        cases.act(
            case_of(made),
            "resubmit",
            actor=Actor(role=Role.APPLICANT, name="x", case_id=made.case_id, person_key=officer.person_key),
        )
    assert applicant.person_key is None
    with pytest.raises(NotAllowed, match="另一人"):
        decide(made, "approve", officer)
    assert "approve" not in {move.action for move in cases.actions(case_of(made), officer)}
    assert "reject" in {move.action for move in cases.actions(case_of(made), officer)}


def test_an_approval_that_cannot_bring_the_organization_is_none():
    made = make.make_registration()
    with transaction():
        db.session.add(
            Organization(uscc=made.stated["uscc"], name="先到的", region_code=make.COUNTY, created_at=clock.now())
        )
    with pytest.raises(Taken, match="已经注册"):
        decide(made, "approve", make.make_officer())
    assert case_of(made).state == "submitted"
    assert db.session.scalar(select(func.count()).select_from(OrganizationCapacity)) == 0


def test_officers_decide_at_once_and_one_wins(app):
    """Four officers approve, reject and return one case in one instant (P-16, F-14)."""
    made = make.make_registration()
    officers = [make.make_officer() for _ in range(6)]
    acts = [
        ("approve", {}),
        ("reject", {"remark": "不是本地单位"}),
        ("return", {"remark": "x", "items": [("name", "x")]}),
    ]
    won, lost, errors, together = [], [], [], Barrier(len(officers))

    def run(officer, action, more):
        with app.app_context():
            case = db.session.get_one(Case, made.case_id)
            version = case.version
            together.wait()
            try:
                with transaction():
                    cases.act(case, action, actor=officer, version=version, **more)
                won.append(action)
            except RuleError as refusal:
                lost.append(refusal)
            except Exception as error:
                errors.append(error)

    threads = [Thread(target=run, args=(officer, *acts[place % len(acts)])) for place, officer in enumerate(officers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert errors == []
    assert (len(won), len(lost)) == (1, 5)
    decisions = [step.action for step in case_of(made).steps if step.action != "submit"]
    assert decisions == won
    organizations = db.session.scalar(select(func.count()).select_from(Organization))
    assert organizations == (1 if won == ["approve"] else 0)


def test_a_withdrawn_case_cannot_be_decided():
    made = make.make_registration()
    with transaction():
        registrations.withdraw(registrations.find(made.token))
    with pytest.raises(WrongState):
        decide(made, "approve", make.make_officer())


def test_the_county_is_told_in_the_site():
    officer, other = make.make_officer(), make.make_officer(make.OTHER_COUNTY)
    make.make_registration()
    told = {notice.membership_id for notice in db.session.scalars(select(Notice))}
    assert officer.membership_id in told
    assert other.membership_id not in told


def test_drafts_nobody_submits_are_forgotten_with_their_papers(app, monkeypatch):
    with transaction():
        registrations.draft(make.stated(), make.LICENCE)
    kept = make.make_registration()
    papers = list(db.session.scalars(select(StoredFile)))
    paths = {paper.id: files._path(paper.id) for paper in papers}
    assert all(path.exists() for path in paths.values())
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=6, hours=23))
    registrations.sweep()
    assert db.session.scalar(select(func.count()).select_from(Case)) == 2
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7, hours=1))
    registrations.sweep()
    assert db.session.scalars(select(Case.id)).all() == [kept.case_id]
    left = set(db.session.scalars(select(Attachment.file_id)))
    assert {number for number, path in paths.items() if path.exists()} == left
    assert db.session.scalar(select(func.count()).select_from(CaseStep)) == 1
