"""Keying results without a file: by the last digits of the ID number, from attendance, or pasted from a table."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from domain import pasted_rows
from domain.credit_entries import from_tenths, say, tenths
from domain.errors import RuleError
from domain.identity import mask_id
from domain.keyed_results import Keyed
from domain.result_rows import Outcome
from domain.roles import Actor
from models import Employment, ImportBatch, ResultReport, Technician, db
from services import attendance, crypto, policies, registry, result_content, result_jobs
from services.attendance import Summed
from services.result_content import Changed, RowValues

_OWN_STAFF = "F3"
_PASTED = "粘贴的成绩.csv"


@dataclass(frozen=True, kw_only=True)
class Seat:
    """A person who may be keyed: the number's end is compared, and never shown."""

    technician_id: int
    name: str
    number: str
    attended_tenths: int | None
    breach: bool
    row: dict[str, object] | None

    @property
    def id_masked(self) -> str:
        return mask_id(self.number)


def seats(report: ResultReport) -> list[Seat]:
    """Everybody who may be keyed, in the order of the sign-in sheet: enrolled, met in a session, or in the list.

    Of an employer's own activity nobody enrolled for, its staff.
    """
    filing = report.filing
    there: dict[int, Summed] = {each.technician_id: each for each in attendance.summary(filing)}
    kept = bool(attendance.attended(filing))
    rows = result_content.stored_rows(report)
    people = [*there, *(person for person in rows if person not in there)]
    if filing.form == _OWN_STAFF and not there:
        people += [person for person in _staff(report) if person not in rows]
    known: dict[int, tuple[str, str]] = {}
    for part in registry.chunks(people):
        for row in db.session.execute(
            select(Technician.id, Technician.name, Technician.id_number_sealed).where(Technician.id.in_(part))
        ):
            known[row.id] = (row.name, crypto.unseal(row.id_number_sealed, registry.ID_NUMBER))
    return [
        Seat(
            technician_id=person,
            name=known[person][0],
            number=known[person][1],
            attended_tenths=(there[person].hours_tenths if person in there else 0) if kept else None,
            breach=person in there and there[person].breach,
            row=rows.get(person),
        )
        for person in people
    ]


def _staff(report: ResultReport) -> list[int]:
    filing = report.filing
    query = select(Employment.technician_id).where(
        Employment.organization_id == filing.organization_id,
        Employment.state != "refused",
        Employment.started_on <= filing.ends_on,
        (Employment.ended_on.is_(None)) | (Employment.ended_on >= filing.starts_on),
    )
    return sorted(set(db.session.scalars(query)))


def matching(report: ResultReport, digits: str) -> list[Seat]:
    """Whose number ends like this."""
    return [seat for seat in seats(report) if seat.number.endswith(digits)]


def key(report: ResultReport, seat: Seat, keyed: Keyed, *, actor: Actor) -> Changed:
    """Store one keyed line; what it does not say is taken from attendance and the plan."""
    return result_content.put_rows(report, [_values(report, seat, keyed)], actor=actor)


def _values(report: ResultReport, seat: Seat, keyed: Keyed) -> RowValues:
    outcome = keyed.outcome or _outcome_of(keyed.score, seat)
    hours = keyed.hours
    if outcome is Outcome.ABSENT:
        if keyed.score or keyed.hours:
            raise RuleError("缺考的人员不应有学时和成绩，请核对")
        hours = Decimal(0)
    before = seat.row or {}
    event, rank = _won(report, keyed, before, outcome)
    return RowValues(
        technician_id=seat.technician_id,
        name=seat.name,
        hours_tenths=_usual_hours(report, seat) if hours is None else tenths(hours),
        score_tenths=None if keyed.score is None else tenths(keyed.score),
        outcome=outcome,
        occupation=str(before.get("occupation", "")),
        event=event,
        rank=rank,
        remark=str(before.get("remark", "")),
    )


def _won(report: ResultReport, keyed: Keyed, before: Mapping[str, object], outcome: Outcome) -> tuple[str, str]:
    """Event and rank as keyed, else as they were; whoever did not pass has won nothing."""
    contest = result_content.plan_of(report.filing).contest
    if contest is None or outcome is not Outcome.PASSED:
        return "", ""
    known = str(before.get("event", "")), str(before.get("rank", ""))
    if not keyed.rank:
        return (keyed.event or known[0], known[1]) if known[1] else ("", "")
    event = keyed.event or known[0] or (contest.events[0] if len(contest.events) == 1 else "")
    if not event:
        raise RuleError(f"请在名次前写明比赛项目，例如 {contest.events[0]} {keyed.rank}")
    return event, keyed.rank


def _outcome_of(score: Decimal | None, seat: Seat) -> Outcome:
    if seat.breach:
        return Outcome.BREACH
    least = policies.active_policy().value("exam.pass_score")
    failed = score is not None and least is not None and score < Decimal(least)
    return Outcome.FAILED if failed else Outcome.PASSED


def _usual_hours(report: ResultReport, seat: Seat) -> int:
    if seat.attended_tenths is not None:
        return seat.attended_tenths
    return tenths(result_content.plan_of(report.filing).hours)


def prefill(report: ResultReport, *, actor: Actor) -> Changed:
    """Rows for everybody who is enrolled or was met and is not in the list yet, with the hours that attendance knows.

    Whoever was never there is absent; a serious breach is one. Scores are for the clerk to key.
    """
    values = []
    for seat in seats(report):
        if seat.row is not None:
            continue
        hours = _usual_hours(report, seat)
        outcome = Outcome.BREACH if seat.breach else Outcome.PASSED if hours else Outcome.ABSENT
        values.append(
            RowValues(
                technician_id=seat.technician_id, name=seat.name, hours_tenths=hours, score_tenths=None, outcome=outcome
            )
        )
    if not values:
        raise RuleError("没有可以生成的人员：没有人报名或签到，或都已在名单中")
    return result_content.put_rows(report, values, actor=actor)


def paste(report: ResultReport, text: str, *, actor: Actor) -> ImportBatch:
    """Take pasted rows in as the import takes a file: checked first, written when the clerk confirms."""
    if len(text) > pasted_rows.MOST_CHARACTERS:
        raise RuleError("粘贴的内容太多，请改用文件导入")
    planned = result_content.plan_of(report.filing).hours
    rows = pasted_rows.table_of(text, planned_hours=Decimal(say(planned)))
    return result_jobs.upload(report, as_csv(rows), _PASTED, actor=actor)


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a file, for the import that reads files."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def said(report: ResultReport, seat: Seat) -> str:
    """What the list now says of this person, for the clerk to compare with the paper."""
    row = result_content.row_of(report, seat.technician_id)
    if row is None:
        return seat.name
    won = f"，{row.event}{row.rank}" if row.rank else ""
    score = "" if row.score_tenths is None else f"，{say(from_tenths(row.score_tenths))} 分"
    return f"{seat.name}：{say(from_tenths(row.hours_tenths))} 学时{score}，{Outcome(row.outcome).label}{won}"
