"""The draft of a filing as its pages store it: the words of the clerk, section by section, right or wrong."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from domain.filing_content import FilingContent

Raw = Mapping[str, Any]

FIELDS: dict[str, tuple[str, ...]] = {
    "basics": ("title", "purpose", "place"),
    "people": ("occupations", "quota", "assessment"),
    "rights": ("leave_mode", "consent", "wage_clause", "cost_agreement"),
}
ROW_FIELDS: dict[str, tuple[str, ...]] = {
    "subjects": ("subject", "title", "hours"),
    "teachers": ("key", "name", "unit", "title", "employment"),
    "sessions": ("on", "half", "starts", "ends", "hours", "place", "teacher", "topic"),
}
# A new row holds these before anybody types: they do not make it a row that was filled in.
_GIVEN = {"key", "subject", "half", "employment"}

_KEY = re.compile(r"t[0-9]{1,4}")

# Rows of a page; a class of more half days than this is filed in parts.
MOST_ROWS = {"subjects": 20, "teachers": 40, "sessions": 120}


def tidy(text: str, *, lines: bool = False) -> str:
    """Text without invisible characters and needless space; with `lines`, line ends stay."""
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    if not lines:
        return " ".join(kept.split())
    return "\n".join(line.rstrip() for line in kept.strip().split("\n"))


def is_blank_row(row: Raw) -> bool:
    """Nobody has typed anything into this row."""
    return not any(str(value).strip() for name, value in row.items() if name not in _GIVEN)


def is_untouched(draft: Raw, section: str) -> bool:
    """Nobody has typed anything into this section."""
    values = draft.get(section) or {}
    if section in ROW_FIELDS:
        return all(is_blank_row(row) for row in values.get("rows", []))
    return not any(str(value).strip() for value in values.values())


def blank_row(section: str, rows: Sequence[Raw]) -> dict[str, str]:
    """An empty row; a teacher gets the key by which sessions know it, never used before in this list."""
    row = dict.fromkeys(ROW_FIELDS[section], "")
    if section == "teachers":
        used = [int(str(each.get("key", ""))[1:]) for each in rows if _KEY.fullmatch(str(each.get("key", "")))]
        row["key"] = f"t{max(used, default=0) + 1}"
    return row


def with_keys(rows: Sequence[Raw]) -> list[dict[str, Any]]:
    """The rows of teachers, each with a key of its own, whatever the page sent."""
    result: list[dict[str, Any]] = []
    for row in rows:
        key = str(row.get("key", ""))
        good = _KEY.fullmatch(key) and all(each["key"] != key for each in result)
        result.append({**row, "key": key if good else blank_row("teachers", [*rows, *result])["key"]})
    return result


def to_draft(content: FilingContent) -> dict[str, Any]:
    """What the pages would store for this content: the way back, for copies of an earlier filing."""
    people, rights = content.people, content.rights
    return {
        "basics": {
            "title": content.basics.title,
            "purpose": content.basics.purpose,
            "place": content.basics.place,
        },
        "subjects": {
            "rows": [
                {"subject": line.subject, "title": line.title, "hours": str(line.hours)} for line in content.subjects
            ]
        },
        "teachers": {
            "rows": [
                {
                    "key": f"t{position}",
                    "name": teacher.name,
                    "unit": teacher.unit,
                    "title": teacher.title,
                    "employment": teacher.employment.value,
                }
                for position, teacher in enumerate(content.teachers, 1)
            ]
        },
        "sessions": {
            "rows": [
                {
                    "on": session.on.isoformat(),
                    "half": session.half.value,
                    "starts": f"{session.starts:%H:%M}",
                    "ends": f"{session.ends:%H:%M}",
                    "hours": str(session.hours),
                    "place": "" if session.place == content.basics.place else session.place,
                    "teacher": f"t{session.teacher}",
                    "topic": session.topic,
                }
                for session in content.sessions
            ]
        },
        "people": {
            "occupations": "、".join(people.occupations),
            "quota": str(people.quota),
            "assessment": people.assessment,
        },
        "rights": {
            "leave_mode": rights.leave_mode.value,
            "consent": "yes" if rights.consent else "",
            "wage_clause": rights.wage_clause,
            "cost_agreement": rights.cost_agreement,
        },
    }
