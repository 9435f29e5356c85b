"""Runs the test vectors a policy pack brings along: what was expected, what came out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.credit_award import award_over_lines, credits_for
from domain.credit_policy import evaluate
from domain.errors import RuleError
from domain.evaluation import Evaluation
from domain.policy import Policy, Vector
from domain.policy_reading import decimal_of


@dataclass(frozen=True)
class VectorResult:
    """A vector that was run; `differences` is empty if it came out as the pack says."""

    vector: Vector
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_vectors(policy: Policy) -> tuple[VectorResult, ...]:
    """Every vector of the pack under the pack."""
    return tuple(VectorResult(vector, tuple(_differences(policy, vector))) for vector in policy.vectors)


def _differences(policy: Policy, vector: Vector) -> Iterator[str]:
    try:
        found = _awarded(policy, vector.award) if vector.award is not None else _evaluated(policy, vector)
    except RuleError as refusal:
        yield f"不能计算：{refusal.message}"
        return
    for name, expected in vector.expect.items():
        if name not in found:
            yield f"{name}：这类用例没有这一项"
        else:
            yield from _compare(name, expected, found[name])


def _compare(name: str, expected: Any, found: Any) -> Iterator[str]:
    if isinstance(found, Mapping):
        if not isinstance(expected, Mapping):
            yield f"{name}：应写成对象"
            return
        for part, value in expected.items():
            if part in found:
                yield from _compare(f"{name}.{part}", value, found[part])
            else:
                yield f"{name}.{part}：没有这一项"
        return
    same = decimal_of(expected) == found if isinstance(found, Decimal) else type(expected) is bool and expected == found
    if not same:
        yield f"{name}：应为 {expected}，算得 {found}"


def _awarded(policy: Policy, award: Mapping[str, Any]) -> dict[str, Any]:
    if not award["lines"]:
        made = credits_for(award["attended"], award["planned"], award["passed"], policy, days=award["days"])
        return {"credits": made.credits}
    lines, made = award_over_lines(award["attended"], award["lines"], award["passed"], policy, days=award["days"])
    return {"credits": made.credits, "lines": {line.subject: line.credits for line in lines}}


def _evaluated(policy: Policy, vector: Vector) -> dict[str, Any]:
    made: Evaluation = evaluate(
        vector.entries,
        policy,
        vector.year,
        level=vector.level,
        obligation_start=vector.first_certificate,
        as_of=vector.as_of,
    )
    return {
        "compliant": made.compliant,
        "obliged": made.obliged,
        "totals": {"TOTAL": made.total, **made.totals},
        "exam": made.exam,
        "frozen": made.frozen,
        "cut": made.cut,
        "carried": made.carried_in,
        "missing": made.missing,
        # What past years lack and nothing can mend, by the year.
        "closed": {
            str(year): sum(
                (gap.credits for gap in made.gaps if gap.year == year and not gap.repairable), Decimal("0.0")
            )
            for year in range(vector.year - 10, vector.year + 1)
        },
        "required": {floor.key: floor.required for floor in made.floors if floor.open},
        "counted": {floor.key: floor.counted for floor in made.floors if floor.open},
    }
