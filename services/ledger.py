"""The credit ledger: awards and reversals are added, set-based, with the yearly sums kept in the same transaction."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

from sqlalchemy import Table, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from domain.credit_entries import from_tenths
from domain.errors import AlreadyPosted, NotAllowed, RuleError
from domain.ledger_rules import (
    Award,
    EntryKind,
    LineKey,
    NotReversible,
    PastEntry,
    ReversalReason,
    SourceKind,
    check_reversible,
    next_sequence,
)
from domain.roles import Actor, Permission, Role
from ids import new_id
from models import (
    Account,
    ActivityFiling,
    Case,
    CreditEntry,
    ExamRecord,
    IdentityKey,
    PolicyVersion,
    ResultReport,
    Technician,
    YearlyCredit,
    db,
)
from services import audit, cases, clock, notices, policies, registry
from services.insert_or import insert_or

Reaction = Callable[[CreditEntry], None]
_reactions: list[Reaction] = []

# Below the ORM, for a class holds hundreds of rows.
_ENTRY = cast(Table, CreditEntry.__table__)
_SUM = cast(Table, YearlyCredit.__table__)


def on_reversal(function: Reaction) -> Reaction:
    """Register what taking credits back causes: called as `f(reversal)` in the same transaction."""
    _reactions.append(function)
    return function


# --- Reads ------------------------------------------------------------------------------------------------------------


def entries_of(technician_id: int, year: int | None = None) -> list[CreditEntry]:
    """A person's entries in the order of learning, reversals included; of one year or of all."""
    query = select(CreditEntry).where(CreditEntry.technician_id == technician_id)
    if year is not None:
        query = query.where(CreditEntry.year == year)
    return list(db.session.scalars(query.order_by(CreditEntry.occurred_on, CreditEntry.id)))


def summary_of(technician_id: int, year: int) -> dict[tuple[str, bool], int]:
    """The sums of a person's year in tenths, by (subject, whether earned by exam)."""
    rows = db.session.execute(
        select(YearlyCredit.subject, YearlyCredit.is_exam, YearlyCredit.credits_tenths).where(
            YearlyCredit.technician_id == technician_id, YearlyCredit.year == year
        )
    )
    return {(row.subject, row.is_exam): row.credits_tenths for row in rows}


def find(technician_id: int, entry_id: int) -> CreditEntry | None:
    """One entry of a person."""
    return db.session.get(CreditEntry, (technician_id, entry_id))


# --- Acts -------------------------------------------------------------------------------------------------------------


def post(awards: Sequence[Award], *, actor: Actor, policy_version: PolicyVersion) -> int:
    """Add these awards to the ledger, all or none; returns how many entries were written.

    Every source must stand: results that were credited, an exam on record. Raises AlreadyPosted when one of the awards
    is live already, whoever wins a race: the unique key decides, the check before it only says it nicely.
    """
    if not awards:
        return 0
    _check_sources(awards)
    past = _past(awards)
    at = clock.now()
    rows = [
        {
            "technician_id": award.technician_id,
            "kind": EntryKind.AWARD.value,
            "year": award.year,
            "occurred_on": award.occurred_on,
            "days": award.days,
            "posted_at": at,
            "subject": award.subject,
            "form": award.form,
            "is_exam": award.is_exam,
            "hours_tenths": award.hours_tenths,
            "credits_tenths": award.credits_tenths,
            "source_kind": award.source_kind.value,
            "source_id": award.source_id,
            "line_id": award.line_id,
            "source_title": award.source_title[:200],
            "sequence": next_sequence(past.get(award.key, ())),
            "reverses_id": None,
            "reason_code": "",
            "reason": "",
            "region_code": award.region_code,
            "policy_version_id": policy_version.id,
            "posted_by_id": actor.account_id,
        }
        for award in awards
    ]
    _write(rows, AlreadyPosted())
    audit.record(
        "ledger.post",
        actor=actor,
        object_kind=awards[0].source_kind.value,
        object_id=awards[0].source_id,
        entries=len(rows),
        credits_tenths=sum(award.credits_tenths for award in awards),
    )
    return len(rows)


def reverse(entry: CreditEntry, *, reason: ReversalReason, remark: str, actor: Actor) -> CreditEntry:
    """Take one award back by an entry of its own; returns that entry. A corrected award may be posted afterwards.

    Done by an officer of the region that credited it, and not by the person who did so (INV-19). Raises NotReversible,
    NotAllowed, or RuleError when no reason is written.
    """
    reversal = reverse_all([entry], reason=reason, remark=remark, actor=actor)[0]
    notices.tell_technicians(
        [entry.technician_id],
        "学分冲销通知",
        f"“{entry.source_title}”的 {from_tenths(entry.credits_tenths)} 学分已冲销（{reason.label}）："
        f"{reversal.reason}。如有异议，可自收到本通知之日起 {appeal_days()} 日内提出申诉。",
        "/me/entries",
    )
    return reversal


