"""When two presences cannot both be true, and what reported hours say about sessions."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.attendance_rules import Span, clashes, spread, window

NOON = datetime(2026, 6, 8, 4, tzinfo=UTC)


def span(session_id: int, start: int, minutes: int, hours_tenths: int = 40) -> Span:
    """A session that begins so many minutes after noon."""
    begins = NOON + timedelta(minutes=start)
    return Span(
        session_id=session_id, starts_at=begins, ends_at=begins + timedelta(minutes=minutes), hours_tenths=hours_tenths
    )


def test_touching_ends_are_no_overlap() -> None:
    assert not span(1, 0, 60).overlaps(span(2, 60, 60))
    assert span(1, 0, 61).overlaps(span(2, 60, 60))
    assert span(1, 0, 600).overlaps(span(2, 60, 1))


def test_the_window_reaches_beyond_both_ends() -> None:
    opens, closes = window(span(1, 0, 60), 30)
    assert (opens, closes) == (NOON - timedelta(minutes=30), NOON + timedelta(minutes=90))


def test_what_stands_already_comes_first() -> None:
    kept = [span(9, 30, 60)]
    found = clashes([span(2, 120, 60), span(1, 0, 60)], kept)
    assert {session: other.session_id for session, other in found.items()} == {1: 9}


def test_of_two_new_ones_the_earlier_is_taken() -> None:
    found = clashes([span(2, 30, 60), span(1, 0, 60), span(3, 60, 30)], [])
    assert {session: other.session_id for session, other in found.items()} == {2: 1}


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), max_size=12))
def test_what_is_left_never_overlaps(sessions: list[tuple[int, int]]) -> None:
    spans = [span(number, start, minutes) for number, (start, minutes) in enumerate(sessions)]
    against = clashes(spans, [])
    taken = [each for each in spans if each.session_id not in against]
    assert not any(a.overlaps(b) for a in taken for b in taken if a is not b)


def test_reported_hours_fill_the_sessions_in_order() -> None:
    morning, afternoon, next_day = span(1, 0, 180), span(2, 240, 180), span(3, 1440, 180)
    assert spread(120, [next_day, afternoon, morning]) == {1: 40, 2: 40, 3: 40}
    assert spread(60, [next_day, afternoon, morning]) == {1: 40, 2: 20}
    assert spread(0, [morning]) == {}
    assert spread(500, [morning]) == {1: 40}
