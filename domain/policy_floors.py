"""Reads the floors and maxima of a policy pack, and checks that a person can meet them."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.policy import Amount, Figure, Floor, Level, Maximum, Subject, Window, YearKind
from domain.policy_reading import Problems, origin, read_amount, rule_key, subject_key, text, unknown_parts

_NO_LIMIT = Fraction(10**9)


def read_floor(raw: dict[str, Any], path: str, problems: Problems, levels: list[Level]) -> Floor:
    known = ("key", "label", "value", "subject", "exam", "by_level", "window", "source", "article")
    unknown_parts(raw, known, path, problems)
    exam = raw.get("exam", False)
    if not isinstance(exam, bool):
        problems.add(f"{path}.exam", "应为 true 或 false")
    return Floor(
        key=rule_key(raw, path, "floor.", problems),
        label=text(raw, "label", path, problems),
        amount=read_amount(raw.get("value"), f"{path}.value", problems) or Amount(number=Decimal(0)),
        subject=subject_key(raw, path, problems),
        exam=exam is True,
        by_level=_read_by_level(raw.get("by_level", []), f"{path}.by_level", problems, levels),
        window=_read_window(raw.get("window", "PERIOD"), f"{path}.window", problems),
        **origin(raw, path, problems),
    )


def _read_by_level(
    raw: Any, path: str, problems: Problems, levels: list[Level]
) -> tuple[tuple[frozenset[str], Amount], ...]:
    known = {level.key for level in levels}
    if not isinstance(raw, list):
        problems.add(path, '应为列表，例如 [{"levels": ["5"], "value": 96}]')
        return ()
    found: list[tuple[frozenset[str], Amount]] = []
    for index, item in enumerate(raw):
        here = f"{path}[{index}]"
        names = item.get("levels") if isinstance(item, dict) else None
        if not isinstance(item, dict) or set(item) != {"levels", "value"} or not isinstance(names, list):
            problems.add(here, '应写成 {"levels": ["5"], "value": 96}')
            continue
        for name in names:
            if not isinstance(name, str) or name not in known:
                problems.add(f"{here}.levels", f"等级“{name}”没有在 levels 中列出")
            elif any(name in taken for taken, _ in found):
                problems.add(f"{here}.levels", f"等级“{name}”已经有数值")
        amount = read_amount(item["value"], f"{here}.value", problems)
        if amount:
            found.append((frozenset(str(name) for name in names), amount))
    return tuple(found)


def _read_window(raw: Any, path: str, problems: Problems) -> Window:
    if raw == "PERIOD" or raw == "YEAR":
        return Window(kind=raw)
    years = raw.get("last_years") if isinstance(raw, dict) and set(raw) == {"last_years"} else None
    if not isinstance(years, int) or isinstance(years, bool) or not 2 <= years <= 10:
        problems.add(path, '只能是 "PERIOD"、"YEAR" 或 {"last_years": 3}（2 到 10 年）')
        return Window()
    return Window(kind="LAST", years=years)


def read_maximum(raw: dict[str, Any], path: str, problems: Problems) -> Maximum:
    unknown_parts(raw, ("key", "label", "value", "subject", "source", "article"), path, problems)
    return Maximum(
        key=rule_key(raw, path, "max.", problems),
        label=text(raw, "label", path, problems),
        amount=read_amount(raw.get("value"), f"{path}.value", problems) or Amount(number=Decimal(0)),
        subject=subject_key(raw, path, problems),
        **origin(raw, path, problems),
    )


# --- What must fit together -------------------------------------------------------------------------------------------


def check_floors(
    floors: list[Floor], maxima: list[Maximum], subjects: list[Subject], figures: dict[str, Figure], problems: Problems
) -> None:
    """Everything that names something names what exists, and nothing asks for more than can count."""
    if not floors:
        problems.add("$.floors", "至少要有一项最低要求")
    names = {subject.key for subject in subjects}
    rules: list[tuple[str, Floor | Maximum]] = [(f"$.floors[{i}]", floor) for i, floor in enumerate(floors)]
    rules += [(f"$.maxima[{i}]", maximum) for i, maximum in enumerate(maxima)]
    for path, rule in rules:
        if rule.subject is not None and rule.subject not in names:
            problems.add(f"{path}.subject", f"科目“{rule.subject}”没有在 subjects 中列出")
    for i, maximum in enumerate(maxima):
        if any(maximum.subject == other.subject for other in maxima[:i]):
            problems.add(f"$.maxima[{i}].subject", "这个科目已经有最多计入的学分")
    _check_shares(floors, maxima, figures, problems)
    carried = figures["carry.subjects"].value if "carry.subjects" in figures else None
    for name in carried or ():
        if name not in names:
            problems.add("$.figures.carry.subjects.value", f"科目“{name}”没有在 subjects 中列出")
    per_hour = figures.get("credit.per_hour")
    if per_hour is not None and per_hour.value == 0:
        problems.add("$.figures.credit.per_hour.value", "应大于 0")
    if not problems.found:
        _check_reachable(floors, maxima, subjects, figures["year.kind"].value, problems)


def _check_shares(floors: list[Floor], maxima: list[Maximum], figures: dict[str, Figure], problems: Problems) -> None:
    """A share is one of a floor that is a number, for every level: shares of shares would hide the figure."""
    numbers = {floor.key: floor for floor in floors if floor.amount.number is not None}
    amounts = [(f"$.floors[{i}].value", floor.amount) for i, floor in enumerate(floors)]
    amounts += [(f"$.maxima[{i}].value", maximum.amount) for i, maximum in enumerate(maxima)]
    amounts += [
        (f"$.floors[{i}].by_level[{j}].value", amount)
        for i, floor in enumerate(floors)
        for j, (_, amount) in enumerate(floor.by_level)
    ]
    amounts += [
        (f"$.figures.{key}.value", figure.value) for key, figure in figures.items() if isinstance(figure.value, Amount)
    ]
    for path, amount in amounts:
        if amount.of is None:
            continue
        if amount.of not in numbers:
            problems.add(path, f"“{amount.of}”不是写明数值的最低要求，不能作为比例的基数")
        elif any(each.number is None for _, each in numbers[amount.of].by_level):
            problems.add(path, f"“{amount.of}”按等级的数值中有比例，不能作为比例的基数")


def _check_reachable(
    floors: list[Floor], maxima: list[Maximum], subjects: list[Subject], kind: YearKind, problems: Problems
) -> None:
    """Nobody can meet a floor above a maximum. Floors over several years are left to their author."""

    def credits(amount: Amount) -> Fraction:
        if amount.number is not None:
            return Fraction(amount.number)
        base = next(floor for floor in floors if floor.key == amount.of)
        return (amount.share or 0) * Fraction(base.amount.number or 0)

    def yearly(floor: Floor) -> bool:
        return floor.window.kind == "YEAR" or (floor.window.kind == "PERIOD" and kind.kind != "CYCLE")

    def needed(subject: str) -> Fraction:
        own = max((credits(f.amount) for f in floors if yearly(f) and not f.exam and f.subject == subject), default=0)
        return max(Fraction(own), sum((needed(each.key) for each in subjects if each.parent == subject), Fraction(0)))

    most = {maximum.subject: credits(maximum.amount) for maximum in maxima}
    outermost = [subject.key for subject in subjects if subject.parent is None]
    if all(key in most for key in outermost):
        most[None] = min(most.get(None, _NO_LIMIT), sum((most[key] for key in outermost), Fraction(0)))
    for i, floor in enumerate(floors):
        if not floor.exam and yearly(floor) and credits(floor.amount) > most.get(floor.subject, _NO_LIMIT):
            problems.add(f"$.floors[{i}].value", "高于同一科目（或总数）一年最多计入的学分，无人能够达到")
        total = max((credits(f.amount) for f in floors if f.subject is None and not f.exam), default=_NO_LIMIT)
        if floor.exam and credits(floor.amount) > total:
            problems.add(f"$.floors[{i}].value", "须通过考试取得的学分不能多于总学分的最低要求")
    if any(needed(key) > most.get(key, _NO_LIMIT) for key in (subject.key for subject in subjects)) or (
        sum((needed(key) for key in outermost), Fraction(0)) > most.get(None, _NO_LIMIT)
    ):
        problems.add("$.maxima", "各科目最低要求之和高于一年最多计入的学分，无人能够达到")