def reverse_all(
    entries: Sequence[CreditEntry], *, reason: ReversalReason, remark: str, actor: Actor
) -> list[CreditEntry]:
    """Take these awards back, all or none, as `reverse` does; whoever asks for it tells the persons."""
    if not remark.strip():
        raise RuleError("冲销学分必须写明理由", code="remark_required")
    if not entries:
        return []
    _check_may_reverse(entries, actor)
    ids = {entry.id for entry in entries}
    reversed_already = _reversals(entries)
    for entry in entries:
        check_reversible(EntryKind(entry.kind), already_reversed=entry.id in reversed_already)
    at, rows = clock.now(), []
    for entry in entries:
        row = {column.name: getattr(entry, column.name) for column in _ENTRY.columns}
        del row["id"]
        rows.append(
            row
            | {
                "kind": EntryKind.REVERSAL.value,
                "posted_at": at,
                "credits_tenths": -entry.credits_tenths,
                "reverses_id": entry.id,
                "reason_code": reason.value,
                "reason": remark.strip()[:200],
                "posted_by_id": actor.account_id,
            }
        )
    _write(rows, NotReversible("这条学分记录已经冲销，不能重复冲销"))
    reversals = _reversals(entries)
    for entry in entries:
        made = reversals[entry.id]
        audit.record("ledger.reverse", actor=actor, object_kind="credit_entry", object_id=entry.id, reversal_id=made.id)
        for function in _reactions:
            function(made)
    return [reversals[each] for each in sorted(ids)]


def _reversals(entries: Sequence[CreditEntry]) -> dict[int, CreditEntry]:
    """The entries that took these back, by what they took back."""
    found: dict[int, CreditEntry] = {}
    for part in registry.chunks(sorted({entry.technician_id for entry in entries})):
        for entry in db.session.scalars(
            select(CreditEntry).where(CreditEntry.technician_id.in_(part), CreditEntry.reverses_id.is_not(None))
        ):
            found[entry.reverses_id or 0] = entry
    return found


def live_of(filing_id: int, technician_ids: Sequence[int]) -> list[CreditEntry]:
    """The awards of an activity that stand for these persons: given and not taken back."""
    found: list[CreditEntry] = []
    taken = aliased(CreditEntry)
    for part in registry.chunks(sorted(technician_ids)):
        found += db.session.scalars(
            select(CreditEntry)
            .where(
                CreditEntry.technician_id.in_(part),
                CreditEntry.source_kind == SourceKind.ACTIVITY.value,
                CreditEntry.source_id == filing_id,
                CreditEntry.kind == EntryKind.AWARD.value,
                ~exists().where(taken.technician_id == CreditEntry.technician_id, taken.reverses_id == CreditEntry.id),
            )
            .order_by(CreditEntry.technician_id, CreditEntry.id)
        )
    return found


def appeal_days() -> int:
    return int(policies.active_policy().figure("appeal.window_days"))


def _write(rows: list[dict[str, Any]], collision: RuleError) -> None:
    """The entries and the sums that follow from them. Raises `collision` when a unique key of the ledger refuses."""
    last = _hold({row["technician_id"] for row in rows})
    for row in rows:
        row["id"] = new_id(last)
    try:
        db.session.execute(insert(_ENTRY), rows)
    except IntegrityError as error:
        text = str(error.orig).lower()
        if "unique" in text or "duplicate" in text:
            raise collision from error
        raise
    sums: dict[tuple[int, int, str, bool], int] = {}
    for row in rows:
        key = (row["technician_id"], row["year"], row["subject"], row["is_exam"])
        sums[key] = sums.get(key, 0) + row["credits_tenths"]
    upsert = insert_or(_SUM)
    upsert = upsert.on_conflict_do_update(
        index_elements=["technician_id", "year", "subject", "is_exam"],
        set_={"credits_tenths": _SUM.c.credits_tenths + upsert.excluded.credits_tenths},
    )
    names = ("technician_id", "year", "subject", "is_exam")
    # In one order for everybody, so that two postings for the same people wait for each other instead of deadlocking.
    db.session.execute(
        upsert, [{**dict(zip(names, key, strict=True)), "credits_tenths": sums[key]} for key in sorted(sums)]
    )


