"""A stranger brings the PDF: what was issued is genuine, and whatever was done to it afterwards is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from domain.ledger_rules import ReversalReason
from domain.roles import Actor, Role
from models import CreditEntry, Job, Proof, StoredFile, Technician, db
from services import ledger, proof_files, proofs
from services.transaction import transaction
from tests.seal_server import HOLDER, SEAL_NAME, SealServer
from tests.services import result_makers


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def proof(app) -> Proof:
    return issued(app)


def issued(app) -> Proof:
    """The proof of somebody with the credits of one class."""
    with app.app_context():
        city = result_makers.make_city()
        employer = result_makers.make_employer()
        technician_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [technician_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        technician = db.session.get_one(Technician, technician_id)
        with transaction():
            made, _ = proofs.request(
                technician, 2026, actor=Actor(role=Role.TECHNICIAN, name="本人", technician_id=technician_id)
            )
        db.session.refresh(made)
        db.session.expunge(made)
        return made


@pytest.fixture
def paper(app, proof) -> bytes:
    with app.app_context():
        return proofs.paper(proof)


def bring(client, document: bytes):
    """Send the form by hand: the test client would leave a temporary file open for a large one."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    kind = "multipart/form-data; boundary=x"
    return client.post("/verify/file", data=head + document + b"\r\n--x--\r\n", content_type=kind)


def test_what_was_issued_is_genuine(client, proof, paper):
    answer = bring(client, paper)
    assert answer.status_code == 200
    for words in (
        "文件真实，有效",
        "逐字节一致",
        "完好，覆盖整个文件",
        "开发用证书",
        "不具法律效力",
        f"/v/{proof.code}",
    ):
        assert words in answer.text
    assert "SM2" not in answer.text


def test_a_paper_with_a_seal_says_which(app, client, tmp_path):
    server = SealServer(tmp_path)
    app.extensions["settings"] = replace(app.extensions["settings"], seal_service=server.settings())
    try:
        proof = issued(app)
    finally:
        server.close()
    with app.app_context():
        paper = proofs.paper(proof)
    answer = bring(client, paper)
    for words in ("文件真实，有效", "完好，覆盖整个文件", SEAL_NAME, f"签章人：{HOLDER}", "SM2 签名核对无误"):
        assert words in answer.text
    assert "文件已被改动" in bring(client, paper.replace(b"/v/", b"/w/", 1)).text
    assert "文件末尾被追加了" in bring(client, paper + b"%").text


def test_without_its_seal_no_paper_is_issued(app, tmp_path):
    server = SealServer(tmp_path)
    app.extensions["settings"] = replace(app.extensions["settings"], seal_service=server.settings())
    server.close()
    proof = issued(app)
    assert proof.file_id is None
    with app.app_context():
        failed = db.session.scalar(select(Job).where(Job.kind == "proof"))
        assert failed.state == "failed" and "电子签章服务暂时没有应答" in failed.message


@pytest.mark.parametrize("place", [200, 30_000, 60_000, -10])
def test_one_flipped_bit_is_told(client, paper, place):
    changed = bytearray(paper)
    changed[place] ^= 1
    answer = bring(client, bytes(changed))
    assert "文件已被改动" in answer.text
    assert "有 1 个字节与原件不同" in answer.text
    assert f"从第 {place % len(paper) + 1:,} 个字节起不同" in answer.text
    assert "文件真实" not in answer.text


def test_an_incremental_update_is_told(client, paper):
    answer = bring(client, paper + b"\n9 0 obj<<>>endobj\n%%EOF\n")
    for words in ("文件已被改动", "追加了 25 字节", "增量更新"):
        assert words in answer.text


def test_a_file_saved_anew_is_told(client, paper):
    answer = bring(client, paper.replace(b"%PDF-1.7", b"%PDF-1.4\n%x"))
    assert "长度变了" in answer.text
    assert "文件已被改动" in answer.text


def test_a_file_cut_short_is_told(client, paper):
    assert "文件不完整" in bring(client, paper[:-5]).text


def test_what_was_taken_back_is_red_with_its_reason(app, client, proof, paper):
    with app.app_context(), transaction():
        entry = db.session.scalars(select(CreditEntry).where(CreditEntry.technician_id == proof.technician_id)).first()
        ledger.reverse(entry, reason=ReversalReason.WRONG_ENTRY, remark="录入错误", actor=_other_officer())
    answer = bring(client, paper)
    assert answer.status_code == 200
    for words in ("文件真实，内容已变更", "tone-danger", "冲销"):
        assert words in answer.text


def _other_officer() -> Actor:
    return Actor(role=Role.COUNTY_OFFICER, name="另一人", account_id=None, region_code=result_makers.COUNTY)


