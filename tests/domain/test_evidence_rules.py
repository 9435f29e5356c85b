"""The evidence of a class: what is asked day by day, and when a photo was taken."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.evidence_rules import Found, Sitting, meter, sitting_of, time_doubt
from domain.policy_pack import parse_pack

PACK = (Path(__file__).resolve().parents[2] / "policies" / "JH-2020-DRAFT.json").read_text("utf-8")
POLICY = parse_pack(PACK)
FIRST, SECOND = DAYS = (date(2026, 6, 8), date(2026, 6, 9))


def policy(**figures):
    """The pack with other figures of evidence; None takes one out."""
    raw = json.loads(PACK)
    for name, value in figures.items():
        key = f"evidence.{name.replace('__', '.')}"
        if value is None:
            del raw["figures"][key]
        else:
            raw["figures"][key] |= value if isinstance(value, dict) else {"value": value}
    return parse_pack(json.dumps(raw))


def test_evidence_is_asked_by_the_day_and_by_the_activity():
    found = meter({FIRST: Found(photos=3), SECOND: Found(photos=1, videos=1)}, DAYS, POLICY)
    first, second = found.days
    assert (first.complete, second.complete) == (True, False)
    assert [need.sentence for need in found.missing] == [
        "2026年6月9日照片还差 1 张（每个上课日不少于 2 张，应有 2 张）"
    ]
    assert (found.present, found.needed) == (4, 5)


def test_photos_of_one_day_do_not_stand_for_another():
    found = meter({FIRST: Found(photos=9)}, DAYS, POLICY)
    assert [(need.on, need.missing) for need in found.missing] == [(SECOND, 2), (None, 1)]


def test_three_clips_and_two_photos_make_a_day_complete_too():
    strict = policy(min__photo=4)
    day = Found(photos=2, videos=3)
    assert meter({FIRST: day}, DAYS[:1], strict).missing == ()
    assert meter({FIRST: day}, DAYS[:1], strict).days[0].pattern == "3 段视频加 2 张照片"
    assert meter({FIRST: Found(photos=2, videos=2)}, DAYS[:1], strict).missing[0].missing == 2
    assert meter({FIRST: day}, DAYS[:1], policy(min__photo=4, pattern=None)).missing[0].missing == 2


def test_videos_are_asked_by_the_day_if_the_policy_says_so():
    daily = policy(min__video={"unit": "PER_DAY"})
    found = meter({FIRST: Found(photos=2, videos=2), SECOND: Found(photos=2)}, DAYS, daily)
    assert [(need.on, need.label, need.missing) for need in found.missing] == [(SECOND, "视频", 1)]


def test_evidence_no_policy_asks_for_is_not_asked():
    assert meter({}, DAYS, policy(min__video=0, min__photo=None)).needs == ()


def test_what_belongs_to_no_day_counts_for_the_whole_only():
    found = meter({}, DAYS, POLICY, loose=Found(photos=8, videos=1))
    assert [(need.on, need.missing) for need in found.missing] == [(FIRST, 2), (SECOND, 2)]
    assert found.loose == 9
    single = meter({}, DAYS[:1], POLICY, loose=Found(photos=2, videos=1))
    assert (single.missing, single.loose) == ((), 0)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of June 2026 in China."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


MORNING = Sitting(id=1, starts_at=at(8, 8, 30), ends_at=at(8, 11, 30))
AFTERNOON = Sitting(id=2, starts_at=at(8, 13, 30), ends_at=at(8, 16, 30))


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (at(8, 9), MORNING),
        (at(8, 7), MORNING),
        (at(8, 12), MORNING),
        (at(8, 13), AFTERNOON),
        (at(8, 23), AFTERNOON),
        (at(8, 0), MORNING),
        (at(9, 0), None),
        (None, None),
    ],
)
def test_a_photo_belongs_to_the_nearest_session_of_its_day(taken, expected):
    assert sitting_of(taken, [MORNING, AFTERNOON]) is expected


@pytest.mark.parametrize(
    ("taken", "sitting", "word"),
    [
        (None, MORNING, ""),
        (at(8, 9), MORNING, ""),
        (at(8, 8), MORNING, ""),  # half an hour before is within the slack
        (at(8, 7, 59), MORNING, "早于课次开始"),
        (at(8, 12), MORNING, ""),
        (at(8, 12, 1), MORNING, "晚于课次结束"),
        (at(8, 0), None, ""),  # midnight in China is the day itself
        (at(7, 23, 59), None, "不在上课日期内"),
        (at(10, 0), None, "不在上课日期内"),
        (at(9, 9), MORNING, "不是同一天"),
        (at(15, 12), None, "在将来"),
        (at(15, 11, 9), None, "不在上课日期内"),  # a clock ten minutes fast is none of the future
    ],
)
def test_the_time_of_a_photo_is_doubted(taken, sitting, word):
    doubt = time_doubt(taken, sitting, DAYS, now=at(15, 11), slack=timedelta(minutes=30))
    assert (word in doubt) if word else doubt == ""
