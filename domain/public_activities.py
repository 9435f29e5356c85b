"""What the public calendar says of an activity, and what it leaves out: agreements, papers and personal numbers."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from domain.filing_content import FilingContent
from domain.filing_workflow import IN_FORCE

# An activity the bureau has approved stays in the calendar when it is over, and when it is called off: whoever meant
# to come must read so.
STATES = (*IN_FORCE, "completed", "cancelled")
CANCELLED = "cancelled"

_HIDDEN = "（号码不公开）"
_MOBILE = r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"
_IDENTITY = r"(?<!\d)\d{15}(?:\d{2}[\dXx])?(?!\d)"
_PERSONAL = re.compile(f"{_MOBILE}|{_IDENTITY}")
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


def without_numbers(text: str) -> str:
    """The text without mobile and identity numbers: a clerk may have typed one where the bureau alone was to read."""
    return _PERSONAL.sub(_HIDDEN, text)


def public_content(content: FilingContent) -> FilingContent:
    """The filing as anybody may read it: without agreements with staff, papers, personal numbers, private contacts."""
    rights = replace(content.rights, wage_clause="", cost_agreement="")
    service = replace(content.service, contact="", phone="", email="") if content.service else None
    shown: FilingContent = _cleaned(replace(content, rights=rights, plan=(), service=service))
    return shown


def _cleaned(value: Any) -> Any:
    if type(value) is str:
        return without_numbers(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _cleaned(getattr(value, field.name)) for field in fields(value)})
    return value


def public_phone(number: str) -> str | None:
    """The organisation's telephone if it is one of an office; a mobile number is a person's and is not published."""
    digits = re.sub(r"\D", "", number)
    return number.strip() if digits.startswith(("0", "400", "800")) else None


def month_span(text: str) -> tuple[date, date] | None:
    """First and last day of a month written 2026-06; None for anything else."""
    match = _MONTH.fullmatch(text)
    if match is None:
        return None
    year, month = int(match[1]), int(match[2])
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def months(first: date, last: date) -> Iterator[str]:
    """Every month from the one of `first` to the one of `last`, written 2026-06."""
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12}-{number % 12 + 1:02d}"
