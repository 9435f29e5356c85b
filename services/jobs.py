"""Work for the worker: requested in the transaction of an act, run outside it, with progress a page can show."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask, current_app
from huey import Huey, MemoryHuey, PostgresHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer
from sqlalchemy import select, update

from config import Settings
from domain.errors import RuleError
from domain.roles import Actor
from models import Job, db
from services import clock
from services.transaction import after_commit, refusal, transaction

_log = logging.getLogger(__name__)

# A queued job nobody took and a running one without a sign of life are handed out again.
_LOST_AFTER = timedelta(minutes=1)
_DEAD_AFTER = timedelta(minutes=5)
_MOST_TRIES = 3
# A long queue is no loss: what waits in it is handed out again a few at a time, so that it cannot multiply.
_SWEPT_AT_ONCE = 200

Handler = Callable[..., dict[str, Any] | None]

AGAIN: dict[str, Any] = {"again": True}
"""What a handler returns that did a part: the rest is done in its turn, after what is waiting with more priority."""

GiveUp = Callable[..., None]
_handlers: dict[str, Handler] = {}
_give_ups: dict[str, GiveUp] = {}
_priorities: dict[str, int] = {}
_every_minute: list[Callable[[], None]] = []


@dataclass(frozen=True)
class Run:
    """One run of a job, as its handler sees it."""

    job_id: int

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Show how far the work is. Only between transactions: SQLite has one writer."""
        with transaction():
            db.session.execute(
                update(Job)
                .where(Job.id == self.job_id)
                .values(done=done, total=total, message=message, heartbeat_at=clock.machine_now())
            )


def handler(kind: str, *, priority: int = 5, give_up: GiveUp | None = None) -> Callable[[Handler], Handler]:
    """Register what does jobs of this kind: `f(run, **arguments)`, which commits on its own and returns the result.

    A handler may be run again after a crash, so its effect must be the same when it has happened already. `give_up` is
    called as `g(message, **arguments)` in the transaction that fails the job, whatever the cause: what the job was
    asked for must not wait for ever.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        _priorities[kind] = priority
        if give_up is not None:
            _give_ups[kind] = give_up
        return function

    return register


def every_minute(function: Callable[[], None]) -> Callable[[], None]:
    """Register something the worker does once a minute."""
    _every_minute.append(function)
    return function


def ask(kind: str, *, actor: Actor, total: int = 0, **arguments: Any) -> Job:
    """Request a job in the present transaction; the worker hears of it once the rows are safe."""
    if kind not in _handlers:
        raise LookupError(f"no handler for job kind {kind}")
    now = clock.machine_now()
    job = Job(
        kind=kind,
        state="queued",
        membership_id=actor.membership_id,
        arguments=arguments,
        total=total,
        created_at=now,
        heartbeat_at=now,
    )
    db.session.add(job)
    db.session.flush()
    job_id = job.id
    after_commit(lambda: _enqueue(kind, job_id))
    return job


def find(job_id: int, *, seen_by: Actor) -> Job | None:
    """The job if this membership asked for it."""
    return db.session.scalar(select(Job).where(Job.id == job_id, Job.membership_id == seen_by.membership_id))


def _enqueue(kind: str, job_id: int) -> None:
    current_app.extensions["run_job"].schedule((job_id,), delay=0, priority=_priorities.get(kind, 0))


def execute(job_id: int) -> None:
    """Run one queued job to its end; a job another worker took is left alone."""
    with transaction():
        taken = db.session.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == "queued")
            .values(state="running", tries=Job.tries + 1, heartbeat_at=clock.machine_now())
            .returning(Job.kind, Job.arguments)
        ).first()
    if taken is None:
        return
    try:
        result = _handlers[taken.kind](Run(job_id), **taken.arguments) or {}
    except RuleError as error:
        db.session.rollback()
        message = error.message
    except Exception:
        db.session.rollback()
        _log.exception("job %s of kind %s failed", job_id, taken.kind)
        message = "处理失败，请稍后重试；多次失败请联系平台服务电话"
    else:
        with transaction():
            if result is AGAIN:
                _put_back(job_id, taken.kind)
            else:
                _end(job_id, state="done", result=result)
        return
    with transaction():
        _fail(job_id, taken.kind, taken.arguments, message)


def _fail(job_id: int, kind: str, arguments: dict[str, Any], message: str) -> None:
    if _end(job_id, state="failed", message=message[:200]) and kind in _give_ups:
        _give_ups[kind](message, **arguments)


def _end(job_id: int, **values: Any) -> bool:
    """Close a running job; False when somebody else has, or has handed it out again."""
    now = clock.machine_now()
    ended = db.session.execute(
        update(Job).where(Job.id == job_id, Job.state == "running").values(finished_at=now, heartbeat_at=now, **values)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def _put_back(job_id: int, kind: str) -> None:
    """Queue a job once more that gave way to others; a part well done forgives the tries before it."""
    put_back = db.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "running")
        .values(state="queued", tries=0, heartbeat_at=clock.machine_now())
    )
    if put_back.rowcount:  # type: ignore[attr-defined]
        after_commit(lambda: _enqueue(kind, job_id))


def sweep() -> None:
    """Hand out again what was lost between commit and queue, or died with its worker; each time a few."""
    now = clock.machine_now()
    with transaction():
        dead = db.session.execute(
            select(Job.id, Job.kind, Job.arguments)
            .where(Job.state == "running", Job.heartbeat_at < now - _DEAD_AFTER, Job.tries >= _MOST_TRIES)
            .limit(_SWEPT_AT_ONCE)
        ).all()
        for job in dead:
            _fail(job.id, job.kind, job.arguments, "处理多次中断，请联系平台服务电话")
        db.session.execute(
            update(Job)
            .where(Job.state == "running", Job.heartbeat_at < now - _DEAD_AFTER, Job.tries < _MOST_TRIES)
            .values(state="queued")
        )
        lost = db.session.execute(
            select(Job.id, Job.kind)
            .where(Job.state == "queued", Job.heartbeat_at < now - _LOST_AFTER)
            .order_by(Job.heartbeat_at)
            .limit(_SWEPT_AT_ONCE)
        ).all()
        db.session.execute(update(Job).where(Job.id.in_([job.id for job in lost])).values(heartbeat_at=now))
    for job in lost:
        _enqueue(job.kind, job.id)


def _queue(settings: Settings) -> Huey:
    if settings.immediate_jobs:
        return MemoryHuey("wuxue", immediate=True)
    # The queue holds pickles: whoever could write one unsigned into the database would run code in the worker.
    signed = SignedSerializer(secret=settings.secret_key, salt="wuxue queue")
    if settings.database_url.startswith("postgresql"):
        return PostgresHuey("wuxue", dsn=settings.database_url.replace("+psycopg", ""), serializer=signed)
    return SqliteHuey("wuxue", filename=str(settings.instance / "queue.db"), fsync=True, serializer=signed)


def configure(app: Flask) -> None:
    """Give the application its queue and the tasks the worker runs."""
    queue = _queue(app.extensions["settings"])

    def run_job(job_id: int) -> None:
        with app.app_context():
            execute(job_id)

    def tick() -> None:
        with app.app_context():
            if refusal() is not None:
                # Said in the log of the program by who refuses; none of what follows could keep anything.
                return
            for function in (sweep, *_every_minute):
                try:
                    function()
                except Exception:
                    db.session.rollback()
                    _log.exception("%s failed", function.__name__)

    app.extensions["queue"] = queue
    app.extensions["run_job"] = queue.task(name="run_job")(run_job)
    queue.periodic_task(crontab(minute="*"), name="tick")(tick)
