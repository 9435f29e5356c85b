"""The figures of a policy pack that a filing of one form is held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from domain.base_content import FeeItem, Scope
from domain.contests import rank_limits
from domain.filing_content import LeaveMode
from domain.filing_parts import Level
from domain.policy import Amount, Policy

_POLICY_WORDS = {LeaveMode.FULL: "FULL", LeaveMode.HALF: "HALF", LeaveMode.OFF_HOURS: "SPARE"}


@dataclass(frozen=True, kw_only=True)
class FilingFigures:
    """The figures of a policy pack that a filing of one form is held against. `None`: the pack sets no limit.

    `lead_days` between the day of filing and the first session, in working days if `lead_in_workdays`; `by_employer`:
    the employer itself arranges the activity for its own staff (art. 16(3)); `free`: a government body holds it and may
    take no fee (art. 38); `rank_limits`: the most credits a rank may give, by level; `cap`: what a person can have of
    this form in a year; `organizer`: the name of who files. Of a base that was published: its `scope`, which stops what
    is outside it if `scope_blocks` (art. 8), its `published_fees` (art. 10), and `registered_teachers`: others are
    pointed out, or stop the filing if `teachers_block` (art. 11).
    """

    form_label: str
    subjects: Mapping[str, str]
    lead_days: int
    lead_in_workdays: bool
    retroactive: bool
    hour_minutes: int
    most_per_half_day: Decimal | None
    most_per_day: Decimal | None
    consent_needed: frozenset[LeaveMode]
    by_employer: bool
    form: str = "F3"
    free: bool = False
    rank_limits: Mapping[Level, Decimal] = field(default_factory=dict)
    cap: Decimal | None = None
    organizer: str = ""
    scope: Scope | None = None
    scope_blocks: bool = True
    published_fees: tuple[FeeItem, ...] | None = None
    registered_teachers: frozenset[str] | None = None
    teachers_block: bool = False

    @property
    def lead_words(self) -> str:
        return f"{self.lead_days} 个工作日" if self.lead_in_workdays else f"{self.lead_days} 天"


def figures_of(policy: Policy, form: str) -> FilingFigures:
    """What the pack says of filings of this form (`F1` ... `F5`)."""
    lead = policy.figures.get(f"filing.lead_days.{form}")
    parents = {subject.parent for subject in policy.subjects}
    cap = policy.value(f"cap.form.{form}")
    words = policy.value("consent.required_for", ("FULL", "HALF"))
    return FilingFigures(
        form_label=policy.form(form).label,
        subjects={subject.key: subject.label for subject in policy.subjects if subject.key not in parents},
        lead_days=int(lead) if lead is not None else 0,
        lead_in_workdays=lead is not None and lead.unit == "WORKDAYS",
        retroactive=bool(policy.value("filing.retroactive", False)),
        hour_minutes=int(policy.value("hour.minutes", 45)),
        most_per_half_day=policy.value("hour.max_per_half_day"),
        most_per_day=policy.value("hour.max_per_day"),
        consent_needed=frozenset(mode for mode, word in _POLICY_WORDS.items() if word in words),
        by_employer=form == "F3",
        form=form,
        rank_limits=rank_limits(policy),
        cap=_credits(policy, cap),
        scope_blocks=policy.value("base.scope_check", "BLOCK") == "BLOCK",
        teachers_block=policy.value("teacher.register_check", "WARN") == "BLOCK",
    )


def _credits(policy: Policy, amount: Amount | None) -> Decimal | None:
    """An amount of the pack in whole tenths, rounded down."""
    if amount is None:
        return None
    return Decimal(int(policy.credits(amount) * 10)) / 10
