"""Identifiers minted by the application: 64-bit, time-ordered, without a sequence in the database.

A sequence would be a hot spot once rows live on several machines (docs/decisions/0003), and ids known
before the INSERT let thousands of rows with references be written set-based.
"""

import secrets
import threading
import time

_EPOCH_MS = 1_577_836_800_000  # 2020-01-01T00:00:00Z, the year of the regulation
_RANDOM_BITS = 22

_lock = threading.Lock()
_last_ms = 0
_last_low = 0


def new_id(after: int = 0) -> int:
    """A positive 63-bit integer, larger than all minted before it by this process, and larger than `after`.

    The low 22 bits start at a random place each millisecond, so that processes do not need to know of each other. Where
    rows of several processes must be in the order of their commits, each names the newest it found, under a lock.
    """
    global _last_ms, _last_low
    with _lock:
        if after > _last_ms << _RANDOM_BITS | _last_low:
            _last_ms, _last_low = after >> _RANDOM_BITS, after & (1 << _RANDOM_BITS) - 1
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
        # Half the low range is kept free above the random start, for the ids minted in the same millisecond.
        low = secrets.randbits(_RANDOM_BITS - 1)
        if milliseconds <= _last_ms:
            milliseconds, low = _last_ms, _last_low + 1
            if low >= 1 << _RANDOM_BITS:
                milliseconds, low = _last_ms + 1, 0
        _last_ms, _last_low = milliseconds, low
        return milliseconds << _RANDOM_BITS | low
