"""The services' tests: no decision is drawn for a second review but where a test asks for it."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from tests import no_lottery


@pytest.fixture(scope="session", autouse=True)
def nobody_is_drawn() -> Iterator[None]:
    with no_lottery.share(Fraction(0)):
        yield
