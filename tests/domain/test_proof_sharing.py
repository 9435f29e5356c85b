"""How long and how much of a proof strangers see."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.proof_sharing import PERIODS, Shown, shown, until

NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share_until", "detail", "expected"),
    [
        (NOW + timedelta(seconds=1), "whole", Shown.WHOLE),
        (NOW + timedelta(days=1), "result", Shown.RESULT),
        (NOW, "whole", Shown.NOTHING),
        (NOW - timedelta(days=1), "result", Shown.NOTHING),
        (None, "whole", Shown.NOTHING),
    ],
)
def test_what_is_shown(share_until: datetime | None, detail: str, expected: Shown) -> None:
    assert shown(share_until, detail, NOW) is expected


@pytest.mark.parametrize("days", PERIODS)
def test_a_share_ends_on_its_day(days: int) -> None:
    assert until(days, NOW) - NOW == timedelta(days=days)


@pytest.mark.parametrize("days", [-30, 0, 1, 31, 365, 10**9])
def test_no_other_period_is_offered(days: int) -> None:
    with pytest.raises(ValueError):
        until(days, NOW)
