"""An employer asks to be admitted, from the empty form to the account, as a browser without JavaScript does it."""

import io
import re

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from domain.roles import Actor, Role
from models import Case, EmployerRegistration, Organization, StoredFile, db
from services import cases
from services.transaction import transaction
from tests import account_makers as make
from tests.conftest import Browser

OFFICER = Actor(role=Role.COUNTY_OFFICER, name="胡建国", region_code=make.COUNTY)


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(out, "JPEG")
    return out.getvalue()


def half_a_photo() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).save(out, "JPEG")
    return out.getvalue()[:-4000]


def fill(client: Browser, path="/register", *, data=None, file_name="执照.jpg", paper=photo, **changes):
    values = {**(data or make.stated()), "declaration": "y", **changes}
    if paper is not None:
        values["licence"] = (io.BytesIO(paper() if callable(paper) else paper), file_name)
    return client.post(path, data=values)


@pytest.fixture
def token(app: Flask, client: Browser) -> str:
    answer = fill(client)
    assert answer.status_code == 303, answer.text
    return answer.location.split("/")[2]


def test_from_the_form_to_the_account(app, client):
    stated = make.stated()
    answer = fill(client, data=stated)
    check = client.get(answer.location)
    for value in (stated["uscc"], stated["name"], "永康市", "13812345678", "执照.jpg"):
        assert value in check.text
    token = answer.location.split("/")[2]
    done = client.get(client.post(f"/register/{token}/submit").location)
    assert re.search(r"ZC330784-\d{8}-0001", done.text)
    assert re.search(r"承诺在 \d+年\d+月\d+日 前办结", done.text)
    assert f"http://127.0.0.1:5000/register/{token}" in done.text
    assert client.get(f"/register/{token}/done").status_code == 200
    assert "待审核" in client.get(f"/register/{token}").text
    with app.app_context():
        case = db.session.scalars(select(Case)).one()
        case_id, number = case.id, case.number
        officer = make.make_officer()
        with transaction():
            cases.act(case, "approve", actor=officer)
    page = client.get(f"/register/{token}")
    assert "审核已通过" in page.text
    assert number in page.text
    with app.app_context():
        bodies = make.letters_to(stated["contact_email"])
        path = next(make.link_in(body) for body in bodies if "/activate/" in body)
        assert db.session.get_one(EmployerRegistration, case_id).organization_id is not None
    activated = client.post(
        path,
        data={
            "name": "程丽君",
            "id_type": "resident_id",
            "id_number": make.id_number(),
            "password": "quiet river stone",
            "own": "y",
        },
    )
    assert activated.status_code == 303
    assert stated["name"] in client.get("/account").text


def test_every_fault_is_said_at_once_and_nothing_is_kept(app, client):
    empty = dict.fromkeys(("name", "region_code", "address", "contact_name", "declaration"), "")
    answer = fill(client, paper=None, uscc="123", contact_phone="1", contact_email="x", **empty)
    assert answer.status_code == 422
    for sentence in (
        "统一社会信用代码应为18位，现为3位",
        "请填写单位名称",
        "请选择所在县（市、区）",
        "请填写单位地址",
        "请填写姓名",
        "手机号码应为11位",
        "电子邮箱格式不正确",
        "请上传营业执照",
        "请勾选承诺",
    ):
        assert answer.text.count(sentence) == 2, sentence
    assert "<title>错误：" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 0


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("执照.jpg", b"", "文件是空的"),
        ("执照.jpg", b"<svg onload=alert(1)>", "文件类型不符"),
        ("执照.pdf", b"MZ\x90\x00" + b"x" * 100, "文件类型不符"),
        ("执照.jpg", b"\xff\xd8\xff\xe0" + b"x" * 100, "图片已损坏"),
        ("执照.jpg", half_a_photo(), "图片已损坏"),
        ("执照.html", b"<html><script>x</script></html>", "文件类型不符"),
    ],
)
def test_a_paper_is_judged_by_its_content(app, client, name, data, sentence):
    answer = fill(client, paper=data, file_name=name)
    assert answer.status_code == 422
    assert sentence in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_file_that_has_to_be_chosen_again_is_spoken_of(client):
    answer = fill(client, contact_phone="1")
    assert "更正后请重新选择文件" in answer.text


def test_an_upload_beyond_the_limit_is_refused_before_it_is_read(client):
    answer = client.post(
        "/register",
        data=b"--x",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(61 * 1024 * 1024)},
    )
    assert answer.status_code == 413
    assert "文件太大" in answer.text


