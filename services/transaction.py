"""The one place that commits."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import ORMExecuteState, Session

from models import db

_log = logging.getLogger(__name__)
_OPEN = "wuxue_transaction"
_AFTER = "wuxue_after_commit"
_UNDO = "wuxue_on_rollback"


class WritesRefused(Exception):
    """Nothing is written at present; `message` is a sentence for everybody that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class WriteOutsideTransaction(RuntimeError):
    """A statement that changes rows was run outside transaction(): a defect of the program."""


_doors: list[Callable[[], str | None]] = []


def door(check: Callable[[], str | None]) -> Callable[[], str | None]:
    """Register what may refuse every transaction: it says why in a sentence for everybody, or None."""
    _doors.append(check)
    return check


def refusal() -> str | None:
    """Why nothing is written at present, or None: what a look would leave behind is then left out."""
    return next((why for check in _doors if (why := check()) is not None), None)


@contextmanager
def transaction(*, past_the_door: bool = False) -> Iterator[None]:
    """All of the block or none of it; what was deferred runs once the rows are safe.

    What was read before is read again inside, after the write lock (SQLite) is held, so that a check and the act that
    follows it see the same rows. A deferred task that fails is logged: the act it follows has happened and stands.
    Raises WritesRefused while the site is read only; `past_the_door` is for the act that ends this.
    """
    session = db.session
    if session.info.get(_OPEN):
        raise WriteOutsideTransaction("transaction() does not nest: services do not commit")
    session.rollback()
    if not past_the_door and (why := refusal()) is not None:
        raise WritesRefused(why)
    session.rollback()
    session.info[_OPEN] = True
    try:
        session.connection(execution_options={"wuxue_write": True})
        try:
            yield
        except BaseException:
            session.rollback()
            _run(session.info.pop(_UNDO, []), "on rollback")
            raise
        # Of a commit that fails nobody knows whether it reached the database: what it refers to must stay.
        session.info.pop(_UNDO, None)
        session.commit()
    except BaseException:
        session.info.pop(_AFTER, None)
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)
    _run(session.info.pop(_AFTER, []), "after commit")


def _run(tasks: list[Callable[[], Any]], when: str) -> None:
    for task in tasks:
        try:
            task()
        except Exception:
            _log.exception("%s: %r failed", when, task)


def after_commit(task: Callable[[], Any]) -> None:
    """Run `task` (a job's call, a file's removal) only if the transaction commits."""
    db.session.info.setdefault(_AFTER, []).append(task)


def on_rollback(task: Callable[[], Any]) -> None:
    """Run `task` (the removal of a file just written) only if the block fails and nothing of it is kept."""
    db.session.info.setdefault(_UNDO, []).append(task)


def release() -> None:
    """End the reading transaction: a worker that computes for seconds must not hold a snapshot open."""
    db.session.rollback()


def guard_sessions() -> None:
    """Refuse every change of rows outside transaction(), so that a GET that writes fails where it is written."""
    for name, refusal in (("before_flush", _refuse_flush), ("do_orm_execute", _refuse_statement)):
        # The sessions of all applications of a process are of one class, and each would be asked once more.
        if not event.contains(db.session, name, refusal):
            event.listen(db.session, name, refusal)


def _refuse_flush(session: Session, _context: Any, _instances: Any) -> None:
    if (session.new or session.dirty or session.deleted) and not session.info.get(_OPEN):
        raise WriteOutsideTransaction("rows were changed outside transaction()")


def _refuse_statement(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(_OPEN):
        raise WriteOutsideTransaction("a writing statement was run outside transaction()")


def prepare_engine(engine: Engine) -> None:
    """Make SQLite keep what PostgreSQL keeps: foreign keys, durable commits, writers that queue instead of losing."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("wuxue_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def check_engine(engine: Engine) -> None:
    """Read the settings of the database back; raises RuntimeError when one of them is not in force."""
    if engine.dialect.name != "sqlite":
        return
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in expected}
    if found != expected:
        raise RuntimeError(f"SQLite refused its settings: wanted {expected}, found {found}")
