"""An activity that ended before its time: what was held of it is what results can be reported for (arts. 19, 22)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from domain.credit_award import split_over_lines
from domain.errors import RuleError
from domain.filing_content import FilingContent, show_hours, total_hours
from domain.policy import Policy


def share(content: FilingContent, held: int, policy: Policy) -> tuple[Decimal, ...]:
    """The hours of the first `held` sessions divided over the subject lines as the filing divides all of them."""
    lines = [(line.subject, line.hours) for line in content.subjects]
    return tuple(hours for _, hours in split_over_lines(total_hours(content.sessions[:held]), lines, policy))


def shortened(content: FilingContent, held: int, hours: Sequence[Decimal]) -> FilingContent:
    """The activity as its first `held` sessions made it, with these hours by subject line; a line of none goes.

    Ranks give nothing any more: a competition that was broken off has no standings. Raises RuleError where the hours
    are not those that were held, or a line has more than was filed.
    """
    if not 0 < held < len(content.sessions):
        raise RuleError("请选择最后举办的课次，全部课次都举办了的不用办理提前结束", code="held")
    sessions = content.sessions[:held]
    whole = total_hours(sessions)
    if sum(hours, Decimal(0)) != whole:
        given = show_hours(sum(hours, Decimal(0)))
        raise RuleError(f"各科目合计 {given} 学时，已举办的课次共 {show_hours(whole)} 学时，两者须相同", code="hours")
    for line, taught in zip(content.subjects, hours, strict=True):
        if taught > line.hours:
            raise RuleError(f"“{line.title}”备案为 {show_hours(line.hours)} 学时，不能多于备案的学时", code="hours")
    return replace(
        content,
        sessions=sessions,
        subjects=tuple(
            replace(line, hours=taught) for line, taught in zip(content.subjects, hours, strict=True) if taught
        ),
        competition=replace(content.competition, awards=()) if content.competition is not None else None,
    )
