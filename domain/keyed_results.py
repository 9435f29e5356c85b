"""A result keyed in one line: the last digits of the ID number, then hours and score or a word (0123 16 90)."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from domain.cells import UnreadableCell, read_number
from domain.contests import Contest
from domain.errors import RuleError
from domain.result_rows import Outcome, said_outcome

_DIGITS = re.compile(r"[0-9]{4,6}|[0-9]{3,5}X")
_SEPARATORS = re.compile(r"[\s,，、;；]+")
_MOST_SCORE = 100


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """What one line says; hours None: those the list begins with."""

    digits: str
    hours: Decimal | None
    score: Decimal | None
    outcome: Outcome | None
    event: str = ""
    rank: str = ""


def read(line: str, contest: Contest | None = None) -> Keyed:
    """Read a line. After the digits come hours, then a score; a word (合格, 缺考 …) may stand anywhere after them.

    Of a competition a word may also be an event or a rank, as filed. Raises RuleError with what to key instead.
    """
    parts = [part for part in _SEPARATORS.split(unicodedata.normalize("NFKC", line).strip().upper()) if part]
    if not parts:
        raise RuleError("请输入证件号码的后四位，例如 0123 16 90")
    digits, *rest = parts
    if not _DIGITS.fullmatch(digits):
        raise RuleError(f"“{digits[:20]}”不是证件号码的后四至六位，例如 0123 16 90")
    outcome, figures, event, rank = None, [], "", ""
    for part in rest:
        said = said_outcome(part.lower())
        won = None if contest is None or (part[0].isdigit() and part[-1].isdigit()) else contest.find_rank(part)
        if won is not None:
            rank = won
        elif contest is not None and contest.find_event(part) is not None:
            event = contest.find_event(part) or ""
        elif said is None:
            figures.append(part)
        elif outcome is not None:
            raise RuleError("考核结果写了两次，请只写一个")
        else:
            outcome = said
    if len(figures) > 2:
        raise RuleError("数字多了：号码之后先写学时，再写成绩，例如 0123 16 90")
    values = [_number(figure) for figure in figures]
    hours, score = (*values, None, None)[:2]
    if score is not None and score > _MOST_SCORE:
        raise RuleError(f"成绩应在0到{_MOST_SCORE}之间")
    return Keyed(digits=digits, hours=hours, score=score, outcome=outcome, event=event, rank=rank)


def _number(text: str) -> Decimal:
    try:
        return read_number(text, places=1, units=("学时", "分"))
    except UnreadableCell as problem:
        raise RuleError(f"“{text[:20]}”{problem.message}") from problem
