"""People pasted as lines: a name and a number as they come out of two columns of a spreadsheet."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import RuleError
from domain.identity import normalise_name, normalise_number

MOST = 500
_MOST_NAMED = 10
_BETWEEN = re.compile(r"[\s,，;；、|]+")
_NUMBER = re.compile(r"[0-9A-Z]{6,24}")


class UnreadableLines(RuleError):
    """A line does not hold what every line should."""

    code = "lines"


@dataclass(frozen=True)
class PersonLine:
    """What one line says; both parts in their one spelling."""

    line: int
    name: str
    number: str


def people_in(text: str) -> list[PersonLine]:
    """A name and a number in each line, empty lines left out; raises UnreadableLines that names every wrong line."""
    found: list[PersonLine] = []
    wrong: list[int] = []
    for line, words in _lines(text):
        name, _, rest = words.rpartition(" ")
        number = normalise_number(rest)
        if not name or not _NUMBER.fullmatch(number):
            wrong.append(line)
        found.append(PersonLine(line, normalise_name(name), number))
    if wrong:
        raise UnreadableLines(f"{these(wrong)}应为姓名和证件号码，中间空一格，请更正")
    return found


def numbers_in(text: str) -> list[PersonLine]:
    """A number at the end of each line, whatever stands before it; raises UnreadableLines."""
    found: list[PersonLine] = []
    wrong: list[int] = []
    for line, words in _lines(text):
        number = normalise_number(words.rpartition(" ")[2])
        if not _NUMBER.fullmatch(number):
            wrong.append(line)
        found.append(PersonLine(line, "", number))
    if wrong:
        raise UnreadableLines(f"{these(wrong)}没有证件号码，请更正")
    return found


def these(lines: Sequence[int]) -> str:
    """The lines as a sentence names them: 第 2、7 行, or of many the first ones and how many."""
    named = "、".join(map(str, lines[:_MOST_NAMED]))
    return f"第 {named} 行" if len(lines) <= _MOST_NAMED else f"第 {named} 行等 {len(lines)} 行"


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [
        (place, words) for place, raw in enumerate(text.splitlines(), 1) if (words := _BETWEEN.sub(" ", raw).strip())
    ]
    if len(lines) > MOST:
        raise UnreadableLines(f"一次最多 {MOST} 人，请分批")
    return lines
