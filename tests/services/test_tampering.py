"""The tamper matrix (F-22) over the ledger and over every paper and register, as the database's superuser.

Each case changes the tables of one scene behind the program's back and asks the checks in the same transaction, which
is taken back afterwards; that the commands end with 1 is tried once with a change that is kept.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, Column, Date, Integer, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app import create_app
from domain.archive_rules import Item
from domain.ledger_rules import ReversalReason
from domain.public_log import Book
from domain.roles import CITY, Actor, Role
from models import (
    ArchiveBundle,
    ArchiveHandover,
    ArchiveHold,
    ArchivePaper,
    CreditEntry,
    DisposalList,
    LogBlock,
    LogHead,
    LogLeaf,
    LogPlace,
    OfficialLetter,
    Proof,
    ProofConsent,
    ProofKey,
    ProofRevocation,
    SealedDay,
    StoredFile,
    TeachingArchive,
    Technician,
    YearlyCredit,
    db,
)
from services import (
    archive_bundles,
    archive_disposals,
    archive_handovers,
    archive_holds,
    archive_papers,
    archives,
    ledger,
    ledger_checks,
    log_books,
    log_checks,
    log_sealing,
    proof_consents,
    proof_revocations,
    proofs,
    registers,
)
from services.clock import advance
from services.transaction import transaction
from tests import base_makers, database
from tests.filing_makers import at, make_account, make_organizer
from tests.services import result_makers
from tests.services.test_archives import LATER, OVER, PDF
from tests.services.test_learning_proofs import asked


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A small city in which every paper and register has a row, two days of it sealed."""
    with database.fresh() as address:
        made = create_app(
            {
                **database.KEYS,
                "WUXUE_ENV": "test",
                "WUXUE_DATABASE_URL": address,
                "WUXUE_INSTANCE": str(tmp_path_factory.mktemp("instance")),
                "WUXUE_CLOCK_START": result_makers.NOW,
            }
        )
        with made.app_context():
            _fill()
            assert [str(each) for each in (*log_checks.verify(), *ledger_checks.verify())] == []
            yield made
            db.session.remove()
            db.engine.dispose()


def _fill() -> None:
    city, employer = result_makers.make_city(), result_makers.make_employer()
    leader = make_account(Role.CITY_LEADER, region_code=CITY)
    ids = result_makers.make_people(city, employer, 3)
    report = result_makers.make_report(city, employer, ids)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    filing = report.filing
    issued = []
    for person in (db.session.get_one(Technician, each) for each in ids):
        with transaction():
            own = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
            issued.append(proofs.request(person, 2026, actor=own)[0])
            proof_consents.say(person.id, employer.id, agree=True, actor=own)
    asked(report, ids[0], employer)
    with transaction():
        proof_revocations.request(issued[0], "弄虚作假", actor=city.city_officer)
    with transaction():
        proof_revocations.confirm(issued[0], actor=leader)
    with transaction():
        entry = ledger.entries_of(ids[1])[0]
        ledger.reverse(entry, reason=ReversalReason.FRAUD, remark="代签", actor=city.other_officer)
    application = base_makers.make_submitted(make_organizer())
    base_makers.act(application, "accept", base_makers.make_bureau().reviewer)
    with transaction():
        archive_papers.add_paper(filing, Item.ATTENDANCE, PDF, "扫描件.pdf", actor=employer.clerk)
    with at(LATER):
        archives.close_due()
    with transaction():
        placed = archive_holds.hold(filing, "涉及诉讼", actor=city.officer)
    with transaction():
        archive_holds.lift(filing, placed.id, "已结案", actor=city.officer)
    with at(OVER), transaction():
        archive_disposals.propose(actor=city.officer)
    with transaction():
        archive_bundles.ask(filing, actor=employer.clerk)
    with transaction():
        archive_handovers.ask("", reason="停止办学", paper_place="三楼", actor=employer.clerk)
    for _ in range(2):
        with transaction():
            advance(1)
        assert log_sealing.seal() is not None


class TakenBack(Exception):
    """Ends a transaction whose changes were only tried."""


def without_triggers(act: Callable[[], Any]) -> Any:
    """Do what the triggers and keys refuse, as the owner of the database can; inside a transaction."""
    if db.engine.dialect.name == "sqlite":
        triggers = db.session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in triggers:
            db.session.execute(text(f"DROP TRIGGER {name}"))
        db.session.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        triggers = []
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
    done = act()
    # j: what was dropped stands again, as if nothing had been.
    for _, made in triggers:
        db.session.execute(text(made))
    db.session.expire_all()
    return done


def found_after(act: Callable[[], Any]) -> list[str]:
    """What both checks say after the act, which is then taken back."""
    found: list[str] = []
    db.session.rollback()
    try:
        with transaction():
            without_triggers(act)
            found += [str(each) for each in (*log_checks.verify(), *ledger_checks.verify())]
            raise TakenBack
    except TakenBack:
        return found


# --- Every column of every book, paper and register -------------------------------------------------------------------

