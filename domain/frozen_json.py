"""Frozen dataclasses as one canonical JSON text, and back: what is signed, kept and printed years later."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.periods import CHINA

_TENTH = Decimal("0.1")


def text_of(value: Any) -> str:
    """The canonical text: the same facts always give the same characters."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """What JSON knows: tenths as "12.5", days and instants in ISO 8601, instants in China time.

    ValueError for an amount finer than a tenth and for an instant without a zone.
    """
    if isinstance(value, Decimal):
        if value != value.quantize(_TENTH):
            raise ValueError(f"credits and hours are exact tenths, not {value}")
        return str(value.quantize(_TENTH))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(CHINA).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def typed(kind: Any, value: Any) -> Any:
    """The value of this type that `plain` made `value` of; anything missing, unknown or misspelt is an error.

    Raises TypeError, KeyError or ValueError.
    """
    if kind is Decimal:
        return Decimal(_as(str, value))
    if kind is datetime:
        return datetime.fromisoformat(_as(str, value))
    if kind is date:
        return date.fromisoformat(_as(str, value))
    if isinstance(kind, type) and is_dataclass(kind):
        known = _hints(kind)
        given = _as(dict, value)
        if unknown := given.keys() - known.keys():
            raise TypeError(f"unknown in {kind}: {sorted(unknown)}")
        return kind(**{name: typed(hint, given[name]) for name, hint in known.items() if name in given})
    if get_origin(kind) is tuple:
        return tuple(typed(get_args(kind)[0], each) for each in _as(list, value))
    if get_origin(kind) in (Union, types.UnionType):
        (inner,) = (each for each in get_args(kind) if each is not types.NoneType)
        return None if value is None else typed(inner, value)
    return _as(kind, value)


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _as(kind: type, value: Any) -> Any:
    # True is an int to Python, and to nobody else.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return kind(value) if kind is not dict and kind is not list else value
