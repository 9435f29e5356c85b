"""The public calendar of activities: what anybody may find, filter and subscribe to. Nobody needs an account for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from domain.filing_changes import Difference, differences
from domain.filing_content import FilingContent, from_canonical
from domain.filing_review import Phase, phase_on
from domain.filing_workflow import IN_FORCE, REVISIONS
from domain.icalendar import Event
from domain.public_activities import CANCELLED, STATES, month_span, months, public_content, without_numbers
from domain.roles import Actor
from models import ActivityFiling, ActivitySession, Case, CaseStep, FilingOccupation, Organization, SubjectLine, db
from services import clock, filing_forms, filing_tables, policies, reference

# Nobody looks for a class of three years ago in a list of months.
_MOST_MONTHS = 36
# A subscriber's program fetches the feed several times a day, and what is over no longer changes.
_KEPT_IN_FEED = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; words that mean nothing narrow nothing. `month` is written 2026-06."""

    region: str = ""
    month: str = ""
    occupation: str = ""
    subject: str = ""
    form: str = ""
    search: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The parts of the query string that say the same."""
        parts = {"q": self.search, "region": self.region, "month": self.month, "occupation": self.occupation}
        return {name: value for name, value in {**parts, "subject": self.subject, "form": self.form}.items() if value}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the filters offer, as (value, label)."""

    regions: list[tuple[str, str]]
    months: list[tuple[str, str]]
    occupations: list[str]
    subjects: list[tuple[str, str]]
    forms: list[tuple[str, str]]


