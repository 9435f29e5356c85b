"""The figures a policy pack may hold: for each key what kind of value it takes, and how that value is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from domain.policy import FirstYear, Rounding, Tier, UseRule, YearKind
from domain.policy_reading import Problems, decimal_of, read_amount, read_credits, read_date, share_of
from domain.proof_kinds import PURPOSES

Read = Callable[[Any, str, Problems], Any]
"""Takes the raw JSON value and its path; gives the typed value, or notes a problem and gives None."""

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


# --- Plain values -----------------------------------------------------------------------------------------------------


def _read_month_day(raw: Any, path: str, problems: Problems) -> tuple[int, int] | None:
    match = _MONTH_DAY.fullmatch(raw) if isinstance(raw, str) else None
    try:
        if match is None:
            raise ValueError(raw)
        # A year without 29 February: a day that only leap years have cannot begin or end anything.
        day = date(2021, int(match[1]), int(match[2]))
    except ValueError:
        problems.add(path, '应为“月-日”，例如 "04-30"，且每年都有这一天')
        return None
    return day.month, day.day


def _read_share(raw: Any, path: str, problems: Problems) -> Fraction | None:
    share = share_of(raw)
    if share is None:
        problems.add(path, '应为 0 到 1 之间的比例，例如 0.75 或 "2/3"')
    return share


def _read_flag(raw: Any, path: str, problems: Problems) -> bool | None:
    if not isinstance(raw, bool):
        problems.add(path, "应为 true 或 false")
        return None
    return raw


def _whole(least: int, most: int = 100_000) -> Read:
    def read(raw: Any, path: str, problems: Problems) -> int | None:
        number = decimal_of(raw)
        if number is None or number != int(number) or not least <= number <= most:
            problems.add(path, f"应为 {least} 到 {most} 之间的整数")
            return None
        return int(number)

    return read


def _word(*allowed: str) -> Read:
    def read(raw: Any, path: str, problems: Problems) -> str | None:
        if raw not in allowed:
            problems.add(path, f"只能是：{'、'.join(allowed)}")
            return None
        return str(raw)

    return read


def _several(one: Read) -> Read:
    def read(raw: Any, path: str, problems: Problems) -> tuple[Any, ...] | None:
        if not isinstance(raw, list):
            problems.add(path, "应为列表")
            return None
        return tuple(one(item, f"{path}[{index}]", problems) for index, item in enumerate(raw))

    return read


def _read_text(raw: Any, path: str, problems: Problems) -> str | None:
    if not isinstance(raw, str) or not raw.strip():
        problems.add(path, "应为非空的文字")
        return None
    return raw.strip()


# --- Values with parts ------------------------------------------------------------------------------------------------


def _object(raw: Any, path: str, problems: Problems, needed: Mapping[str, Read], other: Mapping[str, Read]) -> Any:
    """The parts of an object, read; None if it has other parts, lacks one, or a part is wrong."""
    if not isinstance(raw, dict):
        problems.add(path, f"应为对象，含：{'、'.join(needed)}")
        return None
    before = len(problems.found)
    for name in raw:
        if name not in needed and name not in other:
            problems.add(f"{path}.{name}", "没有这个项目，请删去或更正名称")
    for name in needed:
        if name not in raw:
            problems.add(f"{path}.{name}", "缺少这一项")
    parts = {
        name: read(raw[name], f"{path}.{name}", problems) for name, read in {**needed, **other}.items() if name in raw
    }
    return parts if len(problems.found) == before else None


def _read_year_kind(raw: Any, path: str, problems: Problems) -> YearKind | None:
    if raw in ("CALENDAR", "ROLLING_12M"):
        return YearKind(kind=raw)
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind == "FISCAL":
        parts = _object(raw, path, problems, {"kind": _word("FISCAL"), "starts": _read_month_day}, {})
        return parts and YearKind(kind="FISCAL", starts=parts["starts"])
    if kind == "CYCLE":
        needed: dict[str, Read] = {"kind": _word("CYCLE"), "years": _whole(2, 10), "first": _whole(1990, 2100)}
        parts = _object(raw, path, problems, needed, {"starts": _read_month_day})
        return parts and YearKind(**parts)
    problems.add(
        path,
        '只能是 "CALENDAR"、"ROLLING_12M"、{"kind": "FISCAL", "starts": "07-01"} '
        '或 {"kind": "CYCLE", "years": 2, "first": 2020}',
    )
    return None


def _read_first_year(raw: Any, path: str, problems: Problems) -> FirstYear | None:
    if raw in ("NEXT_YEAR", "SAME_YEAR_FULL", "PRORATA_MONTH"):
        return FirstYear(mode=raw)
    mode = raw.get("mode") if isinstance(raw, dict) else None
    if mode == "AFTER_MONTHS":
        parts = _object(raw, path, problems, {"mode": _word("AFTER_MONTHS"), "months": _whole(0, 120)}, {})
        return parts and FirstYear(**parts)
    if mode == "PRORATA_MONTH":
        parts = _object(raw, path, problems, {"mode": _word("PRORATA_MONTH"), "count_issue_month": _read_flag}, {})
        return parts and FirstYear(**parts)
    problems.add(
        path,
        '只能是 "NEXT_YEAR"、"SAME_YEAR_FULL"、"PRORATA_MONTH" 或 {"mode": "AFTER_MONTHS", "months": 18}',
    )
    return None


def _read_step(raw: Any, path: str, problems: Problems) -> Decimal | None:
    step = decimal_of(raw)
    if step not in (Decimal("0.1"), Decimal("0.5"), Decimal(1)):
        problems.add(path, "学分的最小单位只能是 0.1、0.5 或 1")
        return None
    return step


def _read_rounding(raw: Any, path: str, problems: Problems) -> Rounding | None:
    needed: dict[str, Read] = {"step": _read_step, "mode": _word("DOWN", "HALF_UP", "UP")}
    parts = _object(raw, path, problems, needed, {})
    return parts and Rounding(**parts)


def _read_tiers(raw: Any, path: str, problems: Problems) -> tuple[Tier, ...] | None:
    if not isinstance(raw, list) or not raw:
        problems.add(path, '应为档次列表，例如 [{"share": 0.75, "factor": 1}]')
        return None
    tiers = []
    for index, item in enumerate(raw):
        parts = _object(item, f"{path}[{index}]", problems, {"share": _read_share, "factor": _read_share}, {})
        if parts:
            tiers.append(Tier(**parts))
    tiers.sort(key=lambda tier: tier.share, reverse=True)
    if any(better.share == worse.share or better.factor < worse.factor for better, worse in pairwise(tiers)):
        problems.add(path, "各档的出勤比例不能相同，出勤多的一档系数不能更低")
    return tuple(tiers)


def _read_exemption(raw: Any, path: str, problems: Problems) -> Any:
    needed: dict[str, Read] = {"reason": _read_text, "mode": _word("FULL", "PRORATA")}
    return _object(raw, path, problems, needed, {"min_months": _whole(0, 120)})


def _read_check_item(raw: Any, path: str, problems: Problems) -> Any:
    needed: dict[str, Read] = {"condition": _whole(1, 5), "text": _read_text, "most": _whole(1, 100)}
    return _object(raw, path, problems, needed, {})


def _read_use(raw: Any, path: str, problems: Problems) -> UseRule | None:
    needed: dict[str, Read] = {
        "strength": _word("HARD", "PRIORITY", "REFERENCE", "BASIS"),
        "window": _word("YEARS", "ROLE_CYCLE", "LAST_YEAR"),
        "text": _read_text,
    }
    parts = _object(raw, path, problems, needed, {"years": _whole(1, 30)})
    return parts and UseRule(**parts)


def _nothing_or(read: Read) -> Read:
    """Null says "no limit" or "not ruled"."""
    return lambda raw, path, problems: None if raw is None else read(raw, path, problems)


# --- The catalogue ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """What a key takes; `units` are the units it may name, the first one if it names none."""

    read: Read
    units: tuple[str, ...] = ("",)


_DAYS = Kind(_whole(0, 3650), ("DAYS", "WORKDAYS"))
_WORKDAYS = Kind(_whole(0, 3650), ("WORKDAYS",))
_AROUND_DUE = Kind(_several(_whole(-250, 250)), ("WORKDAYS",))
_COUNT = Kind(_whole(0))
_SHARE = Kind(_read_share)
_FLAG = Kind(_read_flag)
_HOURS = Kind(_nothing_or(read_credits), ("HOURS",))
_CREDITS = Kind(_nothing_or(read_credits), ("CREDITS",))

CATALOGUE: Mapping[str, Kind] = {
    "policy.effective_from": Kind(read_date),
    "policy.effective_to": Kind(_nothing_or(read_date)),
    "year.kind": Kind(_read_year_kind),
    "year.close": Kind(_nothing_or(_read_month_day)),
    "obligation.first_year": Kind(_read_first_year),
    "obligation.effective_year": Kind(_word("FIRST_FULL_YEAR", "CONTAINING")),
    "obligation.ends": Kind(_several(_word("RETIREMENT", "DEATH", "CERT_REVOKED", "MOVED_OUT"))),
    "streak.years": Kind(_nothing_or(_whole(1, 10))),
    "hour.minutes": Kind(_whole(1, 240), ("MINUTES",)),
    "hour.max_per_day": _HOURS,
    "hour.max_per_half_day": _HOURS,
    "credit.per_hour": Kind(read_credits),
    "credit.rounding": Kind(_read_rounding),
    "attendance.tiers": Kind(_read_tiers),
    "checkin.per_half_day": _FLAG,
    "checkin.checkout": _FLAG,
    "checkin.people_per_device": _COUNT,
    "checkin.window_minutes": Kind(_whole(0, 240), ("MINUTES",)),
    "checkin.code_seconds": Kind(_whole(5, 600)),
    "checkin.grace_seconds": Kind(_whole(0, 600)),
    "geo.kept_days": Kind(_whole(1, 3650), ("DAYS",)),
    "enrolment.close_hours": Kind(_whole(0, 720)),
    "competition.max_credits.COUNTY": _CREDITS,
    "competition.max_credits.CITY": _CREDITS,
    "competition.max_credits.PROVINCE": _CREDITS,
    "competition.max_credits.NATIONAL": _CREDITS,
    "dup.same_course_per_cycle": Kind(_nothing_or(_whole(1, 100))),
    "carry.max": Kind(read_credits),
    "carry.cascade": _FLAG,
    "carry.subjects": Kind(_several(_read_text)),
    "makeup.allowed_until": Kind(_nothing_or(_read_month_day)),
    "exam.attempts_per_year": _COUNT,
    "exam.pass_score": _COUNT,
    "exam.recheck_request_workdays": _WORKDAYS,
    "exam.recheck_answer_workdays": _WORKDAYS,
    "online.requires_test": _FLAG,
    "online.max_hours_per_day": _HOURS,
    "external.max_share": _SHARE,
    "roster.post_within_workdays": _WORKDAYS,
    "roster.confirm_workdays": _WORKDAYS,
    "results.review_workdays": _WORKDAYS,
    "correction.review_workdays": _WORKDAYS,
    "review.second_share": _SHARE,
    "review.second_share_medium": _SHARE,
    "review.second_share_high": _SHARE,
    "review.second_workdays": _WORKDAYS,
    "risk.medium": _COUNT,
    "risk.high": _COUNT,
    "risk.history_months": _COUNT,
    "risk.points.finding": _COUNT,
    "risk.points.serious": _COUNT,
    "risk.points.minor": _COUNT,
    "risk.points.history": _COUNT,
    "risk.points.newcomer": _COUNT,
    "remind.supplement_workdays": _AROUND_DUE,
    "remind.results_workdays": _AROUND_DUE,
    "remind.review_workdays": _AROUND_DUE,
    "escalate.results_workdays": _WORKDAYS,
    "evidence.min.photo": Kind(_whole(0), ("PER_DAY", "PER_ACTIVITY")),
    "evidence.min.video": Kind(_whole(0), ("PER_ACTIVITY", "PER_DAY")),
    "evidence.pattern": Kind(_read_text),
    "evidence.slack_minutes": Kind(_whole(0, 1440), ("MINUTES",)),
    "challenge.before_minutes": Kind(_whole(0, 1440), ("MINUTES",)),
    "fault.extension_days": _DAYS,
    "filing.review_workdays": _WORKDAYS,
    "filing.confirm_workdays": _WORKDAYS,
    "filing.review_extension_workdays": _WORKDAYS,
    "filing.change_review_workdays": _WORKDAYS,
    "filing.small_change_workdays": _WORKDAYS,
    "filing.change_lead_days": _DAYS,
    "filing.quota_change_share": _SHARE,
    "filing.lapse_days": _DAYS,
    "filing.retroactive": _FLAG,
    "registration.review_workdays": _WORKDAYS,
    "supplement.once": _FLAG,
    "supplement.days": Kind(_whole(0, 3650), ("WORKDAYS", "DAYS")),
    "base.accept_workdays": _WORKDAYS,
    "base.review_workdays": _WORKDAYS,
    "base.extension_workdays": _WORKDAYS,
    "base.publicity_workdays": _WORKDAYS,
    "base.publish_workdays": _WORKDAYS,
    "base.change_workdays": _WORKDAYS,
    "base.opinion_workdays": _WORKDAYS,
    "base.check_sheet": Kind(_several(_read_check_item)),
    "base.visit_pass_points": Kind(_whole(0, 1000)),
    "base.valid_years": Kind(_whole(1, 30), ("YEARS",)),
    "base.renew_notice_days": _DAYS,
    "base.cooldown_months": Kind(_whole(0, 240), ("MONTHS",)),
    "base.statement_workdays": _WORKDAYS,
    "base.measure_workdays": _WORKDAYS,
    "base.report_due": Kind(_read_month_day),
    "base.report_notice_days": _DAYS,
    "base.report_review_workdays": _WORKDAYS,
    "base.score_each": Kind(_whole(1, 100)),
    "base.score_excellent": Kind(_whole(1, 500)),
    "base.score_pass": Kind(_whole(0, 500)),
    "base.scope_check": Kind(_word("BLOCK", "WARN")),
    "base.publisher": Kind(_word("C", "HC", "HX")),
    "archive.years": Kind(_whole(1, 100), ("YEARS",)),
    "archive.close_days": _DAYS,
    "inspect.phone_share": _SHARE,
    "inspect.person_share": _SHARE,
    "geo.radius_m": Kind(_nothing_or(_whole(1)), ("METRES",)),
    "multi_cert.mode": Kind(_word("ONE_PER_PERSON", "PER_OCCUPATION", "COUNT_BOTH")),
    "transfer.region": Kind(_word("EMPLOYER_REGION", "INSURED_REGION", "CERTIFICATE_REGION")),
    "lastyear.mode": Kind(_word("PREV_CALENDAR_YEAR", "ROLLING_12M", "EITHER")),
    "exempt.reasons": Kind(_several(_read_exemption)),
    "claim.workdays": _WORKDAYS,
    "claim.opinion_workdays": _WORKDAYS,
    "claim.window_days": _DAYS,
    "appeal.workdays": _WORKDAYS,
    "appeal.extension_workdays": _WORKDAYS,
    "appeal.window_days": _DAYS,
    "freeze.max_days": _DAYS,
    "verify.share_days": Kind(_several(_whole(1, 3650)), ("DAYS",)),
    "subsidy.max_per_year": _COUNT,
    "subsidy.window_months": Kind(_whole(1, 120), ("MONTHS",)),
    "correction.days": _DAYS,
    "correction.extension_days": _DAYS,
    "award.publicity_workdays": _WORKDAYS,
    "role.cycle_years": Kind(_whole(1, 30), ("YEARS",)),
    **{f"use.{kind.value}": Kind(_read_use) for kind in PURPOSES},
    "use.valid_days": _DAYS,
    "highskill.min_level": Kind(_read_text),
    "person.allow_uncertified": _FLAG,
    "consent.required_for": Kind(_several(_word("FULL", "HALF", "SPARE"))),
    "violation.subjects": Kind(_several(_word("BASE", "EMPLOYER", "ORGANISER"))),
    "teacher.register_check": Kind(_word("BLOCK", "WARN")),
    "teacher.min_fulltime_ratio": Kind(_nothing_or(_read_share)),
    "edufund.accrual_rate_hint": _SHARE,
    "k_anonymity": Kind(_whole(2, 100)),
}

PER_FORM: Mapping[str, Kind] = {
    "cap.form.": Kind(_nothing_or(read_amount), ("CREDITS",)),
    "filing.lead_days.": _DAYS,
}
"""Keys that end in the key of a form."""

REQUIRED = (
    "policy.effective_from",
    "year.kind",
    "obligation.first_year",
    "credit.per_hour",
    "credit.rounding",
    "attendance.tiers",
)
"""Without these nothing can be counted; every other figure may be missing, and then there is no such rule."""