@pytest.mark.parametrize("field", ["name", "address", "contact_name"])
def test_signs_of_html_are_text(app, client, field):
    payload = "<img src=x onerror=alert(1)>"
    answer = fill(client, **{field: payload})
    page = client.get(answer.location).text if answer.status_code == 303 else answer.text
    assert payload not in page
    assert "&lt;img" in page


def test_a_region_that_is_none_is_refused(client):
    for code in ("330100", "330700", "330000", "x"):
        assert fill(client, region_code=code).status_code == 422


def test_an_organization_that_asked_or_is_in_is_told(app, client):
    with app.app_context():
        made = make.make_registration()
    answer = fill(client, uscc=made.stated["uscc"])
    assert answer.status_code == 422
    assert "正在审核中" in answer.text
    with app.app_context(), transaction():
        cases.act(db.session.get_one(Case, made.case_id), "approve", actor=OFFICER)
    assert "该单位已经注册" in fill(client, uscc=made.stated["uscc"].lower()).text


def test_a_draft_is_corrected_before_it_is_submitted(client, token):
    form = client.get(f"/register/{token}/edit")
    assert "执照.jpg" in form.text
    assert fill(client, f"/register/{token}/edit", paper=None, name="").status_code == 422
    fixed = fill(client, f"/register/{token}/edit", paper=None, address="永康市新地址8号")
    assert fixed.status_code == 303
    assert "永康市新地址8号" in client.get(fixed.location).text


def test_a_supplement_stands_beside_its_fields_and_is_answered(app, client, token):
    client.post(f"/register/{token}/submit")
    with app.app_context():
        case = db.session.scalars(select(Case)).one()
        with transaction():
            cases.act(
                case,
                "return",
                actor=OFFICER,
                remark="共 2 项",
                items=[("address", "请写明门牌号"), ("licence", "照片不清晰")],
            )
    page = client.get(f"/register/{token}")
    assert "一次性补正告知：共 2 项" in page.text
    form = client.get(f"/register/{token}/edit")
    assert "需补正：请写明门牌号" in form.text
    assert "需补正：照片不清晰" in form.text
    with app.app_context():
        kept = db.session.scalars(select(EmployerRegistration)).one()
        stated = {key: getattr(kept, key) for key in make.stated()}
    answer = fill(
        client, f"/register/{token}/edit", data={**stated, "address": "永康市金都路8号"}, file_name="新执照.jpg"
    )
    assert answer.status_code == 303
    assert client.post(f"/register/{token}/submit").status_code == 303
    assert "补正后重新提交" in client.get(f"/register/{token}").text


def test_a_submitted_application_is_withdrawn_once(client, token):
    client.post(f"/register/{token}/submit")
    assert client.get(f"/register/{token}/edit").location == f"/register/{token}"
    assert fill(client, f"/register/{token}/edit").status_code == 409
    assert client.post(f"/register/{token}/submit").status_code == 409
    client.post(f"/register/{token}/withdraw")
    assert "已撤回" in client.get(f"/register/{token}").text
    second = client.post(f"/register/{token}/withdraw", follow_redirects=True)
    assert "不能撤回申请" in second.text


def test_a_double_click_submits_once(app, client, token):
    answers = [client.post(f"/register/{token}/submit").status_code for _ in range(2)]
    assert answers == [303, 409]
    with app.app_context():
        assert len(db.session.scalars(select(Case)).one().steps) == 1


def test_a_link_of_nobody_is_not_there(client, token):
    for wrong in (token[:-1], token + "0", "x", token.upper()):
        for path in ("", "/edit", "/check", "/done", "/licence"):
            assert client.get(f"/register/{wrong}{path}").status_code == 404
        assert client.post(f"/register/{wrong}/submit").status_code == 404
        assert client.post(f"/register/{wrong}/withdraw").status_code == 404


def test_the_private_page_is_kept_by_nobody(client, token):
    for path in (f"/register/{token}/check", f"/register/{token}/licence"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_the_paper_comes_back_as_a_file(client, token):
    answer = client.get(f"/register/{token}/licence")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E6%89%A7")
    assert Image.open(io.BytesIO(answer.data)).size == (40, 30)


def test_one_address_cannot_fill_the_disk(client):
    statuses = [fill(client).status_code for _ in range(21)]
    assert statuses == [303] * 20 + [422]
    with client.application.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organization)) == 0
