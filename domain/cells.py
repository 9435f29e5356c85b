"""Dates and numbers out of spreadsheet cells, in the shapes people type them: read surely, or refused."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from domain.errors import RuleError

EARLIEST = date(1950, 1, 1)
# What people type where there is nothing to say.
_NOTHING = frozenset(["", "/", "\\", "-", "--", "—", "——", "－", "无", "暂无", "没有", "空", "none", "null", "n/a"])


class UnreadableCell(RuleError):
    """A cell does not hold what its column asks for."""

    code = "cell"


def cell_text(value: object) -> str:
    """The text of a cell as it is shown: whole numbers without a point, empty for nothing."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def is_nothing(text: str) -> bool:
    """The cell is empty, or says with a dash or a word that there is nothing."""
    return text in _NOTHING or text.lower() in _NOTHING


# ---- dates -----------------------------------------------------------------------------------------------------------

_SEPARATED = re.compile(
    r"(\d{4})\s*[-./年。,、\s]\s*(\d{1,2})\s*[-./月。,、\s]\s*(\d{1,2})\s*[日号]?"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?(?:\s*(?:星期|周)[一二三四五六日天])?",
    re.ASCII,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?", re.ASCII)
_WITHOUT_DAY = re.compile(r"(?:19|20)\d{2}(?:\s*[-./年]\s*\d{1,2}\s*月?|(?:0[1-9]|1[0-2])|年?)", re.ASCII)
_IN_WORDS = re.compile(
    r"([〇零○一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
# Excel counts days from here; serials before 1950 and after 2173 are taken for mistyped numbers.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(18264, 100000)


def read_date(value: object) -> date:
    """The date in a cell: a real date, an Excel serial, or text (2019.6.8, 2019年6月8日, 20190608, 二〇一九年六月八日).

    Raises UnreadableCell for what is no date, for a day that does not exist and for a date without its day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = str(int(value)) if abs(value) < 1e9 else ""
    else:
        text = unicodedata.normalize("NFKC", cell_text(value)).translate(_DASHES).strip().lstrip("'").strip()
    parts = _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text)
    if parts:
        return _real_day(text, int(parts[1]), int(parts[2]), int(parts[3]))
    words = _IN_WORDS.fullmatch(text)
    if words:
        return _real_day(text, int(words[1].translate(_HAN_DIGITS)), _han_number(words[2]), _han_number(words[3]))
    if _SERIAL.fullmatch(text) and int(text[:5]) in _SERIALS:
        return _SERIAL_ZERO + timedelta(int(text[:5]))
    if _WITHOUT_DAY.fullmatch(text):
        raise UnreadableCell(f"日期“{text}”不完整，请写明年月日，如2019-06-08")
    raise UnreadableCell(f"日期“{text[:20]}”无法识别，请写成2019-06-08的样子")


def _real_day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableCell(f"日期“{text[:20]}”不存在，请核对") from None


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int(text.translate(_HAN_DIGITS))
    return int(tens.translate(_HAN_DIGITS) or 1) * 10 + int(ones.translate(_HAN_DIGITS) or 0)


# ---- numbers ---------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,6})?")
_HALF_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")


def read_number(value: object, *, places: int, units: tuple[str, ...] = ()) -> Decimal:
    """A number not below zero with at most `places` decimals, exactly as written; a unit from `units` may follow it.

    Only plain digits with one point: no exponent, sign, separator or digits of other scripts (and not NFKC, which
    would make 52 of 5²). Raises UnreadableCell.
    """
    if isinstance(value, (datetime, date, time, timedelta)):
        raise UnreadableCell("单元格是日期或时间格式，请把该列设为“常规”格式后重新填写数字")
    if isinstance(value, float):
        # Sums made in a spreadsheet come as 15.999999999999998.
        text = f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < 1e6 else str(value)
    else:
        text = str(value).strip().translate(_HALF_WIDTH)
        for unit in units:
            text = text.removesuffix(unit).rstrip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(text):
        raise UnreadableCell(f"“{text[:20]}”不是可用的数字，请填写如16或16.5的数字")
    number = Decimal(text)
    if number < 0:
        raise UnreadableCell("不能为负数，请核对")
    rounded = number.quantize(Decimal(1).scaleb(-places))
    if rounded != number:
        raise UnreadableCell(f"“{text}”的小数位过多，最多保留{places}位小数")
    return rounded
