"""A sign-in sheet keyed back (E8): "缺席 3 7 12；请假 5-6" read into row numbers, as people type it in a hurry."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from domain.attendance_rules import Standing
from domain.errors import RuleError

_EVERYBODY = frozenset({"0", "无", "没有", "全到", "全部到课", "全勤"})
_WORDS = {
    "缺席": Standing.ABSENT,
    "缺课": Standing.ABSENT,
    "未到": Standing.ABSENT,
    "缺": Standing.ABSENT,
    "请假": Standing.EXCUSED,
    "假": Standing.EXCUSED,
}
_TOKEN = re.compile(rf"({'|'.join(_WORDS)})|(\d{{1,5}})(?:\s*[-~到至]\s*(\d{{1,5}}))?|([\s,，、;:.。/]+)|(.)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−～〜", "-"))


class UnreadableSheet(RuleError):
    """The text does not say who was absent."""

    code = "sheet"


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """The row numbers of those who were not there, each as absent or excused."""

    marks: dict[int, Standing]

    def of(self, standing: Standing) -> list[int]:
        """The numbers with this mark, in order."""
        return sorted(number for number, mark in self.marks.items() if mark is standing)


def numbers_in(text: str, known: Collection[int]) -> list[int]:
    """Row numbers typed as a list, ranges included; raises UnreadableSheet for anything else."""
    keyed = read(text, known)
    return sorted(keyed.marks)


def read(text: str, known: Collection[int]) -> Keyed:
    """Who was absent or excused by the numbers on the sheet; bare numbers are absent, 0 or 全到 means nobody.

    Full-width digits, Chinese commas and ranges are read. Numbers that are not on the sheet, or an empty text (which
    might be an Enter too many), are refused: UnreadableSheet.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).strip()
    if not plain:
        raise UnreadableSheet("请输入缺席的行号，例如 3 7 12；全部到课的，请输入 0")
    if plain in _EVERYBODY:
        return Keyed(marks={})
    marks: dict[int, Standing] = {}
    present = Standing.ABSENT
    for word, first, last, _, strange in _TOKEN.findall(plain):
        if strange:
            raise UnreadableSheet(f"看不懂“{strange}”，请只输入行号、“缺席”和“请假”，例如 缺席 3 7 12 请假 5")
        if word:
            present = _WORDS[word]
        elif first:
            for number in _range(int(first), int(last or first), known):
                if marks.get(number, present) is not present:
                    raise UnreadableSheet(f"行号 {number} 既是缺席又是请假，请核对")
                marks[number] = present
    if not marks:
        raise UnreadableSheet("没有行号。请输入缺席的行号，例如 3 7 12；全部到课的，请输入 0")
    return Keyed(marks=marks)


def _range(first: int, last: int, known: Collection[int]) -> list[int]:
    """The known numbers from one to the other; numbers given up in between are no mistake, the ends must be there."""
    if first > last:
        raise UnreadableSheet(f"“{first}-{last}”前面的行号大于后面的，请核对")
    for number in (first, last):
        if number not in known:
            raise UnreadableSheet(f"签到表上没有行号 {number}，请核对")
    return [number for number in sorted(known) if first <= number <= last]
