"""The account's own page: password, phone, sessions; and the bell, the papers and the jobs of an account."""

import pytest
from sqlalchemy import select

from domain.roles import CITY, Role
from models import Account, Attachment, Job, Membership, Notice, UserSession, db
from services import clock, notices
from services.transaction import transaction
from tests import account_makers as make

NEW = "another quiet river"


@pytest.fixture
def clerk(app):
    with app.app_context():
        return make.make_clerk(login_name="clerk@example.com")


def test_a_new_password_needs_the_present_one_and_ends_the_other_sessions(app, client, clerk):
    other = app.test_client()
    client.sign_in(clerk.account_id)
    other.sign_in(clerk.account_id)
    refused = client.post("/account/password", data={"current": "wrong", "password": NEW})
    assert refused.status_code == 422
    assert "当前密码不正确" in refused.text
    assert other.get("/account").status_code == 200
    answer = client.post("/account/password", data={"current": make.PASSWORD, "password": NEW})
    assert (answer.status_code, answer.location) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    fresh = app.test_client()
    sign_in = {"identifier": "clerk@example.com", "password": NEW}
    assert fresh.post("/sign-in", data=sign_in).status_code == 303
    assert fresh.post("/sign-in", data={**sign_in, "password": make.PASSWORD}).status_code == 422


def test_the_present_password_cannot_be_guessed_here(client, clerk):
    client.sign_in(clerk.account_id)
    texts = [client.post("/account/password", data={"current": "x", "password": NEW}).text for _ in range(5)]
    assert "尝试次数过多" in texts[-1]


def test_a_weak_password_is_refused_with_every_reason(client, clerk):
    client.sign_in(clerk.account_id)
    answer = client.post("/account/password", data={"current": make.PASSWORD, "password": "jinhua"})
    assert answer.status_code == 422
    assert "密码至少10位" in answer.text
    assert "“jinhua”" in answer.text


def test_a_phone_to_sign_in_with_is_set_and_taken_away(app, client, clerk):
    client.sign_in(clerk.account_id)
    data = {"phone-phone": "138-1234-5678", "phone-current": make.PASSWORD}
    assert client.post("/account/phone", data={**data, "phone-current": "x"}).status_code == 422
    assert client.post("/account/phone", data={**data, "phone-phone": "0579-82345678"}).status_code == 422
    assert client.post("/account/phone", data=data).status_code == 303
    other = app.test_client()
    sign_in = {"identifier": "13812345678", "password": make.PASSWORD}
    assert other.post("/sign-in", data=sign_in).status_code == 303
    assert client.post("/account/phone", data={**data, "phone-phone": ""}).status_code == 303
    assert app.test_client().post("/sign-in", data=sign_in).status_code == 422


def test_sessions_are_listed_and_ended_but_only_ones_own(app, client, clerk):
    with app.app_context():
        stranger = make.make_clerk()
    other, foreign = app.test_client(), app.test_client()
    client.sign_in(clerk.account_id)
    other.sign_in(clerk.account_id)
    foreign.sign_in(stranger.account_id)
    assert client.get("/account").text.count("登录，最近使用") == 2
    with app.app_context():
        rows = db.session.execute(select(UserSession.id, UserSession.account_id).order_by(UserSession.id)).all()
    foreign_id = next(row.id for row in rows if row.account_id == stranger.account_id)
    client.post(f"/account/sessions/{foreign_id}/end")
    assert foreign.get("/account").status_code == 200
    client.post(f"/account/sessions/{rows[1].id}/end")
    assert other.get("/account").status_code == 303
    other.sign_in(clerk.account_id)
    client.post("/account/sessions/end")
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


# --- the bell ---------------------------------------------------------------------------------------------------------


def tell(app, membership_id, link="/operators"):
    with app.app_context(), transaction():
        db.session.add(
            Notice(membership_id=membership_id, title="备案已审核", body="已审核", link=link, created_at=clock.now())
        )


def test_a_notice_is_read_when_it_is_opened(app, client, clerk):
    tell(app, clerk.membership_id)
    client.sign_in(clerk.account_id)
    page = client.get("/notices")
    assert "备案已审核" in page.text
    assert '<span class="count">1</span>' in page.text
    with app.app_context():
        notice_id = db.session.scalar(select(Notice.id))
    assert client.post(f"/notices/{notice_id}").location == "/operators"
    assert '<span class="count">' not in client.get("/notices").text
    assert "没有未读通知" in client.get("/notices?unread=1").text


def test_looking_at_the_list_reads_nothing(app, client, clerk):
    tell(app, clerk.membership_id)
    client.sign_in(clerk.account_id)
    client.get("/notices")
    with app.app_context():
        assert notices.unread_count(clerk.membership_id) == 1
    assert client.post("/notices/read").status_code == 303
    with app.app_context():
        assert notices.unread_count(clerk.membership_id) == 0