def _hold(people: Collection[int]) -> int:
    """Let nobody else post for these persons until the commit; returns the newest id among their entries.

    A person's entries are so in the order in which they were committed: whoever reads them sees the first n (P-29).
    """
    last = 0
    for part in registry.chunks(sorted(people)):
        held = select(Technician.id).where(Technician.id.in_(part)).order_by(Technician.id)
        db.session.execute(held.with_for_update(key_share=True))
        newest = select(func.max(CreditEntry.id)).where(CreditEntry.technician_id.in_(part))
        last = max(last, db.session.scalar(newest) or 0)
    return last


# --- Checks -----------------------------------------------------------------------------------------------------------


def _past(awards: Sequence[Award]) -> dict[LineKey, list[PastEntry]]:
    """What the ledger holds already of the sources of these awards."""
    past: dict[LineKey, list[PastEntry]] = {}
    for kind in SourceKind:
        sources = sorted({award.source_id for award in awards if award.source_kind is kind})
        for part in registry.chunks(sources):
            rows = db.session.execute(
                select(
                    CreditEntry.technician_id,
                    CreditEntry.source_id,
                    CreditEntry.line_id,
                    CreditEntry.year,
                    CreditEntry.kind,
                    CreditEntry.sequence,
                ).where(
                    CreditEntry.source_kind == kind.value,
                    CreditEntry.source_id.in_(part),
                )
            )
            for row in rows:
                key = (row.technician_id, kind.value, row.source_id, row.line_id, row.year)
                past.setdefault(key, []).append(PastEntry(EntryKind(row.kind), row.sequence))
    return past


def _check_sources(awards: Sequence[Award]) -> None:
    """No source, no entry (P-02): an activity whose results are credited, an exam of this very person."""
    activities = sorted({award.source_id for award in awards if award.source_kind is SourceKind.ACTIVITY})
    credited: set[int] = set()
    for part in registry.chunks(activities):
        credited |= set(
            db.session.scalars(
                select(ResultReport.filing_id)
                .join(Case, Case.id == ResultReport.case_id)
                .where(
                    Case.state == "credited",
                    ResultReport.filing_id.in_(part),
                )
            )
        )
    if credited != set(activities):
        raise RuleError("活动成绩尚未审核通过，不能入账", code="no_source")
    for award in awards:
        if award.source_kind is not SourceKind.EXAM:
            continue
        exam = db.session.get(ExamRecord, (award.technician_id, award.source_id))
        if exam is None or (exam.credits_tenths, exam.subject) != (award.credits_tenths, award.subject):
            raise RuleError("没有相符的专项知识考试记录，不能入账", code="no_source")


def _check_may_reverse(entries: Sequence[CreditEntry], actor: Actor) -> None:
    """An officer of the region in charge who neither posted them nor has a part in them (INV-19)."""
    if actor.role is Role.SYSTEM:
        return
    cases_behind = {entry.source_id: _case_behind(entry) for entry in entries}
    for entry in entries:
        # The bureau that decided on the source; for an exam that of the region of duty.
        case = cases_behind[entry.source_id]
        region = entry.region_code if case is None else case.region_code
        if not actor.can(Permission.CREDIT_REVERSE) or actor.region_code != region:
            raise NotAllowed("只有办理入账的人力社保部门可以冲销这条学分记录")
    persons = {entry.technician_id for entry in entries}
    own = db.session.scalars(select(IdentityKey.technician_id).where(IdentityKey.blind_index == actor.person_key)).all()
    if persons & set(own) or any(case and cases.works_for_applicant(case, actor) for case in cases_behind.values()):
        raise NotAllowed("这条学分与您本人或您任职的单位有关，按规定应当回避，请由其他工作人员办理")
    posters = {entry.posted_by_id for entry in entries if entry.posted_by_id is not None}
    for poster in db.session.scalars(select(Account).where(Account.id.in_(posters))):
        if poster.id == actor.account_id or (poster.person_key is not None and poster.person_key == actor.person_key):
            raise NotAllowed("这条学分由您本人审核入账，按规定须由另一人冲销")


def _case_behind(entry: CreditEntry) -> Case | None:
    """The filing's case of an activity entry; an exam has none."""
    if entry.source_kind == SourceKind.EXAM.value:
        return None
    return db.session.scalars(
        select(Case).join(ActivityFiling, ActivityFiling.case_id == Case.id).where(ActivityFiling.id == entry.source_id)
    ).one()
