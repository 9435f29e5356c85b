"""How often a secret may be guessed: by one from one place, from one place at all, and by everybody together."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from models import SignInAttempt, db
from services import clock, throttle
from services.throttle import PURPOSES, TooMany
from services.transaction import transaction

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def now(monkeypatch):
    """The machine's clock, which the test moves: `now.pass_(seconds=5)`."""

    class Hands:
        moment = clock.machine_now()

        def pass_(self, **time):
            self.moment += timedelta(**time)

    hands = Hands()
    monkeypatch.setattr(clock, "machine_now", lambda: hands.moment)
    return hands


def attempt(subject="clerk", address="10.0.0.1", **more):
    with transaction():
        return throttle.count("sign_in", subject=subject, address=address, **more)


def refused(*args, **more):
    with pytest.raises(TooMany) as refusal:
        attempt(*args, **more)
    return refusal.value


def test_the_wait_doubles_and_ends_in_a_quarter_of_an_hour(now):
    attempt()
    attempt()
    for seconds in (5, 10, 20, 40, 80):
        attempt()
        assert refused().retry_at == now.moment + timedelta(seconds=seconds)
        now.pass_(seconds=seconds - 1)
        refused()
        now.pass_(seconds=1)
    attempt()
    assert refused().retry_at == now.moment + timedelta(minutes=15)
    now.pass_(minutes=14, seconds=59)
    refused()
    now.pass_(seconds=1)
    attempt()


def test_a_quarter_of_an_hour_without_a_failure_forgets_them(now):
    for _ in range(2):
        attempt()
    now.pass_(minutes=15, seconds=1)
    for _ in range(2):
        attempt()
    attempt()
    refused()


def test_the_sentence_says_when_to_try_again(now):
    for _ in range(3):
        attempt()
    assert "6 秒后" in refused().message or "5 秒后" in refused().message
    now.pass_(seconds=5)
    for seconds in (10, 20, 40, 80, 900):
        attempt()
        if seconds < 900:
            now.pass_(seconds=seconds)
    assert "以后再试" in refused().message
    assert ":" in refused().message


def test_somebody_else_and_somewhere_else_are_counted_apart(now):
    for _ in range(3):
        attempt()
    refused()
    attempt(subject="manager")
    attempt(address="10.0.0.2")


def test_one_address_may_not_try_everybody(now):
    free = PURPOSES["sign_in"].address.free
    for number in range(free):
        attempt(subject=f"name{number}")
    assert refused(subject="one more").retry_at == now.moment + timedelta(minutes=15)
    attempt(subject="one more", address="10.0.0.2")


def test_a_crowd_slows_one_account_down_but_does_not_shut_it(now):
    free = PURPOSES["sign_in"].subject.free
    for number in range(free):
        attempt(address=f"10.1.0.{number}")
    assert refused(address="10.2.0.1").retry_at == now.moment + timedelta(seconds=30)
    now.pass_(seconds=30)
    attempt(address="10.2.0.1")
    # Whoever came from there before is not slowed down by strangers.
    attempt(address="10.2.0.2", familiar=True)


def test_a_right_password_clears_the_own_failures_and_no_others(now):
    for number in range(10):
        attempt(subject="clerk", address="10.0.0.1") if number < 2 else attempt(subject=f"x{number}")
    keys = attempt()
    with transaction():
        throttle.forgive(keys)
        throttle.clear("sign_in", subject="clerk", address="10.0.0.1")
    rows = db.session.execute(select(SignInAttempt.key, SignInAttempt.failures))
    failures = {key: count for key, count in rows}
    assert failures[throttle._key("sign_in", "address", "10.0.0.1")] == 10
    assert failures[throttle._key("sign_in", "subject", "clerk")] == 2
    assert throttle._key("sign_in", "pair", "clerk", "10.0.0.1") not in failures
    attempt()


def test_nothing_readable_is_kept(now):
    attempt(subject="330784199001010019", address="10.0.0.9")
    rows = db.session.execute(select(SignInAttempt)).scalars().all()
    text = " ".join(str(vars(row)) for row in rows)
    assert len(rows) == 3
    assert "330784" not in text
    assert "10.0.0.9" not in text


def test_a_refused_attempt_counts_nothing_and_prolongs_nothing(now):
    for _ in range(3):
        attempt()
    until = refused().retry_at
    now.pass_(seconds=4)
    assert refused().retry_at == until


def test_old_rows_are_swept(now):
    attempt()
    now.pass_(hours=23)
    throttle.sweep()
    assert db.session.scalar(select(SignInAttempt.key).limit(1))
    now.pass_(hours=2)
    throttle.sweep()
    assert db.session.scalar(select(SignInAttempt.key).limit(1)) is None


def test_attempts_made_at_once_are_counted_one_by_one(app):
    """Sixteen guesses sent in one instant: three are looked at, the others have to wait (trust 41)."""
    taken, errors, together = [], [], Barrier(16)

    def guess():
        with app.app_context():
            together.wait()
            try:
                taken.append(attempt())
            except TooMany:
                pass
            except Exception as error:
                errors.append(error)

    threads = [Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(taken) == 3
