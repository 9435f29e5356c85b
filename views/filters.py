"""Template filters: how dates, credits and sizes look on every page."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.articles import cited
from domain.base_content import disclosed_content
from domain.base_shown import show_fee
from domain.filing_shown import sections_shown, shown_parts
from domain.periods import CHINA
from domain.public_activities import without_numbers


def china_time(at: datetime | None) -> str:
    """2026年6月1日 09:05, in China time; empty for None."""
    if at is None:
        return ""
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def china_date(on: date | datetime | None) -> str:
    """2026年6月1日; a moment is shown by its day in China; empty for None."""
    if on is None:
        return ""
    if isinstance(on, datetime):
        on = on.astimezone(CHINA).date()
    return f"{on.year}年{on.month}月{on.day}日"


def china_clock(at: datetime) -> str:
    """09:05, in China time."""
    return f"{at.astimezone(CHINA):%H:%M}"


def credits(tenths: int | Decimal | None) -> str:
    """Tenths as a number without a needless .0: 125 -> 12.5, 120 -> 12; a Decimal is taken as the number itself."""
    if tenths is None:
        return ""
    amount = tenths if isinstance(tenths, Decimal) else Decimal(tenths) / 10
    return f"{amount.normalize():f}"


def file_size(size: int) -> str:
    """Bytes as KB or MB."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, size // 1024)} KB"


FILTERS: dict[str, Callable[..., Any]] = {
    "china_time": china_time,
    "china_date": china_date,
    "china_clock": china_clock,
    "without_numbers": without_numbers,
    "credits": credits,
    "file_size": file_size,
    "article": cited,
    "base_fee": show_fee,
    "disclosed": disclosed_content,
    "filing_sections": sections_shown,
    "filing_parts": shown_parts,
}
