"""The public log: what is told with each proof, what is sealed each day, and what no database superuser can hide."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from domain import merkle
from domain.ledger_rules import ReversalReason
from domain.periods import CHINA, china_date
from domain.public_log import BadNote, Book, LeafKind, read_note
from domain.roles import Actor, Role
from models import (
    AuditEvent,
    CaseStep,
    CreditEntry,
    LogBlock,
    LogHead,
    LogLeaf,
    LogPlace,
    OutboxMessage,
    Proof,
    SealedDay,
    Technician,
    db,
)
from services import (
    clock,
    ledger,
    log_books,
    log_checks,
    log_keys,
    log_sealing,
    log_standing,
    notices,
    proofs,
    public_log,
)
from services.transaction import transaction
from tests.services import result_makers
from tests.services.result_makers import City

YEAR = 2026
WITNESSES = ("zhengren@example.test", "dangan@example.test")


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW, "WUXUE_LOG_WITNESSES": " ,".join(WITNESSES)}


@pytest.fixture
def city(app_context: None) -> City:
    return result_makers.make_city()


@pytest.fixture
def people(city: City) -> list[Technician]:
    """Three persons with the credits of one class of sixteen hours: two subjects, so six entries."""
    employer = result_makers.make_employer()
    ids = result_makers.make_people(city, employer, 3)
    report = result_makers.make_report(city, employer, ids)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return [db.session.get_one(Technician, each) for each in ids]


def issue(person: Technician) -> Proof:
    with transaction():
        proof, _ = proofs.request(
            person, YEAR, actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
        )
    db.session.expire_all()
    return proof


def take_back(person: Technician, city: City) -> None:
    with transaction():
        ledger.reverse(
            ledger.entries_of(person.id)[0], reason=ReversalReason.FRAUD, remark="代签", actor=city.other_officer
        )
    db.session.expire_all()


def next_day(days: int = 1) -> LogHead:
    """Let the day end, and seal it."""
    with transaction():
        clock.advance(days)
    assert log_sealing.seal() is not None
    head = public_log.latest()
    assert head is not None
    return head


def kinds(proof: Proof) -> list[str]:
    return [entry.kind.value for entry in public_log.entries_of(proof)]


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_proof_is_told_of_when_it_is_issued_replaced_and_revoked(people: list[Technician], city: City) -> None:
    first = issue(people[0])
    assert kinds(first) == ["issued"]
    take_back(people[0], city)
    assert kinds(first) == ["issued", "superseded"]
    with transaction():
        proofs.revoke(first, "弄虚作假")
    assert kinds(first) == ["issued", "superseded", "revoked"]


def test_what_is_told_names_nobody_and_holds_nothing_that_can_be_guessed(people: list[Technician]) -> None:
    proof = issue(people[0])
    next_day()
    told = "".join(db.session.scalars(select(LogLeaf.content)))
    hidden = [proof.code, proof.number, people[0].name, str(proof.id), str(people[0].id)]
    assert [each for each in hidden if each in told] == []
    # The facts hold the random code; a day is salted: the same rows give another commitment each time.
    assert proof.code in proof.facts
    day = db.session.scalars(select(SealedDay).where(SealedDay.book == "ledger")).one()
    leaf = json.loads(db.session.get_one(LogLeaf, day.leaf_id).content)
    assert leaf["commitment"] == hashlib.sha256(bytes.fromhex(day.salt) + bytes.fromhex(day.root)).hexdigest()


def test_a_proof_that_was_never_printed_is_not_told_of(people: list[Technician]) -> None:
    with transaction():
        proof, _ = proofs.issue(
            people[0], proofs.Asked(kind=proofs.ProofKind.ANNUAL, year=YEAR, topic=str(YEAR)),
            Actor(role=Role.TECHNICIAN, name="", technician_id=people[0].id),
        )  # fmt: skip
        proofs._supersede(update(Proof).where(Proof.id == proof.id).values(state="superseded"))
    assert kinds(proof) == []


def test_a_leaf_is_written_with_its_proof_or_neither_is(
    people: list[Technician], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(public_log, "tell_of_proofs", fails)
    proof = issue(people[0])
    assert (proof.state, proof.file_id) != ("valid", None) and proof.state != "valid"
    assert db.session.scalars(select(LogLeaf)).all() == []


# --- what is sealed ---------------------------------------------------------------------------------------------------


def test_a_day_is_sealed_once_it_is_over(people: list[Technician]) -> None:
    issue(people[0])
    today = clock.today()
    before = log_sealing.seal()
    assert before is None or before < today
    head = next_day()
    assert head.day == today
    assert log_sealing.seal() is None
    books = {row.book: row for row in db.session.scalars(select(SealedDay).where(SealedDay.day == today))}
    assert set(books) == {"ledger", "steps", "audit"}
    assert books["ledger"].entries == len(db.session.scalars(select(CreditEntry)).all()) == 6


def test_the_first_minutes_of_a_day_belong_to_postings_that_began_before_it(people: list[Technician]) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=CHINA)
    assert log_sealing._last_over(midnight + timedelta(minutes=29)) == tomorrow - timedelta(days=2)
    assert log_sealing._last_over(midnight + timedelta(minutes=30)) == tomorrow - timedelta(days=1)
    assert log_sealing.opened_at(tomorrow - timedelta(days=1)) == midnight + timedelta(minutes=30)


def test_a_head_can_be_checked_by_anybody(people: list[Technician]) -> None:
    issue(people[0])
    first, second = next_day(), next_day()
    assert log_keys.check(first.note, first.key).size == first.size
    read = read_note(second.note).head
    assert read.previous == hashlib.sha256(first.note.encode()).hexdigest()
    assert (read.size, read.root.hex(), read.day) == (second.size, second.root, second.day)
    # The form of signed notes: name, then base64 of a four-byte key id and the signature.
    last = second.note.splitlines()[-1]
    assert last.startswith(f"— {read.origin} ")
    assert len(base64.b64decode(last.split(" ")[2])) == 4 + 64


@pytest.mark.parametrize(
    "bend",
    [
        lambda note: note.replace("\nday 2", "\nday 3"),
        lambda note: note.replace("/log\n", "/other\n", 1),
        lambda note: note[:-8] + "AAAAAA=\n",
        lambda note: note + "\n",
        lambda note: "",
        lambda note: note.replace("\n", "\r\n"),
    ],
)
def test_a_head_that_was_bent_is_none(people: list[Technician], bend: Callable[[str], str]) -> None:
    head = next_day()
    with pytest.raises(BadNote):
        log_keys.check(bend(head.note), head.key)


def test_every_leaf_is_proved_by_every_later_head(people: list[Technician]) -> None:
    for person in people:
        issue(person)
    heads = [next_day() for _ in range(3)]
    for head in heads:
        for position in range(head.size):
            found = public_log.inclusion(position, head.size)
            content = db.session.scalar(
                select(LogLeaf.content)
                .join(LogPlace, LogPlace.leaf_id == LogLeaf.id)
                .where(LogPlace.position == position)
            )
            assert content is not None
            leaf = merkle.leaf_hash(content.encode())
            assert merkle.is_included(leaf, position, head.size, found.path, bytes.fromhex(head.root))
    for old in heads:
        for new in heads[heads.index(old) :]:
            path = public_log.consistency(old.size, new.size)
            assert merkle.is_consistent(old.size, bytes.fromhex(old.root), new.size, bytes.fromhex(new.root), path)


def test_a_log_of_many_blocks_is_proved_with_the_stored_ones(app_context: None) -> None:
    """Six whole blocks and a half: paths are made of stored roots and of single leaves."""
    now = clock.now()
    with transaction():
        rows = [
            {"kind": "issued", "proof_id": number, "content": f"{number}", "recorded_at": now} for number in range(1650)
        ]
        db.session.execute(insert(LogLeaf), rows)
    head = next_day()
    assert db.session.query(LogBlock).count() == head.size // public_log.BLOCK == 6
    hashes = [bytes.fromhex(value) for value in db.session.scalars(select(LogPlace.hash).order_by(LogPlace.position))]
    assert head.root == merkle.root_of(hashes).hex()
    for position in (0, 1, 255, 256, 1023, 1024, 1535, 1536, head.size - 1):
        for size in (head.size, 1536, 1024, 1537):
            if position < size:
                found = public_log.inclusion(position, size)
                assert merkle.is_included(hashes[position], position, size, found.path, merkle.root_of(hashes[:size]))
    for old, new in ((1, 2), (256, 512), (300, 1024), (1024, head.size), (1536, 1537), (1600, head.size)):
        path = public_log.consistency(old, new)
        roots = merkle.root_of(hashes[:old]), merkle.root_of(hashes[:new])
        assert merkle.is_consistent(old, roots[0], new, roots[1], path)


def test_the_columns_that_are_hashed_are_all_there_are() -> None:
    """A column added later needs a new version of the hash: the days that are sealed keep theirs."""
    for book, table in ((Book.LEDGER, CreditEntry), (Book.STEPS, CaseStep), (Book.AUDIT, AuditEvent)):
        assert set(log_books.columns(book)) == set(table.__table__.columns.keys())


# --- what is sent outside ---------------------------------------------------------------------------------------------


def test_the_head_goes_to_every_witness_and_into_the_feed(people: list[Technician]) -> None:
    head = next_day()
    file = log_standing.feed_folder() / f"{head.day}.txt"
    assert file.read_text("utf-8") == head.note
    mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.subject.contains("日志头"))).all()
    assert sorted(mail.recipient for mail in mails) == sorted(WITNESSES)
    assert all(head.note.strip() in notices.mail_body(mail) for mail in mails)


def test_a_feed_that_was_out_of_reach_is_filled_later_and_never_written_over(people: list[Technician]) -> None:
    first = next_day()
    file = log_standing.feed_folder() / f"{first.day}.txt"
    file.unlink()
    second = next_day()
    assert file.read_text("utf-8") == first.note
    file.write_text("something else", "utf-8")
    log_sealing.seal_once_a_day()
    assert file.read_text("utf-8") == "something else"
    assert (log_standing.feed_folder() / f"{second.day}.txt").exists()


def test_a_key_others_may_read_is_refused(people: list[Technician]) -> None:
    next_day()
    key = log_standing.feed_folder().parent / "signing" / "log.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with transaction():
        clock.advance(1)
    with pytest.raises(log_keys.NoLogKey):
        log_sealing.seal()
    assert log_checks.verify() == []


# --- F-22: what somebody with all rights over the database did --------------------------------------------------------


def without_triggers(statement: Callable[[], object]) -> None:
    """Do what the triggers refuse, as the owner of the database can."""
    db.session.rollback()
    sqlite = db.engine.dialect.name == "sqlite"
    with transaction():
        if sqlite:
            triggers = db.session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in triggers:
                db.session.execute(text(f"DROP TRIGGER {name}"))
        else:
            db.session.execute(text("SET LOCAL session_replication_role = replica"))
        statement()
        if sqlite:
            for _, made in triggers:
                db.session.execute(text(made))
    db.session.expire_all()


def middle_entry() -> CreditEntry:
    return db.session.scalars(select(CreditEntry).order_by(CreditEntry.id)).all()[1]


@pytest.fixture
def sealed(people: list[Technician], city: City) -> list[LogHead]:
    """Two proofs, one of them replaced, and two days that are over."""
    issue(people[0])
    issue(people[1])
    first = next_day()
    take_back(people[1], city)
    second = next_day()
    assert [str(each) for each in log_checks.verify()] == []
    return [first, second]


def change_amount() -> str:
    entry = middle_entry()
    db.session.execute(
        update(CreditEntry).where(CreditEntry.id == entry.id).values(credits_tenths=entry.credits_tenths + 10)
    )
    return f"{china_date(entry.posted_at)} row {entry.id}: was changed"


def delete_entry() -> str:
    entry = db.session.scalars(select(CreditEntry).order_by(CreditEntry.id)).first()
    assert entry is not None
    db.session.execute(delete(CreditEntry).where(CreditEntry.id == entry.id))
    return f"row {entry.id}: is gone"


def _copy_of(entry: CreditEntry, **values: object) -> dict[str, object]:
    return {column.name: getattr(entry, column.name) for column in CreditEntry.__table__.columns} | values


def insert_entry() -> str:
    entry = middle_entry()
    new = entry.id + 1000
    db.session.execute(insert(CreditEntry).values(_copy_of(entry, id=new, line_id=1)))
    return f"row {new}: was added later"


def insert_into_an_empty_day() -> str:
    entry = middle_entry()
    new = entry.id + 1000
    before = entry.posted_at - timedelta(days=9)
    db.session.execute(insert(CreditEntry).values(_copy_of(entry, id=new, line_id=1, posted_at=before)))
    return f"1 rows came to a day that was over: {new}"


def swap_entries() -> str:
    first, second = db.session.scalars(select(CreditEntry).order_by(CreditEntry.id)).all()[:2]
    values = [{"technician_id": each.technician_id, "id": each.id} for each in (first, second)]
    for each, id_ in ((first, -1), (second, first.id)):
        db.session.execute(update(CreditEntry).where(CreditEntry.id == each.id).values(id=id_))
    db.session.execute(update(CreditEntry).where(CreditEntry.id == -1).values(id=values[1]["id"]))
    return f"row {values[0]['id']}: was changed"


def change_step() -> str:
    step = db.session.scalars(
        select(CaseStep).where(CaseStep.content_sha256.is_not(None)).order_by(CaseStep.id)
    ).first()
    assert step is not None
    db.session.execute(update(CaseStep).where(CaseStep.id == step.id).values(content_sha256="0" * 64))
    return f"steps: {china_date(step.at)} row {step.id}: was changed"


def change_audit() -> str:
    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).first()
    assert event is not None
    db.session.execute(update(AuditEvent).where(AuditEvent.id == event.id).values(ip="10.9.8.7"))
    return f"audit: {china_date(event.at)} row {event.id}: was changed"


def change_head() -> str:
    head = db.session.scalars(select(LogHead).order_by(LogHead.day)).first()
    assert head is not None
    db.session.execute(update(LogHead).where(LogHead.day == head.day).values(root="0" * 64))
    return f"heads: head of {head.day}: its row says something else than its note"


def change_leaf() -> str:
    leaf = db.session.scalars(select(LogLeaf).where(LogLeaf.kind == "issued").order_by(LogLeaf.id)).first()
    assert leaf is not None
    position = db.session.scalar(select(LogPlace.position).where(LogPlace.leaf_id == leaf.id))
    db.session.execute(
        update(LogLeaf).where(LogLeaf.id == leaf.id).values(content=leaf.content.replace("issued", "Issued"))
    )
    return f"leaves: leaf {position}: its content is not what was hashed"


def delete_leaf_in_the_middle() -> str:
    db.session.execute(delete(LogPlace).where(LogPlace.position == 1))
    return "places: leaf 1: is missing; the next one there is 2"


def change_facts() -> str:
    proof = db.session.scalars(select(Proof).order_by(Proof.id)).first()
    assert proof is not None
    db.session.execute(
        update(Proof).where(Proof.id == proof.id).values(facts=proof.facts.replace(str(YEAR), str(YEAR - 1), 1))
    )
    return f"proofs: proof {proof.number}: its facts are not those it was issued with"


def make_valid_again() -> str:
    proof = db.session.scalars(select(Proof).where(Proof.state == "superseded")).one()
    db.session.execute(update(Proof).where(Proof.id == proof.id).values(state="valid"))
    return f"proofs: proof {proof.number}: is valid, but the log says superseded"


def revoke_quietly() -> str:
    proof = db.session.scalars(select(Proof).where(Proof.state == "valid")).one()
    db.session.execute(update(Proof).where(Proof.id == proof.id).values(state="revoked"))
    return f"proofs: proof {proof.number}: is revoked, and the log does not say so"


def change_row_and_its_kept_hash() -> str:
    entry = middle_entry()
    db.session.execute(update(CreditEntry).where(CreditEntry.id == entry.id).values(credits_tenths=70))
    day = log_books.day(Book.LEDGER, china_date(entry.posted_at))
    assert day is not None
    db.session.execute(
        update(SealedDay).where(SealedDay.book == "ledger", SealedDay.day == day.day).values(rows=day.rows)
    )
    return f"ledger: {day.day}: its rows differ, and the hashes kept of them were changed too"


def change_row_and_the_whole_sealed_day() -> str:
    change_row_and_its_kept_hash()
    day = log_books.day(Book.LEDGER, china_date(middle_entry().posted_at))
    assert day is not None
    where = (SealedDay.book == "ledger", SealedDay.day == day.day)
    db.session.execute(update(SealedDay).where(*where).values(root=day.root.hex()))
    return f"ledger: {day.day}: the sealed day is not the one the log tells of"


@pytest.mark.parametrize(
    "tamper",
    [
        change_amount,
        delete_entry,
        insert_entry,
        insert_into_an_empty_day,
        swap_entries,
        change_step,
        change_audit,
        change_head,
        change_leaf,
        delete_leaf_in_the_middle,
        change_facts,
        make_valid_again,
        revoke_quietly,
        change_row_and_its_kept_hash,
        change_row_and_the_whole_sealed_day,
    ],
    ids=lambda act: act.__name__,
)
def test_what_was_changed_behind_the_program_is_named(sealed: list[LogHead], tamper: Callable[[], str]) -> None:
    expected: list[str] = []
    without_triggers(lambda: expected.append(tamper()))
    found = [str(each) for each in log_checks.verify()]
    assert any(expected[0] in each for each in found), (expected, found)


def rewrite_everything() -> None:
    """Change an entry and compute the whole log anew over it, signed with the site's own key."""
    for table in (SealedDay, LogHead, LogPlace, LogBlock):
        db.session.execute(delete(table))
    db.session.execute(delete(LogLeaf).where(LogLeaf.kind == LeafKind.DAY_SEALED.value))
    entry = middle_entry()
    db.session.execute(update(CreditEntry).where(CreditEntry.id == entry.id).values(credits_tenths=5))


