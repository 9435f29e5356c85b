"""For tests that want a decision to credit to be followed by the credits each time: nobody is drawn for a second look.

The tests of the lottery itself put it back with `drawing()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from services import second_review

_share_of = second_review.share_of


@contextmanager
def share(amount: Fraction) -> Iterator[None]:
    """Whatever is decided meanwhile is drawn with this probability."""
    before = second_review.share_of
    second_review.share_of = lambda report: amount
    try:
        yield
    finally:
        second_review.share_of = before


@contextmanager
def drawing() -> Iterator[None]:
    """The lottery as the policy has it."""
    before, second_review.share_of = second_review.share_of, _share_of
    try:
        yield
    finally:
        second_review.share_of = before
