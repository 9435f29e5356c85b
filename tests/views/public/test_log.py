"""The public log as anybody sees it, and the program that checks it on somebody else's machine."""

import hashlib
import importlib.util
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import insert, select

from config import ROOT
from domain import merkle
from domain.roles import Actor, Role
from models import LogHead, LogLeaf, Proof, Technician, db
from services import clock, log_sealing, proofs
from services.transaction import transaction
from tests.conftest import Browser
from tests.services import result_makers


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def proof(app_context: None) -> Proof:
    """A proof that was issued today."""
    city, employer = result_makers.make_city(), result_makers.make_employer()
    technician_id = result_makers.make_people(city, employer, 1)[0]
    report = result_makers.make_report(city, employer, [technician_id])
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    person = db.session.get_one(Technician, technician_id)
    with transaction():
        made, _ = proofs.request(
            person, 2026, actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
        )
    db.session.expire_all()
    return made


def next_day() -> LogHead:
    with transaction():
        clock.advance(1)
    day = log_sealing.seal()
    assert day is not None
    return db.session.get_one(LogHead, day)


def test_a_stranger_goes_from_a_proof_to_its_place_in_the_log(client: Browser, proof: Proof) -> None:
    code = proof.code
    page = client.get(f"/v/{code}").get_data(as_text=True)
    assert "签发证明" in page
    assert "将列入下一个签名日志头" in page
    head = next_day()
    page = client.get(f"/v/{code}").get_data(as_text=True)
    assert "已列入" in page
    place = page.split('href="/log/leaves/')[1].split('"')[0].replace("&amp;", "&")
    leaf = client.get(f"/log/leaves/{place}").get_data(as_text=True)
    stored = db.session.scalars(select(LogLeaf).where(LogLeaf.kind == "issued")).one()
    for wanted in (merkle.leaf_hash(stored.content.encode()).hex(), head.root):
        assert wanted in leaf


def test_the_pages_of_the_log_open_before_and_after_the_first_head(client: Browser, proof: Proof) -> None:
    assert "还没有签名的日志头" in client.get("/log").get_data(as_text=True)
    assert client.get("/log/latest.txt").status_code == 404
    head = next_day()
    assert head.root in client.get("/log").get_data(as_text=True)
    assert client.get("/log/latest.txt").get_data(as_text=True) == head.note
    assert client.get(f"/log/heads/{head.day}.txt").get_data(as_text=True) == head.note
    assert client.get("/log/key.txt").get_data(as_text=True).strip() == head.key
    assert "签发证明" in client.get(f"/log/heads/{head.day}").get_data(as_text=True)
    assert client.get("/log/heads/2020-01-01").status_code == 404
    assert client.get("/log/heads/tomorrow").status_code == 404
    assert client.get(f"/log/leaves/{head.size}").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/log/inclusion.json?position=&size=1",
        "/log/inclusion.json?position=0&size=99999",
        "/log/inclusion.json?position=-1&size=1",
        "/log/inclusion.json?position=%D9%A3&size=1",
        "/log/consistency.json?old=0&new=1",
        "/log/consistency.json?old=2&new=1",
        "/log/consistency.json?old=1&new=" + "9" * 40,
    ],
)
def test_what_is_not_in_the_log_is_not_proved(client: Browser, proof: Proof, address: str) -> None:
    next_day()
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.get_json()["error"]


def test_the_proofs_for_programs_hold(client: Browser, proof: Proof) -> None:
    first = next_day()
    with transaction():
        db.session.execute(insert(LogLeaf), [_leaf(number) for number in range(300)])
    second = next_day()
    told = client.get("/log/leaves.json?start=0").get_json()
    assert told["size"] == second.size == len(told["leaves"])
    for leaf in told["leaves"][::37]:
        found = client.get(f"/log/inclusion.json?position={leaf['position']}&size={second.size}").get_json()
        path = [bytes.fromhex(step) for step in found["path"]]
        hashed = merkle.leaf_hash(leaf["content"].encode())
        assert merkle.is_included(hashed, leaf["position"], second.size, path, bytes.fromhex(second.root))
    path = client.get(f"/log/consistency.json?old={first.size}&new={second.size}").get_json()["path"]
    roots = bytes.fromhex(first.root), bytes.fromhex(second.root)
    assert merkle.is_consistent(first.size, roots[0], second.size, roots[1], [bytes.fromhex(step) for step in path])


