"""What a production site does otherwise than a test or a demo: it refuses an unsafe start and guards its cookies."""

import secrets

import pytest
from sqlalchemy import select

import config
from domain.roles import Role
from models import Account, UserSession, db
from services import accounts
from services.transaction import transaction
from tests import applications
from tests.filing_makers import COUNTY, make_account
from tests.views import world

HOST = "jx.example.gov.cn"
SAFE = {
    "WUXUE_ENV": "production",
    "WUXUE_BASE_URL": f"https://{HOST}",
    "WUXUE_SECRET_KEY": secrets.token_hex(32),
    "WUXUE_FIELD_KEY": secrets.token_hex(32),
    "WUXUE_INDEX_KEY": secrets.token_hex(32),
    "WUXUE_CLOCK_START": "",
}


TOKEN = {f"WUXUE_SIGNING_PKCS11_{part}": "x" for part in ("MODULE", "TOKEN", "KEY", "PIN_FILE")}
SEAL = {
    "WUXUE_SIGNING_FILE": "office.p12",
    "WUXUE_SEAL_URL": "https://seal.example.gov.cn/",
    "WUXUE_SEAL_KEY": "xuefen",
    "WUXUE_SEAL_CERTIFICATE_FILE": "seal.pem",
    "WUXUE_SEAL_SECRET_FILE": "seal.secret",
}


@pytest.fixture
def settings(settings):
    return {**settings, **SAFE}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"WUXUE_ENV": "prod"}, "WUXUE_ENV"),
        ({"WUXUE_SECRET_KEY": ""}, "WUXUE_SECRET_KEY"),
        ({"WUXUE_SECRET_KEY": "short"}, "WUXUE_SECRET_KEY"),
        ({"WUXUE_FIELD_KEY": ""}, "WUXUE_FIELD_KEY"),
        ({"WUXUE_FIELD_KEY": "zz" * 32}, "WUXUE_FIELD_KEY"),
        ({"WUXUE_FIELD_KEY": "11" * 32}, "WUXUE_FIELD_KEY"),
        ({"WUXUE_INDEX_KEY": "ab" * 31}, "WUXUE_INDEX_KEY"),
        ({"WUXUE_INDEX_KEY": SAFE["WUXUE_FIELD_KEY"]}, "not the same"),
        ({"WUXUE_BASE_URL": ""}, "WUXUE_BASE_URL"),
        ({"WUXUE_BASE_URL": f"http://{HOST}"}, "WUXUE_BASE_URL"),
        ({"WUXUE_CLOCK_START": "2026-06-15T09:00:00+08:00"}, "WUXUE_CLOCK_START"),
        ({**TOKEN, "WUXUE_SIGNING_PKCS11_PIN_FILE": ""}, "WUXUE_SIGNING_PKCS11_PIN_FILE"),
        ({**TOKEN, "WUXUE_SIGNING_FILE": "office.p12"}, "not both"),
        ({**SEAL, "WUXUE_SEAL_URL": "http://seal.example.gov.cn/"}, "WUXUE_SEAL_URL"),
        ({**SEAL, "WUXUE_SEAL_SECRET_FILE": ""}, "WUXUE_SEAL_SECRET_FILE"),
        ({**SEAL, "WUXUE_SIGNING_FILE": ""}, "WUXUE_SIGNING_FILE"),
    ],
)
def test_an_unsafe_start_is_refused_and_the_message_names_no_key(settings, changes, named):
    with pytest.raises(config.UnsafeConfiguration, match=named) as refused:
        config.load({**settings, **changes})
    assert not [key for name, key in {**SAFE, **changes}.items() if "KEY" in name and key and key in str(refused.value)]


def test_a_key_in_hardware_or_a_file_stands_beside_a_seal_service(settings):
    found = config.load({**settings, **SEAL})
    assert found.seal_service is not None and found.signing_file is not None
    found = config.load({**settings, **SEAL, **TOKEN, "WUXUE_SIGNING_FILE": ""})
    assert found.seal_service is not None and found.signing_token is not None


def test_nothing_is_said_of_the_environment_that_is_not_set(settings, monkeypatch):
    """Production is what one gets without asking for anything else."""
    monkeypatch.delenv("WUXUE_ENV", raising=False)
    given = {name: value for name, value in settings.items() if name != "WUXUE_ENV"}
    assert config.load(given).is_production


def test_a_debugging_start_is_refused(settings, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(config.UnsafeConfiguration, match="FLASK_DEBUG"), applications.alone(settings):
        pass


def test_the_session_is_kept_to_this_site_over_https(app, client):
    with app.app_context():
        person = make_account(Role.COUNTY_OFFICER, region_code=COUNTY)
        with transaction():
            account = db.session.get_one(Account, person.account_id)
            account.password_hash = accounts.hash_password(world.PASSWORD)
            name = account.login_name
    page = client.get("/sign-in", base_url=f"https://{HOST}")
    secret = {"identifier": name, "password": world.PASSWORD, "csrf_token": ""}
    signed_in = client.post("/sign-in", data=secret, base_url=f"https://{HOST}")
    assert signed_in.headers["Location"] == "/bureau"
    signed_out = client.post("/sign-out", base_url=f"https://{HOST}")
    shown = client.post("/display", data={"theme": "dark"}, headers={"Sec-Fetch-Site": "same-origin"},
                        base_url=f"https://{HOST}")  # fmt: skip
    answers = (page, signed_in, signed_out, shown)
    cookies = [value for answer in answers for value in answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 3
    for cookie in cookies:
        name, *attributes = cookie.split("; ")
        # The choice of colours is nobody's secret.
        assert name.startswith(("__Host-", "theme="))
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
        assert not any(attribute.startswith("Domain") for attribute in attributes)
    with app.app_context():
        hashes = db.session.scalars(select(UserSession.token_hash)).all()
    assert not [each for each in hashes if any(each in cookie for cookie in cookies)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"path": "/"}, 200),
        ({"path": "/me"}, 303),
        ({"path": "/nowhere"}, 404),
        ({"path": "/static/site.css"}, 404),
        ({"path": "/", "method": "PUT"}, 405),
        ({"path": "/sign-in", "method": "POST", "data": {"identifier": "x" * 3_000_000}}, 413),
    ],
)
def test_every_answer_asks_for_https_from_now_on(client, sent, status):
    answer = client.open(**sent, base_url=f"https://{HOST}")
    assert answer.status_code == status
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "evil.example", f"{HOST}.evil.example", f"evil{HOST}"])
def test_the_site_has_one_name_and_uses_no_other(client, host):
    answer = client.get("/", base_url=f"https://{host}")
    assert answer.status_code == 400
    assert host not in answer.text
    assert host not in str(answer.headers)


def test_an_error_tells_a_number_and_nothing_of_the_inside(app, client, monkeypatch):
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "public.home", _fails(app.view_functions["public.home"]))
    answer = client.get("/", base_url=f"https://{HOST}")
    assert answer.status_code == 500
    assert "错误代码" in answer.text
    for inside in ("Traceback", "ZeroDivisionError", ".py", "sqlalchemy"):
        assert inside not in answer.text


def _fails(view):
    def failing():
        raise ZeroDivisionError

    failing.access = view.access
    return failing