def listing(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The public activities as rows: those to come, the next first, then those that are over, the last first."""
    today = clock.today()
    query: Select[*tuple[Any, ...]] = (
        select(
            ActivityFiling.id,
            ActivityFiling.title,
            ActivityFiling.form,
            ActivityFiling.place,
            ActivityFiling.starts_on,
            ActivityFiling.ends_on,
            ActivityFiling.quota,
            Case.state,
            Case.region_code,
            Organization.name.label("organization"),
        )
        .join(Case, Case.id == ActivityFiling.case_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .where(Case.state.in_(STATES), ActivityFiling.starts_on.is_not(None))
    )
    over = case((ActivityFiling.ends_on < today, 1), else_=0)
    next_first = case((ActivityFiling.ends_on >= today, ActivityFiling.starts_on))
    return _narrowed(query, filters).order_by(over, next_first, ActivityFiling.starts_on.desc(), ActivityFiling.id)


def open_to_enrol(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The activities still to begin that staff of the actor's employer may take part in, the next first."""
    own = or_(ActivityFiling.organization_id == actor.organization_id, Case.partner_id == actor.organization_id)
    return listing(Filters()).where(
        Case.state.in_(IN_FORCE), ActivityFiling.starts_on > clock.today(), or_(ActivityFiling.form != "F3", own)
    )


def _narrowed(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    if filters.region in {region.code for region in reference.regions()}:
        query = query.where(Case.region_code == filters.region)
    span = month_span(filters.month)
    if span is not None:
        query = query.where(ActivityFiling.starts_on <= span[1], ActivityFiling.ends_on >= span[0])
    if filters.occupation:
        query = query.where(
            select(FilingOccupation.filing_id)
            .where(FilingOccupation.filing_id == ActivityFiling.id, FilingOccupation.name == filters.occupation)
            .exists()
        )
    policy = policies.active_policy()
    if filters.subject in {subject.key for subject in policy.subjects}:
        query = query.where(
            select(SubjectLine.id)
            .where(SubjectLine.filing_id == ActivityFiling.id, SubjectLine.subject == filters.subject)
            .exists()
        )
    if filters.form in {form.key for form in policy.forms}:
        query = query.where(ActivityFiling.form == filters.form)
    if filters.search:
        columns = (ActivityFiling.title, Organization.name, ActivityFiling.place, Case.number)
        query = query.where(or_(*(column.icontains(filters.search, autoescape=True) for column in columns)))
    return query


def options() -> Options:
    """The filters' choices: months and occupations there is something for, the rest as the policy names it."""
    public = select(ActivityFiling.id).join(Case, Case.id == ActivityFiling.case_id).where(Case.state.in_(STATES))
    first, last = db.session.execute(
        public.with_only_columns(func.min(ActivityFiling.starts_on), func.max(ActivityFiling.ends_on))
    ).one()
    spelled = list(months(first, last))[-_MOST_MONTHS:] if first and last else []
    occupations = (
        select(FilingOccupation.name)
        .where(FilingOccupation.filing_id.in_(public))
        .distinct()
        .order_by(FilingOccupation.name)
    )
    policy = policies.active_policy()
    parents = {subject.parent for subject in policy.subjects}
    return Options(
        regions=[
            (region.code, f"{region.name}本级" if region.kind == "city" else region.name)
            for region in reference.regions()
            if region.kind != "province"
        ],
        months=[(month, f"{month[:4]} 年 {int(month[5:])} 月") for month in spelled],
        occupations=list(db.session.scalars(occupations)),
        subjects=[(each.key, each.label) for each in policy.subjects if each.key not in parents],
        forms=[(each.key, each.label) for each in policy.forms if each.filing],
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """One activity of the list in words."""

    id: int
    title: str
    organization: str
    region: str
    place: str
    starts_on: date
    ends_on: date
    hours_tenths: int
    subjects: str
    occupations: list[str]
    in_house: bool
    phase: Phase | None


def lines(rows: list[Any]) -> list[Line]:
    """The rows of a page of `listing` with their hours and occupations; the phase is None for what was called off."""
    ids, today = [row.id for row in rows], clock.today()
    hours: dict[int, dict[str, int]] = {}
    for filing_id, subject, tenths in db.session.execute(
        select(SubjectLine.filing_id, SubjectLine.subject, func.sum(SubjectLine.hours_tenths))
        .where(SubjectLine.filing_id.in_(ids))
        .group_by(SubjectLine.filing_id, SubjectLine.subject)
        .order_by(func.min(SubjectLine.position))
    ):
        hours.setdefault(filing_id, {})[subject] = int(tenths)
    occupations: dict[int, list[str]] = {}
    for filing_id, name in db.session.execute(
        select(FilingOccupation.filing_id, FilingOccupation.name)
        .where(FilingOccupation.filing_id.in_(ids))
        .order_by(FilingOccupation.position)
    ):
        occupations.setdefault(filing_id, []).append(name)
    labels = {subject.key: subject.label for subject in policies.active_policy().subjects}
    regions = {region.code: region.name for region in reference.regions()}
    return [
        Line(
            id=row.id,
            title=without_numbers(row.title),
            organization=row.organization,
            region=regions.get(row.region_code, row.region_code),
            place=without_numbers(row.place),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            hours_tenths=sum(hours.get(row.id, {}).values()),
            subjects="、".join(labels.get(key, key) for key in hours.get(row.id, {})),
            occupations=occupations.get(row.id, []),
            in_house=is_in_house(row.form),
            phase=phase_of(row.state, row.starts_on, row.ends_on, today),
        )
        for row in rows
    ]


def is_in_house(form: str) -> bool:
    """Whether the activity is an employer's own, for its own staff (art. 16(3))."""
    return form == "F3"


def phase_of(state: str, starts_on: date, ends_on: date, today: date) -> Phase | None:
    """Where a public activity stands by the calendar; None for one that was called off."""
    if state == CANCELLED:
        return None
    return phase_on(today, starts_on=starts_on, ends_on=ends_on, results_sent=True)


def find(filing_id: int) -> ActivityFiling | None:
    """The activity if it is public."""
    return db.session.scalar(
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(ActivityFiling.id == filing_id, Case.state.in_(STATES))
    )


def content_of(filing: ActivityFiling) -> FilingContent:
    """What was approved, as anybody may read it."""
    content = filing_tables.submitted_content(filing.case) or filing_tables.stored_content(filing)
    return public_content(content)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was changed last in an activity that the bureau had agreed to, and since when it is so.

    `ended`: it ended before its time, and what is missing in it was not held.
    """

    since: datetime
    ended: bool
    differences: list[Difference]


def last_change(filing: ActivityFiling) -> Change | None:
    """The last change as anybody may read it; None for an activity that is as it was approved."""
    step = next((step for step in reversed(filing.case.steps) if step.action in REVISIONS), None)
    now = filing_tables.snapshot_in_force(filing.case)
    before = filing_tables.snapshot_in_force(filing.case, before=step) if step else None
    if step is None or now is None or before is None:
        return None
    old, new = (public_content(from_canonical(snapshot.content)) for snapshot in (before, now))
    labels = filing_forms.figures_for(filing.case, filing.form).subjects
    return Change(since=step.at, ended=step.action != "approve_change", differences=differences(old, new, labels))


def for_feed(filters: Filters, limit: int) -> list[int]:
    """The first activities of the list, without those of long ago unless their month is asked for."""
    query = listing(filters)
    if month_span(filters.month) is None:
        query = query.where(ActivityFiling.ends_on >= clock.today() - _KEPT_IN_FEED)
    return [row.id for row in db.session.execute(query.limit(limit))]


# How often what subscribers have was made otherwise: a session that moves keeps its row, and so its entry.
_revisions = (
    select(func.count())
    .where(CaseStep.case_id == Case.id, CaseStep.action.in_((*REVISIONS, "cancel", "stop")))
    .correlate(Case)
    .scalar_subquery()
)


def events(filing_ids: list[int], *, host: str, address: Callable[[int], str]) -> list[Event]:
    """Every session of these activities for a calendar; `address` tells the page of an activity."""
    sessions = db.session.execute(
        select(
            ActivitySession.id,
            ActivitySession.filing_id,
            ActivitySession.starts_at,
            ActivitySession.ends_at,
            ActivitySession.place,
            ActivitySession.topic,
            ActivityFiling.title,
            ActivityFiling.form,
            ActivityFiling.place.label("usual_place"),
            Organization.name.label("organization"),
            Case.state,
            Case.decided_at,
            Case.opened_at,
            _revisions.label("sequence"),
        )
        .join(ActivityFiling, ActivityFiling.id == ActivitySession.filing_id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .where(ActivitySession.filing_id.in_(filing_ids))
        .order_by(ActivitySession.starts_at, ActivitySession.id)
    )
    return [
        Event(
            uid=f"{row.id}@{host}",
            changed_at=row.decided_at or row.opened_at,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            summary=("【已取消】" if row.state == CANCELLED else "") + without_numbers(row.title),
            location=without_numbers(row.place or row.usual_place),
            description=_description(row),
            url=address(row.filing_id),
            cancelled=row.state == CANCELLED,
            sequence=row.sequence,
        )
        for row in sessions
    ]


def _description(row: Any) -> str:
    parts = [f"内容：{row.topic}" if row.topic else "", f"举办单位：{row.organization}"]
    if is_in_house(row.form):
        parts.append("仅限举办单位职工参加")
    return without_numbers("\n".join(part for part in parts if part))
