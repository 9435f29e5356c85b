"""Reading what a clerk typed into the fields of a filing, collecting each problem with what to do about it."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from domain.filing_draft import Raw, is_blank_row, tidy

# What a page can hold and a person can read; no policy speaks of these.
MOST_PEOPLE = 5000
MOST_OCCUPATIONS = 30
LONGEST_TITLE = 100
LONGEST_TEXT = 2000

Choice = TypeVar("Choice", bound=StrEnum)

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
_COUNT = re.compile(r"[0-9]{1,6}")
_HOURS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_MONEY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_MONTH = re.compile(r"(20[0-9]{2})[-/.年](0?[1-9]|1[0-2])月?")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something to put right, or (`hint`) to look at; `field` as the page names it (`rows-0-hours`), or empty."""

    section: str
    field: str
    message: str
    hint: bool = False


@dataclass
class Reader:
    """Reads the values of one section, or of one of its rows, and collects what is wrong with them."""

    section: str
    values: Raw
    problems: list[Problem]
    prefix: str = ""
    named: str = ""
    sound: bool = field(default=True, init=False)

    def wrong(self, name: str, message: str) -> None:
        self.sound = False
        sentence = f"{self.named}：{message}" if self.named else message
        self.problems.append(Problem(section=self.section, field=self.prefix + name, message=sentence))

    def raw(self, name: str, *, lines: bool = False) -> str:
        return tidy(str(self.values.get(name) or ""), lines=lines)

    def plain(self, name: str) -> str:
        """Digits, dots and colons as a keyboard without full width has them."""
        return unicodedata.normalize("NFKC", self.raw(name)).replace(" ", "")

    def text(self, name: str, what: str, most: int, *, needed: bool = True, lines: bool = False) -> str:
        value = self.raw(name, lines=lines)
        if needed and not value:
            self.wrong(name, f"请填写{what}")
        elif len(value) > most:
            self.wrong(name, f"{what}最多 {most} 个字，现有 {len(value)} 个字，请缩短")
        return value

    def hours(self, name: str, what: str = "学时") -> Decimal:
        value = self.plain(name)
        if not value:
            self.wrong(name, f"请填写{what}")
        elif not _HOURS.fullmatch(value) or Decimal(value) * 10 % 1 or not Decimal(value):
            self.wrong(name, f"{what}应为大于 0 的数字，最多一位小数，例如 4 或 3.5")
        else:
            return Decimal(value)
        return Decimal(0)

    def money(self, name: str, what: str, *, needed: bool = True) -> Decimal:
        """An amount in yuan; nothing typed is nothing paid, unless it is needed."""
        value = self.plain(name).replace(",", "").removesuffix("元")
        if not value:
            if needed:
                self.wrong(name, f"请填写{what}，没有就填 0")
        elif not _MONEY.fullmatch(value):
            self.wrong(name, f"{what}应为金额，单位元，最多两位小数，例如 3000 或 12.50")
        else:
            return Decimal(value)
        return Decimal(0)

    def count(self, name: str, what: str, most: int) -> int:
        """A whole number from 1."""
        value = self.plain(name).removesuffix("人")
        if not value:
            self.wrong(name, f"请填写{what}")
        elif not _COUNT.fullmatch(value) or not 1 <= int(value) <= most:
            self.wrong(name, f"{what}应为 1 到 {most} 之间的整数")
        else:
            return int(value)
        return 0

    def month(self, name: str, what: str) -> str:
        """A month, written 2026-06."""
        value = self.plain(name)
        match = _MONTH.fullmatch(value)
        if not value:
            self.wrong(name, f"请填写{what}")
        elif match is None:
            self.wrong(name, f"{what}请写成 2026-06 的样子")
        else:
            return f"{match[1]}-{int(match[2]):02d}"
        return ""

    def day(self, name: str) -> date:
        value = self.plain(name)
        match = _DATE.fullmatch(value)
        if not value:
            self.wrong(name, "请选择日期")
        elif match is None:
            self.wrong(name, "日期请写成 2026-06-18 的样子")
        else:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                self.wrong(name, f"没有“{value}”这一天，请核对日期")
        return date.min

    def clock(self, name: str, what: str) -> time:
        value = self.plain(name).replace("：", ":")
        match = _TIME.fullmatch(value)
        if not value:
            self.wrong(name, f"请填写{what}")
        elif match is None or int(match[1]) > 23 or int(match[2]) > 59:
            self.wrong(name, f"{what}请写成 08:30 的样子")
        else:
            return time(int(match[1]), int(match[2]))
        return time.min

    def choice(self, name: str, what: str, allowed: type[Choice]) -> Choice:
        value = self.raw(name)
        try:
            return allowed(value)
        except ValueError:
            self.wrong(name, f"请选择{what}")
            return next(iter(allowed))


def reader_of(draft: Raw, section: str, problems: list[Problem]) -> Reader:
    return Reader(section, draft.get(section) or {}, problems)


def row_readers(draft: Raw, section: str, named: str, problems: list[Problem]) -> list[tuple[int, Reader]]:
    """A reader for each row that somebody filled in, with its place on the page."""
    rows = (draft.get(section) or {}).get("rows", [])
    return [
        (index, Reader(section, row, problems, f"rows-{index}-", f"第 {index + 1} {named}"))
        for index, row in enumerate(rows)
        if not is_blank_row(row)
    ]
