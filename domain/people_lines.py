"""People pasted as lines: a name and a number as they come out of two columns of a spreadsheet."""

import re
from dataclasses import dataclass

from domain.errors import RuleError
from domain.identity import normalise_name, normalise_number

MOST = 500
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
    """A name and a number in each line, empty lines left out; raises UnreadableLines that names the line."""
    found: list[PersonLine] = []
    for line, words in _lines(text):
        name, _, rest = words.rpartition(" ")
        number = normalise_number(rest)
        if not name or not _NUMBER.fullmatch(number):
            raise UnreadableLines(f"第 {line} 行应为姓名和证件号码，中间空一格，请更正")
        found.append(PersonLine(line, normalise_name(name), number))
    return found


def numbers_in(text: str) -> list[PersonLine]:
    """A number at the end of each line, whatever stands before it; raises UnreadableLines."""
    found: list[PersonLine] = []
    for line, words in _lines(text):
        number = normalise_number(words.rpartition(" ")[2])
        if not _NUMBER.fullmatch(number):
            raise UnreadableLines(f"第 {line} 行没有证件号码，请更正")
        found.append(PersonLine(line, "", number))
    return found


def _lines(text: str) -> list[tuple[int, str]]:
    lines = [
        (place, words) for place, raw in enumerate(text.splitlines(), 1) if (words := _BETWEEN.sub(" ", raw).strip())
    ]
    if len(lines) > MOST:
        raise UnreadableLines(f"一次最多 {MOST} 人，请分批")
    return lines
