"""The draft of a filing as its pages store it: the words of the clerk, section by section, right or wrong."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from domain.filing_content import FilingContent
from domain.filing_parts import Source

Raw = Mapping[str, Any]

FIELDS: dict[str, tuple[str, ...]] = {
    "basics": ("title", "purpose", "place"),
    "people": ("occupations", "lowest", "highest", "quota", "assessment"),
    "rights": ("leave_mode", "consent", "wage_clause", "cost_agreement"),
    "partner": ("mode", "organization", "duties"),
    "competition": ("kind", "level", "host", "basis"),
    "work_training": ("post", "tasks", "starts", "ends"),
    "service": ("beneficiary", "contact", "phone", "email", "work"),
    "other": ("description", "reason", "counting"),
    "fees": (
        "cost",
        "per_person",
        "public_benefit",
        *(source.value for source in Source),
        "sponsor_name",
        "commissioned",
        "commissioned_by",
        "selection",
        "contract",
    ),
}
ROW_FIELDS: dict[str, tuple[str, ...]] = {
    "subjects": ("subject", "title", "hours"),
    "teachers": ("key", "name", "unit", "title", "employment"),
    "sessions": ("on", "half", "starts", "ends", "hours", "place", "teacher", "topic"),
    "events": ("name", "occupation", "standard"),
    "judges": ("name", "unit", "credential", "role"),
    "awards": ("rank", "places", "credits"),
    "periods": ("month", "content", "goal"),
}
# A new row holds these before anybody types: they do not make it a row that was filled in.
_GIVEN = {"key", "subject", "half", "employment", "role"}

_KEY = re.compile(r"t[0-9]{1,4}")

# Rows of a page; a class of more half days than this is filed in parts.
MOST_ROWS = {
    "subjects": 20,
    "teachers": 40,
    "sessions": 120,
    "events": 20,
    "judges": 60,
    "awards": 20,
    "periods": 24,
}


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
            "lowest": "" if people.lowest is None else str(people.lowest),
            "highest": "" if people.highest is None else str(people.highest),
            "quota": str(people.quota),
            "assessment": people.assessment,
        },
        "rights": {
            "leave_mode": rights.leave_mode.value,
            "consent": "yes" if rights.consent else "",
            "wage_clause": rights.wage_clause,
            "cost_agreement": rights.cost_agreement,
        },
        **parts_to_draft(content),
    }


def parts_to_draft(content: FilingContent) -> dict[str, Any]:
    """The sections of the parts that only some forms have."""
    made: dict[str, Any] = {}
    if content.form == "F3":
        made["partner"] = {"mode": "own", "organization": "", "duties": ""}
    if (partner := content.partner) is not None:
        made["partner"] = {"mode": "joint", "organization": str(partner.organization_id), "duties": partner.duties}
    if (held := content.competition) is not None:
        made["competition"] = {
            "kind": held.kind.value,
            "level": held.level.value,
            "host": held.host,
            "basis": held.basis,
        }
        made["events"] = {
            "rows": [
                {"name": each.name, "occupation": each.occupation, "standard": each.standard} for each in held.events
            ]
        }
        made["judges"] = {
            "rows": [
                {
                    "name": each.name,
                    "unit": each.unit,
                    "credential": each.credential,
                    "role": "chief" if each.is_chief else "judge",
                }
                for each in held.judges
            ]
        }
        made["awards"] = {
            "rows": [
                {"rank": each.rank, "places": str(each.places), "credits": f"{each.credits:f}"} for each in held.awards
            ]
        }
    if (training := content.work_training) is not None:
        made["work_training"] = {
            "post": training.post,
            "tasks": training.tasks,
            "starts": training.starts,
            "ends": training.ends,
        }
        made["periods"] = {
            "rows": [{"month": each.month, "content": each.content, "goal": each.goal} for each in training.periods]
        }
    if (service := content.service) is not None:
        made["service"] = {name: getattr(service, name) for name in FIELDS["service"]}
    if (other := content.other) is not None:
        made["other"] = {name: getattr(other, name) for name in FIELDS["other"]}
    if (fees := content.fees) is not None:
        amounts = {each.source.value: f"{each.amount:f}" for each in fees.funding}
        commission = fees.commission
        made["fees"] = {
            "cost": f"{fees.cost:f}",
            "per_person": f"{fees.per_person:f}",
            "public_benefit": "yes" if fees.is_public_benefit else "",
            **{source.value: amounts.get(source.value, "") for source in Source},
            "sponsor_name": fees.sponsor,
            "commissioned": "yes" if commission else "",
            "commissioned_by": commission.by if commission else "",
            "selection": commission.selection if commission else "",
            "contract": commission.contract if commission else "",
        }
    return made
