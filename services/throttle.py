"""How often a secret may be guessed: counted in the database by who is tried and from where, whoever guesses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update

from domain.errors import RuleError
from domain.periods import CHINA
from models import SignInAttempt, db
from services import clock, crypto, jobs
from services.insert_or import insert_or
from services.transaction import transaction

_WINDOW = timedelta(minutes=15)
_FORGET = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What `failures` within a quarter of an hour cost: some are free, then the wait doubles, then a full refusal.

    With `doubling` off each wait is the first one, and there is no refusal: a stranger cannot shut somebody out.
    """

    free: int
    first_wait: timedelta
    refuse_from: int | None = None
    doubling: bool = True

    def wait(self, failures: int) -> timedelta:
        """How long the next attempt has to wait after this many failures."""
        if self.refuse_from is not None and failures >= self.refuse_from:
            return _WINDOW
        if failures < self.free:
            return timedelta(0)
        return self.first_wait * 2 ** (failures - self.free) if self.doubling else self.first_wait


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """The limits of one kind of secret: of one address trying one subject, of one address, of one subject by all."""

    pair: Limit | None = None
    address: Limit | None = None
    subject: Limit | None = None


_SECONDS = timedelta(seconds=1)
PURPOSES = {
    # Many clerks of one office share an address, so the address may fail often; strangers together only slow down.
    "sign_in": Purpose(
        pair=Limit(free=3, first_wait=5 * _SECONDS, refuse_from=8),
        address=Limit(free=60, first_wait=_WINDOW, refuse_from=60),
        subject=Limit(free=30, first_wait=30 * _SECONDS, doubling=False),
    ),
    "activation": Purpose(address=Limit(free=30, first_wait=_WINDOW, refuse_from=30)),
    "reset": Purpose(
        address=Limit(free=20, first_wait=_WINDOW, refuse_from=20),
        subject=Limit(free=3, first_wait=_WINDOW, refuse_from=3),
    ),
    "registration": Purpose(address=Limit(free=20, first_wait=_WINDOW, refuse_from=20)),
    "objection": Purpose(address=Limit(free=10, first_wait=_WINDOW, refuse_from=10)),
    "verification": Purpose(address=Limit(free=30, first_wait=_WINDOW, refuse_from=30)),
    # Each upload costs the site something, the right ones too: a queue of papers at a counter fits in.
    "verification_file": Purpose(address=Limit(free=100, first_wait=_WINDOW, refuse_from=100)),
}


class TooMany(RuleError):
    """Too many attempts: the next one is taken from `retry_at` (aware UTC) on, in so many `seconds`."""

    code = "too_many"

    def __init__(self, retry_at: datetime, now: datetime) -> None:
        self.retry_at = retry_at
        self.seconds = seconds = max(1, int((retry_at - now).total_seconds()) + 1)
        when = f"{seconds} 秒后" if seconds <= 60 else f"{retry_at.astimezone(CHINA) + timedelta(minutes=1):%H:%M} 以后"
        super().__init__(f"尝试次数过多，为保护账号安全，请在 {when}再试")


def count(purpose: str, *, address: str, subject: str = "", familiar: bool = False) -> tuple[str, ...]:
    """Count one attempt before the secret is looked at; raises TooMany, and then counts nothing.

    `subject` is whoever is tried, normalised; `familiar` says that this subject has come from this address before, so
    that a crowd of strangers does not slow it down. Returns the keys for `forgive`.
    """
    limits = PURPOSES[purpose]
    wanted = {
        _key(purpose, "pair", subject, address): limits.pair,
        _key(purpose, "address", address): limits.address,
        _key(purpose, "subject", subject): None if familiar else limits.subject,
    }
    now = clock.machine_now()
    # In one order everywhere, so that two attempts never wait for each other.
    keys = tuple(sorted(key for key, limit in wanted.items() if limit is not None))
    for key in keys:
        limit = wanted[key]
        if limit is not None:
            _count_one(key, limit, now)
    return keys


def look(purpose: str, *, address: str) -> None:
    """Whether this address may try again, without counting: where only failures count. Raises TooMany."""
    now = clock.machine_now()
    free_at = db.session.scalar(
        select(SignInAttempt.free_at).where(SignInAttempt.key == _key(purpose, "address", address))
    )
    if free_at is not None and free_at > now:
        raise TooMany(free_at, now)


def forgive(keys: tuple[str, ...]) -> None:
    """The attempt was right: it is no failure, and the wait it began ends. Earlier failures stay counted."""
    now = clock.machine_now()
    db.session.execute(
        update(SignInAttempt)
        .where(SignInAttempt.key.in_(keys))
        .values(failures=SignInAttempt.failures - 1, free_at=now - _FORGET)
    )


def clear(purpose: str, *, address: str, subject: str) -> None:
    """Forget the failures of this address with this subject: it has shown that it knows the secret."""
    key = _key(purpose, "pair", subject, address)
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.key == key))


def _key(*parts: str) -> str:
    return crypto.blind_index("throttle\n" + "\n".join(parts))


def _count_one(key: str, limit: Limit, now: datetime) -> None:
    free = now - _FORGET
    failures = db.session.execute(
        insert_or(SignInAttempt)
        .values(key=key, failures=1, last_at=now, free_at=free)
        .on_conflict_do_update(
            index_elements=[SignInAttempt.key],
            set_={
                "failures": case((SignInAttempt.last_at < now - _WINDOW, 1), else_=SignInAttempt.failures + 1),
                "last_at": now,
            },
            where=SignInAttempt.free_at <= now,
        )
        .returning(SignInAttempt.failures)
    ).scalar_one_or_none()
    if failures is None:
        retry_at = db.session.scalars(select(SignInAttempt.free_at).where(SignInAttempt.key == key)).one()
        raise TooMany(retry_at, now)
    wait = limit.wait(failures)
    # The row is ours until the commit: whoever tries at the same moment meets the wait set here.
    db.session.execute(
        update(SignInAttempt).where(SignInAttempt.key == key).values(free_at=now + wait if wait else free)
    )


@jobs.every_minute
def sweep() -> None:
    """Forget what is a day old."""
    with transaction():
        db.session.execute(delete(SignInAttempt).where(SignInAttempt.last_at < clock.machine_now() - _FORGET))