_BOOKS = {log_books._SOURCES[book].table.name: book.value for book in Book}
_LOG = {model.__tablename__ for model in (LogLeaf, LogPlace, LogBlock, LogHead, SealedDay)}
_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *(log_books._SOURCES[book].table for book in Book),
        *(register.table for register in registers._REGISTERS.values()),
        *(Proof.metadata.tables[name] for name in ("proof", "proof_code", "proof_number", *sorted(_LOG))),
    )
}
# What may be changed there behind the program's back without any check noticing, and why that does no harm.
_UNNOTICED = {
    # Whether and until when strangers see it is the owner's word of today; each such word is in the audit trail.
    ("proof", "share_until"), ("proof", "share_detail"),
    # Which topic a proof replaces others of, who asked, by which pack: printed nowhere, and the facts name the pack.
    ("proof", "topic"), ("proof", "requested_by_id"), ("proof", "policy_version_id"),
    # The words and the moment of a replaced proof, and its successor; those of a revoked one are compared.
    ("proof", "superseded_by_id"), ("proof", "state_reason"), ("proof", "state_changed_at"),
    # How much of the register was known at issue: `flask proofs check` derives the facts with it and compares them.
    ("proof", "register_position"),
    # The progress of a printing, and who keeps an archive, which follows from the handovers.
    ("official_letter", "problem"), ("archive_bundle", "job_id"), ("teaching_archive", "keeper_id"),
    # When a leaf was written down is not published; what it says is.
    ("log_leaf", "recorded_at"),
    # The key stands in every head that was sent, and a note that it does not check is named.
    ("log_head", "signed_at"),
}  # fmt: skip
# Empty in the scene: there is no block before the 256th leaf, and nothing was given up.
_EMPTY = {"log_block", "log_restoration"}


def another(column: Column[Any], value: Any) -> Any:
    """A value that the column might hold, other than this one."""
    kind = column.type
    if isinstance(value, bool) or isinstance(kind, Boolean):
        return not value
    if isinstance(value, datetime):
        return value - timedelta(days=400)
    if isinstance(value, date):
        return value - timedelta(days=1)
    if isinstance(value, (dict, list)):
        return {**value, "x": 1} if isinstance(value, dict) else [*value, "x"]
    if isinstance(value, bytes):
        return bytes(len(value))
    if isinstance(value, int):
        return value + (1 if value < 10_000 else 1_000_003)
    if value is None:
        if isinstance(kind, Integer):
            return 1
        if isinstance(kind, Date):
            return date(2026, 1, 1)
        return datetime.fromisoformat(result_makers.NOW) if "at" in column.name.split("_") else "x"
    return value + "x" if len(value) < (getattr(kind, "length", None) or 999) else "x" + value[1:]


def _rows(table: Table) -> list[Any]:
    order = list(table.primary_key)
    if table.name == "proof_consent":
        return list(db.session.execute(select(table).where(table.c.state != "asked").order_by(*order)))
    return list(db.session.execute(select(table).order_by(*order)))


def _is(table: Table, row: Any) -> list[Any]:
    return [table.c[column.name] == row._mapping[column.name] for column in table.primary_key]


