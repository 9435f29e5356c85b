"""What a skill certificate says, and the many ways people write it: kind, level, occupation, number (art. 3)."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_NOISE = re.compile(r"[\s\u200b-\u200f\ufeff()（）\[\]【】《》〈〉“”\"'·・、,，。./\\|_\-—－~:：*]+")


def normalise_term(text: str) -> str:
    """The bare word behind a term as people type it: half-width, lower case, without spaces and punctuation."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


class CertificateKind(StrEnum):
    """The three kinds of certificate that make somebody subject to the scheme (art. 3)."""

    QUALIFICATION = "qualification"
    SKILL_LEVEL = "skill_level"
    SPECIAL_ABILITY = "special_ability"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS = {
    CertificateKind.QUALIFICATION: "国家职业资格证书",
    CertificateKind.SKILL_LEVEL: "职业技能等级证书",
    CertificateKind.SPECIAL_ABILITY: "专项职业能力证书",
}
_KINDS = {
    normalise_term(written): kind
    for kind, spellings in {
        CertificateKind.QUALIFICATION: (
            "国家职业资格证书",
            "国家职业资格",
            "职业资格证书",
            "职业资格",
            "资格证书",
            "资格证",
        ),
        CertificateKind.SKILL_LEVEL: (
            *("职业技能等级证书", "职业技能等级", "技能等级证书", "技能等级", "等级证书", "职业技能等级认定证书"),
            *("职业技能证书", "技能等级证", "等级证", "职业技能等级证", "技能等级认定证书"),
        ),
        CertificateKind.SPECIAL_ABILITY: (
            *("专项职业能力证书", "专项职业能力", "专项能力证书", "专项能力", "专项证书", "专项职业能力考核证书"),
            *("专项", "专项职业能力证"),
        ),
    }.items()
    for written in spellings
}
_KIND_WORDS = {
    "专项职业能力": CertificateKind.SPECIAL_ABILITY,
    "专项能力": CertificateKind.SPECIAL_ABILITY,
    "技能等级": CertificateKind.SKILL_LEVEL,
    "等级认定": CertificateKind.SKILL_LEVEL,
    "职业资格": CertificateKind.QUALIFICATION,
}


def certificate_kind(written: str) -> CertificateKind | None:
    """The kind somebody means, also from the full title of a certificate; None if it is none of the three."""
    term = normalise_term(written)
    return _KINDS.get(term) or next((kind for word, kind in _KIND_WORDS.items() if word in term), None)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the eight levels; rank 0 stands for certificates without a level, `national` is 五级 to 一级 or empty."""

    rank: int
    name: str
    national: str
    synonyms: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return f"{self.national}/{self.name}" if self.national else self.name


_LEVEL_DIGITS = {"五": ("5", "v"), "四": ("4", "iv"), "三": ("3", "iii"), "二": ("2", "ii"), "一": ("1", "i")}
_LEVEL_PADDING = re.compile(r"(国家)?职业资格|职业技能(等级)?|技能等级")


# What pages call the ranks; reference/levels.csv says the same (tests/services/test_reference.py).
LEVEL_NAMES: Mapping[int, str] = {
    1: "学徒工",
    2: "五级/初级工",
    3: "四级/中级工",
    4: "三级/高级工",
    5: "二级/技师",
    6: "一级/高级技师",
    7: "特级技师",
    8: "首席技师",
}


def say_ranks(lowest: int, highest: int) -> str:
    """Levels in words: 五级/初级工 至 三级/高级工."""
    if lowest == highest:
        return LEVEL_NAMES[lowest]
    return f"{LEVEL_NAMES[lowest]} 至 {LEVEL_NAMES[highest]}"


def level_spellings(levels: Iterable[Level]) -> dict[str, int]:
    """Every spelling of every level, as `level_rank` looks it up, with its rank."""
    ranks: dict[str, int] = {}
    for level in levels:
        names = [level.name, *level.synonyms]
        numbers: list[str] = []
        if level.national:
            digits = _LEVEL_DIGITS[level.national[0]]
            numbers = [level.national, *digits, *(f"{digit}级" for digit in digits)]
        pairs = [
            first + second for name in names for number in numbers for first, second in [(name, number), (number, name)]
        ]
        for spelling in (*names, *numbers, *pairs):
            ranks[normalise_term(spelling)] = level.rank
    return ranks


def level_rank(written: str, spellings: Mapping[str, int]) -> int | None:
    """The rank of a level as somebody wrote it (三级, 高级工, 三级/高级工, 3, Ⅲ), None if nobody calls a level that."""
    rank = spellings.get(written)
    if rank is None:
        term = normalise_term(written)
        rank = spellings.get(term)
        if rank is None:
            rank = spellings.get(_LEVEL_PADDING.sub("", term))
    return rank


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation of the national classification; `synonyms` are work types and everyday names counted to it."""

    code: str
    edition: str
    name: str
    synonyms: tuple[str, ...] = ()


def occupation_spellings(occupations: Iterable[Occupation]) -> dict[str, Occupation]:
    """Every spelling of every occupation, as `find_occupation` looks it up."""
    return {
        normalise_term(spelling): occupation
        for occupation in occupations
        for spelling in (occupation.name, *occupation.synonyms, occupation.code)
    }


def find_occupation(written: str, spellings: Mapping[str, Occupation]) -> Occupation | None:
    """The occupation somebody means, also when 职业 and 工种 are written together (车工（数控车工）)."""
    found = spellings.get(written) or spellings.get(normalise_term(written))
    if found is None:
        parts = [spellings.get(normalise_term(part)) for part in re.split(r"[()（）/、—\-]+", written) if part.strip()]
        known = {part.code: part for part in parts if part is not None}
        found = next(iter(known.values())) if len(known) == 1 and None not in parts else None
    return found


_LEVEL_22 = re.compile(r"[YS]\d{4}\d{2}\d{6}(\d{2})([1-5])\d{6}", re.ASCII)
_KNOWN_SHAPES = re.compile(r"\d{16}|\d{18}|[YSRGCXNW]\d{19}|[A-Z]{2}\d{20}|[YS]\d{21}|\d{22}", re.ASCII)
_RANK_OF_DIGIT = {"5": 2, "4": 3, "3": 4, "2": 5, "1": 6}


def certificate_number_hints(number: str, *, level: int | None, issued_on: date | None) -> tuple[str, ...]:
    """Doubts about a certificate number: unknown shapes and parts that contradict the row. Never a refusal.

    Formats differ between years, ministries and provinces, and no open register can be asked.
    """
    coded = _LEVEL_22.fullmatch(number)
    if coded is None:
        return () if _KNOWN_SHAPES.fullmatch(number) else ("证书编号不是常见格式，如与证书一致可忽略",)
    hints = []
    if level is not None and level != _RANK_OF_DIGIT[coded[2]]:
        hints.append("证书编号中的等级与填写的等级不一致，请核对")
    if issued_on is not None and int(coded[1]) != issued_on.year % 100:
        hints.append("证书编号中的年份与发证日期不一致，请核对")
    return tuple(hints)