def test_whoever_rewrites_the_whole_log_is_caught_by_a_copy_kept_elsewhere(
    sealed: list[LogHead], tmp_path: Path
) -> None:
    notes, size = {head.day: head.note for head in sealed}, sealed[0].size
    kept = tmp_path / "kept"
    kept.mkdir()
    for day, note in notes.items():
        (kept / f"{day}.txt").write_text(note, "utf-8")
    without_triggers(rewrite_everything)
    for file in log_standing.feed_folder().glob("*.txt"):
        file.unlink()
    log_standing.known_file().unlink()
    assert log_sealing.seal() is not None
    # By itself it is without a fault now ...
    assert [str(each) for each in log_checks.verify()] == []
    # ... but not to whoever kept a head.
    first, last = sorted(notes)
    assert [str(each) for each in log_checks.verify(copies=[kept])] == [
        f"copies: head of {first}: {first}.txt has it ({size} leaves), the log does not",
        f"copies: head of {last}: {last}.txt has another one than the log",
    ]


def test_an_older_database_put_back_is_caught_by_the_feed(sealed: list[LogHead]) -> None:
    last = sealed[-1].day

    def forget() -> None:
        db.session.execute(delete(LogHead).where(LogHead.day == last))

    without_triggers(forget)
    assert any(str(each).startswith(f"copies: head of {last}: {last}.txt has it") for each in log_checks.verify())