@pytest.mark.parametrize("name", sorted(set(_TABLES) - _EMPTY))
def test_no_column_of_a_row_can_be_changed_unseen(scene: Flask, name: str) -> None:
    table = _TABLES[name]
    row = _rows(table)[len(_rows(table)) // 2]
    unnoticed = []
    for column in table.columns:
        value = another(column, row._mapping[column.name])
        statement = update(table).where(*_is(table, row)).values({column.name: value})
        try:
            found = found_after(lambda statement=statement: db.session.execute(statement))
        except IntegrityError:
            # The table's own keys and checks say no; a superuser may take those away, but then the row is told apart.
            continue
        if not found:
            unnoticed.append((name, column.name))
    assert [each for each in unnoticed if each not in _UNNOTICED] == []


@pytest.mark.parametrize("name", sorted(set(_TABLES) - _EMPTY))
def test_a_row_that_is_gone_is_missed(scene: Flask, name: str) -> None:
    table = _TABLES[name]
    row = _rows(table)[0]
    assert found_after(lambda: db.session.execute(delete(table).where(*_is(table, row))))


@pytest.mark.parametrize("name", sorted(set(_TABLES) - _EMPTY - {"log_head"}))
def test_a_row_that_was_slipped_in_is_named(scene: Flask, name: str) -> None:
    """A copy of a row under a key of its own. A head has to be signed: that one is tried below."""
    table = _TABLES[name]
    row = _rows(table)[0]
    values = dict(row._mapping)
    for column in table.columns:
        unique = column.primary_key or column.unique or column.name in ("number", "step_id", "line_id", "leaf_id")
        if unique and column.name not in ("book", "way"):
            values[column.name] = another(column, values[column.name])
    if name == "log_leaf":
        values["proof_id"] = another(table.c.proof_id, values["proof_id"] or 1_000)
        values["kind"] = "issued"
    if name == "log_place":
        values["position"] = len(_rows(table))
    found = found_after(lambda: db.session.execute(insert(table).values(values)))
    assert found, name


# --- The eleven of the list -------------------------------------------------------------------------------------------


def _entries() -> list[CreditEntry]:
    return list(db.session.scalars(select(CreditEntry).order_by(CreditEntry.id)))


def test_a_change_names_the_first_bad_position(scene: Flask) -> None:
    """a: of two rows that were changed the earlier one is named first."""
    first, second = (each.id for each in _entries()[1:3])
    statement = update(CreditEntry).where(CreditEntry.id.in_([first, second])).values(hours_tenths=1)
    named = [each for each in found_after(lambda: db.session.execute(statement)) if each.startswith("ledger: ")]
    assert [each.rpartition(" row ")[2].split(":")[0] for each in named] == [str(first), str(second)]


def test_entries_and_sum_changed_together_are_seen(scene: Flask) -> None:
    """a, with the summary made to fit, so that the ledger by itself adds up."""
    entry = _entries()[0]

    def act() -> None:
        for table in (CreditEntry, YearlyCredit):
            where = [table.technician_id == entry.technician_id, table.year == entry.year]
            where += [table.subject == entry.subject, table.is_exam == entry.is_exam]
            db.session.execute(update(table).where(*where).values(credits_tenths=table.credits_tenths + 10))

    found = found_after(act)
    assert not any(each.startswith("sums") for each in found)
    assert any(f"row {entry.id}: was changed" in each for each in found)


def test_the_last_ten_entries_are_missed(scene: Flask) -> None:
    """k, of days that are sealed: no copy from outside is needed for these."""
    last = [each.id for each in _entries()[-10:]]
    found = found_after(lambda: db.session.execute(delete(CreditEntry).where(CreditEntry.id.in_(last))))
    assert any(each.startswith("ledger: ") for each in found)


def test_heads_cut_off_the_end_are_seen_by_a_copy_alone(scene: Flask, tmp_path: Path) -> None:
    """h and k: the last head taken away, or put in place of another, is told by the heads kept elsewhere."""
    newest = db.session.scalars(select(LogHead).order_by(LogHead.day.desc()).limit(1)).one()
    day, note = newest.day, newest.note
    found = found_after(lambda: db.session.execute(delete(LogHead).where(LogHead.day == day)))
    assert [each for each in found if each.startswith(f"copies: head of {day}")]
    forged = update(LogHead).where(LogHead.day == day).values(note=note.replace("\ntime 2", "\ntime 3"))
    assert any(
        f"heads: head of {day}: its signature" in each for each in found_after(lambda: db.session.execute(forged))
    )


def test_another_file_under_a_paper_is_seen(scene: Flask) -> None:
    """The fingerprint of a stored file, behind a proof, a letter, an archive's paper and a bundle."""
    letter = db.session.scalars(select(OfficialLetter).where(OfficialLetter.attachment_id.is_not(None))).first()
    assert letter is not None and letter.attachment is not None
    ids = {
        "proof": db.session.scalars(select(Proof.file_id).where(Proof.file_id.is_not(None))).first(),
        "official_letter": letter.attachment.file_id,
        "archive_paper": db.session.scalars(select(ArchivePaper.file_id)).first(),
        "archive_bundle": db.session.scalars(select(ArchiveBundle.parts_file_id)).first(),
    }
    for name, file_id in ids.items():
        statement = update(StoredFile).where(StoredFile.id == file_id).values(sha256="0" * 64)
        found = found_after(lambda statement=statement: db.session.execute(statement))
        assert any(name in each for each in found), name


def test_every_register_has_a_row_in_the_scene(scene: Flask) -> None:
    """Otherwise the matrix above would be empty where it matters."""
    kinds = (ProofRevocation, ProofConsent, ProofKey, OfficialLetter, TeachingArchive, ArchivePaper, ArchiveHold,
             ArchiveHandover, DisposalList, ArchiveBundle)  # fmt: skip
    assert {kind.__tablename__: bool(db.session.scalars(select(kind)).first()) for kind in kinds} == {
        kind.__tablename__: True for kind in kinds
    }
    assert {kind.__tablename__ for kind in kinds} == set(registers._REGISTERS) - _EMPTY
    proofs_made = {json.loads(facts)["kind"] for facts in db.session.scalars(select(Proof.facts))}
    assert proofs_made == {"annual", "learning"}


def test_both_commands_end_with_1_and_name_it(scene: Flask) -> None:
    entry = _entries()[0]
    where, before = CreditEntry.id == entry.id, entry.credits_tenths

    def put(value: int) -> None:
        db.session.rollback()
        with transaction():
            without_triggers(lambda: db.session.execute(update(CreditEntry).where(where).values(credits_tenths=value)))

    runner = scene.test_cli_runner()
    assert [runner.invoke(args=[name, "verify"]).exit_code for name in ("ledger", "log")] == [0, 0]
    put(before + 10)
    try:
        for name, named in (("ledger", f"technician {entry.technician_id}"), ("log", f"row {entry.id}: was changed")):
            answer = runner.invoke(args=[name, "verify"])
            assert answer.exit_code == 1 and named in answer.output
    finally:
        put(before)
