"""What the demo city changes of what was approved: a day of a course, a room and a teacher, a whole course."""

from datetime import date, timedelta
from typing import Any

from domain.roles import Actor
from models import ActivityFiling
from services import activity_changes
from services.calendar import working_calendar


def ask(filing: ActivityFiling, clerk: Actor) -> None:
    """Ask to hold the last day two working days later, with fewer places: what a county has to look at."""
    words = activity_changes.words_of(filing)
    rows: list[dict[str, Any]] = words["sessions"]
    last = max(row["on"] for row in rows)
    day = working_calendar().add_working_days(date.fromisoformat(last), 2).isoformat()
    words["sessions"] = [{**row, "on": day} if row["on"] == last else row for row in rows]
    words["reason"] = "最后一天的实训设备要检修，改到检修之后；检修期间工位减少，相应减少人数。"
    words["quota"] = str(max(int(words["quota"]) - 2, 1))
    _send(filing, words, clerk)


def ask_small(filing: ActivityFiling, clerk: Actor) -> None:
    """Ask for another room and another teacher: time and people stay."""
    words = activity_changes.words_of(filing)
    teachers = words["teachers"]
    teachers[-1] = {**teachers[-1], "name": "章明远", "unit": "金华市技工教育研究室", "title": "高级讲师"}
    words["place"] = f"{words['place']}（二楼培训教室）"
    words["reason"] = "原定教师临时出差，换一位教师；原培训室装修，改在二楼。"
    _send(filing, words, clerk)


def postpone(filing: ActivityFiling, clerk: Actor) -> None:
    """Ask to hold the whole a week later."""
    first = (filing.starts_on or date.max) + timedelta(days=7)
    reason = "台风预警期间停课，整体推迟一周。"
    activity_changes.postpone(filing, first, reason=reason, working_days=True, actor=clerk)
    activity_changes.propose(filing, actor=clerk)


def _send(filing: ActivityFiling, words: dict[str, Any], clerk: Actor) -> None:
    activity_changes.keep(filing, words, actor=clerk)
    activity_changes.propose(filing, actor=clerk)
