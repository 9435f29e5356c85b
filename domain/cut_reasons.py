"""Why credits of an entry do not count, in the words that stand under it on a paper."""

from domain.credit_entries import say
from domain.evaluation import Cut
from domain.policy import Policy

_DAILY = ("hour.max_per_day", "online.max_hours_per_day")
_FORM = "cap.form."


def said(cut: Cut, policy: Policy) -> str:
    """One cut of one entry: 超出“在岗实训”的年度上限，3学分不计入."""
    lost = f"{say(cut.credits)}学分不计入"
    if cut.rule == "reversal":
        return "已冲销，不计入"
    if cut.rule == "dup.same_course_per_cycle":
        return f"重复学习，{lost}"
    if cut.rule in _DAILY:
        return f"超出每天学时的上限，{lost}"
    if cut.rule.startswith(_FORM):
        return f"超出“{policy.form(cut.rule.removeprefix(_FORM)).label}”的年度上限，{lost}"
    label = next(maximum.label for maximum in policy.maxima if maximum.key == cut.rule)
    return f"超出“{label}”的年度上限，{lost}"
