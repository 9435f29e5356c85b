"""Teaching archives (教学档案, arts. 10, 19): what the archive of an activity holds and lacks, and its closing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from domain import archive_rules
from domain.archive_rules import Entry, Facts, Item
from domain.attendance_rules import Method
from domain.errors import NotAllowed, RuleError
from domain.filing_workflow import IN_FORCE
from domain.result_standing import RowStanding
from domain.roles import ORGANIZATION_ROLES, REGION_ROLES, SYSTEM, Actor, Permission
from models import (
    ActivityFiling,
    ActivitySession,
    ArchiveHold,
    ArchivePaper,
    Attachment,
    Attendance,
    Case,
    EvidencePiece,
    Organization,
    ResultReport,
    ResultRow,
    TeachingArchive,
    db,
)
from services import (
    audit,
    case_lock,
    clock,
    corrections,
    day_logs,
    evidence,
    filing_confirmations,
    filing_tables,
    jobs,
    notices,
    policies,
    results,
)
from services.transaction import transaction

# An archive there is for what the bureau agreed to; it is full once the credits are posted.
_DONE = "completed"
_STATES = (*IN_FORCE, _DONE)
_AT_ONCE = 50

Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """The archive of one activity as it stands now; `closed` is None while it is still being gathered."""

    filing: ActivityFiling
    report: ResultReport | None
    entries: tuple[Entry, ...]
    papers: list[ArchivePaper]
    holds: list[ArchiveHold]
    closed: TeachingArchive | None
    keep_until: date

    @property
    def missing(self) -> tuple[str, ...]:
        return archive_rules.missing(self.entries)

    @property
    def held(self) -> bool:
        """Whether something forbids its destruction."""
        return any(hold.lifted_at is None for hold in self.holds)

    @property
    def destroyed(self) -> bool:
        return self.closed is not None and self.closed.destroyed_at is not None

    @property
    def may_close(self) -> bool:
        """Whether the organiser may close it before the program does: nothing is missing, nothing under way."""
        return self.closed is None and archive_rules.is_settled(self.entries) and not self.missing


# --- Reads ------------------------------------------------------------------------------------------------------------


def visible_to(actor: Actor) -> Select[ActivityFiling]:
    """The activities whose archives this actor may open: an organisation's own and those it keeps; a region's all."""
    query = (
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .outerjoin(TeachingArchive, TeachingArchive.filing_id == ActivityFiling.id)
        .where(Case.state.in_(_STATES))
    )
    return within_reach(
        query, actor, own=(ActivityFiling.organization_id, TeachingArchive.keeper_id), region=Case.region_code
    )


def within_reach(
    query: Select[Row], actor: Actor, *, own: Collection[InstrumentedAttribute[Any]], region: InstrumentedAttribute[Any]
) -> Select[Row]:
    """Of these rows, an organisation has those that name it in one of the columns `own`, an official those of the own
    `region`, the city all, and nobody else any."""
    if actor.role in ORGANIZATION_ROLES and actor.organization_id is not None:
        return query.where(or_(*(column == actor.organization_id for column in own)))
    if actor.role in REGION_ROLES and actor.can(Permission.CASE_READ):
        return query if actor.sees_city else query.where(region == actor.region_code)
    return query.where(false())


def find(filing_id: int, *, seen_by: Actor) -> ActivityFiling | None:
    """The activity whose archive it is, if this actor may open it."""
    return db.session.scalar(visible_to(seen_by).where(ActivityFiling.id == filing_id))


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list of archives is narrowed to."""

    search: str = ""
    state: str = ""


# What the lists can be narrowed to, in words.
STATES = {"open": "待归档", "complete": "已归档", "incomplete": "归档时有缺项", "over": "保管期满", "held": "暂停销毁"}