def _leaf(number: int) -> dict[str, Any]:
    # A proof of this id was never issued; only the tree is looked at here.
    return {"kind": "issued", "proof_id": number, "content": f'{{"n":{number}}}', "recorded_at": clock.now()}


# --- the program ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def program() -> ModuleType:
    """The program as it is handed out."""
    found = importlib.util.spec_from_file_location("log_check", ROOT / "reference" / "log_check.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def check(program: ModuleType, client: Browser, **given: Any) -> tuple[int, str]:
    said: list[str] = []

    def fetch(path: str) -> Any:
        answer = client.get(path).get_json()
        return given["bend"](path, answer) if "bend" in given else answer

    problems = program.check(fetch, given.get("kept", []), given.get("proof"), said.append)
    return problems, "\n".join(said)


def test_the_program_finds_nothing_wrong_with_a_right_log_and_finds_the_proof(
    client: Browser, proof: Proof, program: ModuleType
) -> None:
    paper = hashlib.sha256(proofs.paper(proof)).hexdigest()
    first = next_day()
    next_day()
    problems, said = check(program, client, kept=[("kept.txt", first.note)], proof=paper)
    assert problems == 0, said
    assert "签发" in said
    assert check(program, client, proof="0" * 64)[0] == 1


def other_content(path: str, answer: Any) -> Any:
    if path.startswith("/log/leaves.json") and answer["leaves"]:
        answer["leaves"][0]["content"] = "{}"
    return answer


def other_size(path: str, answer: Any) -> Any:
    if path == "/log/heads.json":
        answer["heads"][-1]["size"] -= 1
    return answer


def other_text(path: str, answer: Any) -> Any:
    if path == "/log/heads.json":
        answer["heads"][0]["note"] = answer["heads"][0]["note"].replace("time 2", "time 3")
    return answer


def no_first_head(path: str, answer: Any) -> Any:
    if path == "/log/heads.json":
        del answer["heads"][0]
    return answer


def no_leaf(path: str, answer: Any) -> Any:
    if path.startswith("/log/leaves.json"):
        del answer["leaves"][:1]
    return answer


@pytest.mark.parametrize("bend", [other_content, other_size, other_text, no_first_head, no_leaf])
def test_the_program_names_what_is_wrong(client: Browser, proof: Proof, program: ModuleType, bend: Any) -> None:
    next_day()
    next_day()
    problems, said = check(program, client, bend=bend)
    assert problems > 0
    assert "问题：" in said


def test_the_program_compares_with_the_head_somebody_kept(client: Browser, proof: Proof, program: ModuleType) -> None:
    head = next_day()
    assert check(program, client, kept=[("kept.txt", head.note.replace("time 2", "time 3"))])[0] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "python check.py https://"),
        (["--help"], "python check.py https://"),
        (["http://127.0.0.1:9"], "没能核对"),
        (["not an address"], "没能核对"),
        (["http://127.0.0.1:9", "nowhere.txt"], "nowhere.txt"),
        (["http://127.0.0.1:9", "--proof"], "证明文件的名字"),
    ],
)
def test_the_program_says_what_it_needs(words: list[str], said: str) -> None:
    program = [sys.executable, str(ROOT / "reference" / "log_check.py"), *words]
    answer = subprocess.run(program, capture_output=True, text=True, env={"PYTHONIOENCODING": "utf-8"})
    assert answer.returncode == (1 if not words or words[0] == "--help" else 2)
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_the_program_is_handed_out(client: Browser) -> None:
    answer = client.get("/log/check.py")
    assert answer.status_code == 200
    compile(answer.get_data(), "check.py", "exec")