def test_a_file_of_others_and_a_code_never_issued_get_the_same_answer(client, proof, paper):
    other = proof.code[:-1] + ("0" if proof.code[-1] != "0" else "1")
    answers = [
        bring(client, b"%PDF-1.7\nnothing of ours"),
        bring(client, paper.replace(proof.code.encode(), other.encode())),
        bring(client, b"%PDF-1.7\n" + proof.number.encode()),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text.split("核验时间")[0] for answer in answers}) == 1
    assert proof.number not in answers[2].text


def test_the_upload_tells_no_more_than_the_code_does(client, proof, paper):
    """Neither the whole name nor anything else of the person that the page of the code does not say."""
    answer = bring(client, paper)
    facts = proofs.ProofFacts.from_json(proof.facts)
    assert facts.person.name not in answer.text
    assert facts.employer not in answer.text


@pytest.mark.parametrize(
    ("document", "said"), [(b"", "PDF"), (b"PK\x03\x04", "不是 PDF"), (b"%PDF-" + b"0" * (5 * 2**20), "超过 5 MB")]
)
def test_what_cannot_be_a_proof_is_refused_at_the_field(client, document, said):
    answer = bring(client, document)
    assert answer.status_code == 422
    assert said in answer.text


def test_without_a_file_the_field_says_so(client):
    answer = client.post("/verify/file", data={})
    assert answer.status_code == 422
    assert "请选择要核验的 PDF 文件" in answer.text


def test_a_large_body_is_not_taken_in(client):
    assert bring(client, b"%PDF-" + b"0" * (7 * 2**20)).status_code == 413


@pytest.fixture
def kept(app) -> Iterator[list[int]]:
    """How many files there are, in the table and on the disk."""

    def count() -> list[int]:
        with app.app_context():
            rows = db.session.scalar(select(func.count()).select_from(StoredFile)) or 0
        folder: Path = app.extensions["settings"].instance / "files"
        return [rows, sum(each.is_file() for each in folder.rglob("*"))]

    yield count  # type: ignore[misc]


def test_nothing_of_the_upload_is_kept(client, paper, kept):
    before = kept()
    bring(client, paper)
    bring(client, paper + b"more")
    bring(client, b"%PDF-1.7 strange")
    assert kept() == before


def test_who_brings_file_after_file_has_to_wait(client):
    answers = [bring(client, b"%PDF-1.7 strange").status_code for _ in range(32)]
    assert (answers[0], answers[-1]) == (404, 429)
    assert "次数过多" in bring(client, b"%PDF-1.7 strange").text


def test_right_files_are_counted_too(app, client, paper, monkeypatch):
    from services import throttle

    few = throttle.Purpose(address=throttle.Limit(free=2, first_wait=throttle._WINDOW, refuse_from=2))
    monkeypatch.setitem(throttle.PURPOSES, "verification_file", few)
    assert [bring(client, paper).status_code for _ in range(4)] == [200, 200, 429, 429]


def test_a_proof_replaced_before_it_was_printed_has_no_file(app, client, proof, paper):
    with app.app_context(), transaction():
        db.session.execute(update(Proof).where(Proof.id == proof.id).values(state="superseded", file_id=None))
    answer = bring(client, paper)
    assert "没有签发过这份文件" in answer.text


def test_the_page_offers_both_ways(client):
    page = client.get("/verify").text
    assert 'enctype="multipart/form-data"' in page
    assert f"{proof_files.MOST_BYTES // 2**20} MB" in page


@pytest.mark.parametrize("typed", ["{0} ", "核验码：{0}", "http://localhost/v/{0}?x=1"])
def test_a_code_is_found_however_it_was_pasted(client, proof, typed):
    answer = client.get("/verify", query_string={"code": typed.format(proof.code)})
    assert (answer.status_code, answer.location) == (303, f"/v/{proof.code}")


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("3ZCY SSE0", "核验码共 26 位，您输入了 8 位"),
        ("JHJX-2026-00000003", "这是证明编号"),
        ("U" * 26, "没有字母 U"),
        ("", "二维码下面的核验码"),
    ],
)
def test_what_cannot_be_a_code_is_said_before_it_is_looked_for(client, typed, advice):
    answer = client.get("/verify", query_string={"code": typed})
    assert answer.status_code == 422
    assert advice in answer.text


def test_a_file_far_too_large_is_refused_on_the_same_page(client):
    answer = bring(client, b"%PDF-1.7\n" + bytes(proof_files.MOST_BYTES + 2 * 2**20))
    assert answer.status_code == 413
    for words in (proof_files.TOO_LARGE, "核验码", "上传并比对"):
        assert words in answer.text