def listing(actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    """Rows for a list, the newest activity first; only what is over, for nothing else can be filed away."""
    held = select(ArchiveHold.filing_id).where(ArchiveHold.lifted_at.is_(None))
    query = (
        visible_to(actor)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .with_only_columns(
            ActivityFiling.id,
            ActivityFiling.title,
            ActivityFiling.ends_on,
            Case.number,
            Organization.name.label("organization"),
            TeachingArchive.closed_at,
            TeachingArchive.keep_until,
            TeachingArchive.missing,
            TeachingArchive.destroyed_at,
            ActivityFiling.id.in_(held).label("held"),
        )
        .where(ActivityFiling.ends_on < clock.today())
        .order_by(ActivityFiling.ends_on.desc(), ActivityFiling.id.desc())
    )
    if filters.search:
        columns = (Case.number, ActivityFiling.title, Organization.name)
        query = query.where(or_(*(each.icontains(filters.search, autoescape=True) for each in columns)))
    # JSON is compared as the text it is stored as: an empty list means that nothing was missing.
    whole = func.length(TeachingArchive.missing.cast(db.String)) <= len("[]")
    narrowed: dict[str, Any] = {
        "open": TeachingArchive.filing_id.is_(None),
        "complete": TeachingArchive.filing_id.is_not(None) & whole,
        "incomplete": TeachingArchive.filing_id.is_not(None) & ~whole,
        "over": TeachingArchive.keep_until < clock.today(),
        "held": ActivityFiling.id.in_(held),
    }
    return query.where(narrowed[filters.state]) if filters.state in narrowed else query


def of_filing(filing: ActivityFiling) -> Archive:
    """The archive as it stands: the index is made from the tables each time, so that it cannot say what is not so."""
    report, papers = results.of_filing(filing), papers_of(filing)
    closed = db.session.get(TeachingArchive, filing.id)
    return Archive(
        filing=filing,
        report=report,
        entries=archive_rules.entries(_facts(filing, report, papers)),
        papers=papers,
        holds=list(
            db.session.scalars(
                select(ArchiveHold).where(ArchiveHold.filing_id == filing.id).order_by(ArchiveHold.id.desc())
            )
        ),
        closed=closed,
        keep_until=closed.keep_until if closed else _keep_until(filing),
    )


def papers_of(filing: ActivityFiling) -> list[ArchivePaper]:
    """What was added to the archive and stands."""
    query = select(ArchivePaper).where(ArchivePaper.filing_id == filing.id, ArchivePaper.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(ArchivePaper.id)))


def find_paper(filing: ActivityFiling, paper_id: int) -> ArchivePaper | None:
    """A paper of this archive."""
    return next((paper for paper in papers_of(filing) if paper.id == paper_id), None)


def _keep_until(filing: ActivityFiling) -> date:
    years = int(policies.active_policy().figure("archive.years"))
    return archive_rules.keep_until(filing.ends_on or clock.today(), years)


def _facts(filing: ActivityFiling, report: ResultReport | None, papers: list[ArchivePaper]) -> Facts:
    service = _service(filing)
    return Facts(
        approved=filing.case.state in _STATES,
        plans=len(filing_tables.papers_of(filing.case)),
        people=_people(report),
        sessions=len(filing.sessions),
        # Who confirms the hours of a service or the days at a post says who was there.
        unattended=() if service == () else tuple(_unattended(filing, report)),
        evidence=tuple(need.sentence for need in evidence.missing(report)) if report else (),
        evidence_note=report.evidence_note if report else "",
        service=service,
        waiting=tuple(_waiting(report)) if report else (),
        credited=report is not None and report.case.state == "credited",
        supplied=frozenset(Item(paper.item) for paper in papers),
    )


def _people(report: ResultReport | None) -> int:
    if report is None:
        return 0
    return db.session.scalar(select(func.count()).where(ResultRow.report_id == report.id)) or 0


def _unattended(filing: ActivityFiling, report: ResultReport | None) -> list[str]:
    """The sessions of which neither attendance nor the photo of a signed sheet was kept."""
    kept = set(
        db.session.scalars(
            select(Attendance.session_id)
            .where(Attendance.filing_id == filing.id, Attendance.method != Method.REPORT.value)
            .distinct()
        )
    )
    if report is not None:
        kept |= set(
            db.session.scalars(
                select(EvidencePiece.session_id)
                .join(Attachment, Attachment.id == EvidencePiece.attachment_id)
                .join(ActivitySession, ActivitySession.id == EvidencePiece.session_id)
                .where(
                    Attachment.case_id == report.case_id,
                    Attachment.kind == evidence.SHEET,
                    Attachment.removed_at.is_(None),
                )
            )
        )
    return [evidence.say_session(session) for session in filing.sessions if session.id not in kept]


def _service(filing: ActivityFiling) -> tuple[str, ...] | None:
    """What somebody outside has not confirmed; None where there is nobody to ask."""
    if filing.form == "F4_VOLUNTEER":
        confirmed = filing_confirmations.service_hours(filing) is not None
        return () if confirmed else ("受益方没有确认服务时间",)
    logged = day_logs.entries(filing) if filing.form == "F4" else []
    if not logged:
        return None
    open_days = sum(not day_logs.is_confirmed(entry) for entry in logged)
    return (f"{open_days} 条带教日志没有经师傅确认",) if open_days else ()