def test_a_notice_of_another_capacity_is_not_there(app, client, clerk):
    with app.app_context():
        other = make.make_clerk()
    tell(app, other.membership_id)
    client.sign_in(clerk.account_id)
    assert "备案已审核" not in client.get("/notices").text
    with app.app_context():
        notice_id = db.session.scalar(select(Notice.id))
    assert client.post(f"/notices/{notice_id}").status_code == 404
    client.post("/notices/read")
    with app.app_context():
        assert notices.unread_count(other.membership_id) == 1


def test_a_notice_leads_to_no_other_site(app, client, clerk):
    tell(app, clerk.membership_id, link="//evil.example")
    client.sign_in(clerk.account_id)
    with app.app_context():
        notice_id = db.session.scalar(select(Notice.id))
    assert client.post(f"/notices/{notice_id}").location == "/notices"


# --- papers and jobs --------------------------------------------------------------------------------------------------


def test_a_paper_is_open_to_whoever_may_know_of_its_case(app, client):
    with app.app_context():
        make.make_registration()
        attachment_id = db.session.scalar(select(Attachment.id))
        own = make.make_officer()
        strangers = [make.make_officer(make.OTHER_COUNTY), make.make_clerk()]
        others = [make.make_officer(CITY), make.make_account(Role.AUDITOR, region_code=CITY)]
    for actor in (own, *others):
        client.sign_in(actor.account_id)
        answer = client.get(f"/files/{attachment_id}")
        assert answer.status_code == 200
        assert answer.data == make.LICENCE.data
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    for actor in strangers:
        client.sign_in(actor.account_id)
        assert client.get(f"/files/{attachment_id}").status_code == 404
        assert client.get(f"/files/{attachment_id}/original").status_code == 404
    assert app.test_client().get(f"/files/{attachment_id}").status_code == 303


def test_the_progress_of_a_job_is_its_owners(app, client, clerk):
    with app.app_context():
        other = make.make_clerk()
        with transaction():
            now = clock.machine_now()
            job = Job(
                kind="staff_check", state="running", membership_id=clerk.membership_id, done=3, total=10,
                created_at=now, heartbeat_at=now,
            )  # fmt: skip
            db.session.add(job)
            db.session.flush()
            job_id = job.id
    client.sign_in(clerk.account_id)
    page = client.get(f"/jobs/{job_id}")
    assert "已处理 3 / 10（30%）" in page.text
    piece = client.get(f"/jobs/{job_id}", headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    assert 'hx-trigger="every 1s"' in piece.text
    with app.app_context(), transaction():
        job = db.session.get_one(Job, job_id)
        job.state, job.result = "done", {"url": "/staff/import/1", "label": "查看"}
    done = client.get(f"/jobs/{job_id}", headers={"HX-Request": "true"})
    assert "hx-trigger" not in done.text
    assert 'href="/staff/import/1"' in done.text
    client.sign_in(other.account_id)
    assert client.get(f"/jobs/{job_id}").status_code == 404


# --- operators --------------------------------------------------------------------------------------------------------


def test_an_invitation_shows_its_link_to_nobody(app, client, clerk):
    client.sign_in(clerk.account_id)
    data = {"name": "王二", "email": "Second@Example.com", "role": "employer_manager"}
    answer = client.post("/operators", data=data, follow_redirects=True)
    assert "待启用" in answer.text
    with app.app_context():
        path = make.link_in(make.letters_to("second@example.com")[0])
        membership_id = db.session.scalars(select(Membership.id).order_by(Membership.id.desc())).first()
    for page in ("/operators", "/notices", "/account"):
        assert path.rsplit("/", 1)[-1] not in client.get(page).text
    assert client.post(f"/operators/{membership_id}/resend").status_code == 303
    assert client.get(path).status_code == 404


def test_an_invitation_is_refused_with_a_sentence_at_the_field(app, client, clerk):
    client.sign_in(clerk.account_id)
    for data, sentence in (
        ({"name": "", "email": "x", "role": ""}, "请填写姓名"),
        (
            {"name": "王二", "email": "clerk@example.com", "role": "employer_manager"},
            "一个账号在同一单位只能有一个身份",
        ),
        ({"name": "王二", "email": "a@example.com", "role": "county_officer"}, "选择"),
    ):
        answer = client.post("/operators", data=data)
        assert answer.status_code == 422
        assert sentence in answer.text
    with app.app_context():
        assert db.session.scalars(select(Account.login_name)).all() == ["clerk@example.com"]


def test_removing_the_last_clerk_or_oneself_is_refused(app, client, clerk):
    with app.app_context():
        manager = make.make_manager(clerk.organization_id)
    client.sign_in(manager.account_id)
    refused = client.post(f"/operators/{clerk.membership_id}/end")
    assert refused.status_code == 409
    assert "最后一名经办人" in refused.text
    client.sign_in(clerk.account_id)
    assert client.post(f"/operators/{clerk.membership_id}/end").status_code == 409
    assert client.post(f"/operators/{manager.membership_id}/end").status_code == 303
    client.sign_in(manager.account_id)
    assert client.get("/operators").status_code == 303