def test_a_copy_that_is_no_head_of_ours_is_named(sealed: list[LogHead], tmp_path: Path) -> None:
    stray = tmp_path / "2026-01-01.txt"
    stray.write_text(sealed[0].note.replace("day 2", "day 1"), "utf-8")
    assert [str(each) for each in log_checks.verify(copies=[stray])] == [
        "copies: 2026-01-01.txt: is no head signed with a key of this log"
    ]


@pytest.mark.parametrize("table", ["log_leaf", "log_place", "log_head", "sealed_day"])
def test_the_database_itself_refuses_to_change_the_log(sealed: list[LogHead], table: str) -> None:
    column = {"log_leaf": "content", "log_place": "hash", "log_head": "note", "sealed_day": "root"}[table]
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction():
            db.session.execute(text(statement))


# --- the command ------------------------------------------------------------------------------------------------------


def run(app: Flask, *words: str) -> Result:
    db.session.rollback()
    return app.test_cli_runner().invoke(args=["log", *words])


def test_the_command_says_that_all_is_right_and_ends_with_1_when_it_is_not(app: Flask, sealed: list[LogHead]) -> None:
    answer = run(app, "verify")
    assert answer.exit_code == 0
    assert "the log is right" in answer.output
    without_triggers(change_amount)
    answer = run(app, "verify")
    assert answer.exit_code == 1
    assert "was changed" in answer.output


def test_the_command_seals_what_is_over_once(app: Flask, people: list[Technician]) -> None:
    with transaction():
        clock.advance(1)
    assert "is signed" in run(app, "seal").output
    assert "nothing to seal" in run(app, "seal").output