def _waiting(report: ResultReport) -> list[str]:
    alone = db.session.scalar(
        select(func.count()).where(ResultRow.report_id == report.id, ResultRow.standing != RowStanding.READY.value)
    )
    found = [f"{alone} 人的成绩单独处理，尚未裁定"] if alone else []
    return [*found, "成绩更正正在办理"] if corrections.under_way(report) else found


# --- Closing ----------------------------------------------------------------------------------------------------------


def close(filing: ActivityFiling, *, actor: Actor) -> TeachingArchive:
    """File the archive away; from now on its time of keeping is fixed. Closing again changes nothing.

    The organiser may only close what is complete; the program closes the rest when the time for it is over, and
    writes down what was missing. Raises NotAllowed or RuleError.
    """
    case_lock.hold(filing.case_id)
    found = of_filing(filing)
    if found.closed is not None:
        return found.closed
    own = actor.organization_id == filing.organization_id and actor.can(Permission.FILING_WRITE)
    if actor is not SYSTEM and not own:
        raise NotAllowed("只有举办单位的经办人可以归档")
    if filing.ends_on is None or found.report is None or found.report.case.state != "credited":
        raise RuleError("成绩审核入账后才能归档", code="not_credited")
    if actor is not SYSTEM and not found.may_close:
        raise RuleError("档案还有缺项，请先补充；期满后系统会按现状归档并列明缺项", code="incomplete")
    archive = TeachingArchive(
        filing_id=filing.id,
        organization_id=filing.organization_id,
        keeper_id=filing.organization_id,
        region_code=filing.case.region_code,
        ended_on=filing.ends_on,
        keep_until=found.keep_until,
        missing=[*found.missing, *(said for each in found.entries for said in _under_way(each))],
        closed_at=clock.now(),
        closed_by_id=actor.account_id,
    )
    db.session.add(archive)
    db.session.flush()
    audit.record(
        "archive.close",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        missing=len(archive.missing),
        row=archive,
    )
    return archive


def _under_way(entry: Entry) -> tuple[str, ...]:
    return entry.missing if entry.standing is archive_rules.Standing.WAITING else ()


def _due() -> Select[ActivityFiling]:
    """What is to be filed away by now: credited so many days ago."""
    days = int(policies.active_policy().figure("archive.close_days"))
    return (
        select(ActivityFiling)
        .join(ResultReport, ResultReport.filing_id == ActivityFiling.id)
        .join(Case, Case.id == ResultReport.case_id)
        .outerjoin(TeachingArchive, TeachingArchive.filing_id == ActivityFiling.id)
        .where(
            Case.state == "credited",
            ResultReport.posted_at < clock.now() - timedelta(days=days),
            TeachingArchive.filing_id.is_(None),
        )
        .order_by(ResultReport.posted_at, ActivityFiling.id)
        .limit(_AT_ONCE)
    )


@jobs.every_minute
def close_due() -> None:
    """File away what the organisers did not, with what is missing listed, and say so."""
    for filing_id in [filing.id for filing in db.session.scalars(_due())]:
        with transaction():
            close_and_tell(db.session.get_one(ActivityFiling, filing_id))


def close_and_tell(filing: ActivityFiling) -> None:
    """The same for one activity, inside a transaction."""
    archive = close(filing, actor=SYSTEM)
    if archive.missing:
        notices.tell_organization(
            filing.organization_id,
            f"教学档案已归档，缺 {len(archive.missing)} 项：{filing.title}",
            "；".join(archive.missing)[:900] + "。可以在档案页面补充上传。",
            f"/archives/{filing.id}",
            permission=Permission.FILING_READ,
            case_id=filing.case_id,
        )


def is_destroyed(filing: ActivityFiling) -> bool:
    """Whether the files of the archive were destroyed when its time was over."""
    closed = db.session.get(TeachingArchive, filing.id)
    return closed is not None and closed.destroyed_at is not None


def keeps(filing: ActivityFiling, actor: Actor) -> bool:
    """Whether the actor's organisation keeps the archive: its own until it hands it over."""
    if actor.organization_id is None:
        return False
    closed = db.session.get(TeachingArchive, filing.id)
    return actor.organization_id == (closed.keeper_id if closed else filing.organization_id)
