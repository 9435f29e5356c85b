"""Site visits and expert panels on a base application: who went, the check sheet with scores, photos (art. 9)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from domain.base_visits import CheckItem, Result, VisitKind, items_of, result_of
from domain.base_workflow import UNDER_REVIEW
from domain.errors import NotAllowed, RuleError
from domain.periods import china_date
from domain.roles import Actor, Permission
from models import Attachment, BaseVisit, BaseVisitScore, Case, db
from services import audit, case_lock, cases, clock, files, policies
from services.base_applications import KIND

MOST_PHOTOS = 20
_PHOTOS = "visit."


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A visit as pages show it: the sheet of each member (points and remark by item), the result, the photos."""

    visit: BaseVisit
    kind: VisitKind
    items: tuple[CheckItem, ...]
    sheets: tuple[Mapping[int, BaseVisitScore], ...]
    result: Result
    pass_points: int
    photos: list[Attachment]


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_case(case: Case) -> list[Shown]:
    """The visits about an application, the oldest first."""
    query = select(BaseVisit).where(BaseVisit.case_id == case.id, BaseVisit.removed_at.is_(None)).order_by(BaseVisit.id)
    return [shown(each) for each in db.session.scalars(query)]


def find(visit_id: int, *, seen_by: Actor) -> BaseVisit | None:
    """The visit if this official may know of its case."""
    visit = db.session.get(BaseVisit, visit_id)
    if visit is None or visit.removed_at is not None or not seen_by.can(Permission.CASE_READ):
        return None
    return visit if cases.find(visit.case_id, seen_by=seen_by) is not None else None


def shown(visit: BaseVisit) -> Shown:
    items = items_of(visit.items)
    sheets: list[dict[int, BaseVisitScore]] = [{} for _ in visit.members]
    for score in db.session.scalars(select(BaseVisitScore).where(BaseVisitScore.visit_id == visit.id)):
        sheets[score.member][score.item] = score
    kind = photo_kind(visit)
    return Shown(
        visit=visit,
        kind=VisitKind(visit.kind),
        items=items,
        sheets=tuple(sheets),
        result=result_of(items, [{item: score.points for item, score in sheet.items()} for sheet in sheets]),
        pass_points=int(policies.active_policy().figure("base.visit_pass_points")),
        photos=[each for each in visit.case.attachments if each.kind == kind and each.removed_at is None],
    )


def photo_kind(visit: BaseVisit) -> str:
    """The kind of attachment that the photos of this visit are."""
    return f"{_PHOTOS}{visit.id}"


def keeps_from(attachment: Attachment, actor: Actor) -> bool:
    """Whether this is a photo of a visit and the actor no official: what reviewers note is not the applicant's."""
    return attachment.kind.startswith(_PHOTOS) and not actor.can(Permission.CASE_READ)


def may_record(case: Case, actor: Actor) -> bool:
    """Whether this official may write down visits now: a reviewer of the bureau whose case it is, not decided."""
    return (
        case.kind == KIND
        and case.state in UNDER_REVIEW
        and actor.can(Permission.BASE_REVIEW)
        and actor.region_code == case.region_code
        and not cases.works_for_applicant(case, actor)
    )


# --- Acts -------------------------------------------------------------------------------------------------------------


def record(
    case: Case,
    *,
    kind: VisitKind,
    held_on: date,
    place: str,
    members: Sequence[tuple[str, str]],
    summary: str,
    actor: Actor,
) -> BaseVisit:
    """Write down a visit, with the check sheet that is in force. Raises NotAllowed or RuleError."""
    _hold(case, actor)
    if held_on > clock.today():
        raise RuleError("日期不能晚于今天：先去核查，再登记", code="future")
    if case.submitted_at is not None and held_on < china_date(case.submitted_at):
        raise RuleError("日期不能早于提交申请的日期", code="too_early")
    if len({name for name, _unit in members}) != len(members):
        raise RuleError("同一个人只能填写一次", code="twice")
    visit = BaseVisit(
        case_id=case.id,
        kind=kind.value,
        held_on=held_on,
        place=place,
        members=[{"name": name, "unit": unit} for name, unit in members],
        items=list(policies.active_policy().figure("base.check_sheet").value),
        summary=summary,
        account_id=actor.account_id,
        recorded_by=actor.name,
        recorded_at=clock.now(),
    )
    db.session.add(visit)
    db.session.flush()
    _note(visit, actor)
    return visit


def score(visit: BaseVisit, member: int, points: Mapping[int, tuple[int, str]], *, actor: Actor) -> None:
    """Keep the sheet of one member: for each item the points and what was seen. Raises NotAllowed or RuleError."""
    _hold(visit.case, actor)
    items = items_of(visit.items)
    if not 0 <= member < len(visit.members) or set(points) != set(range(len(items))):
        raise RuleError("请给表上的每一项打分", code="not_whole")
    for place, (given, _remark) in points.items():
        if not 0 <= given <= items[place].most:
            raise RuleError(f"“{items[place].text}”最多 {items[place].most} 分", code="too_many")
    db.session.execute(
        delete(BaseVisitScore).where(BaseVisitScore.visit_id == visit.id, BaseVisitScore.member == member)
    )
    db.session.add_all(
        BaseVisitScore(visit_id=visit.id, member=member, item=place, points=given, remark=remark)
        for place, (given, remark) in points.items()
    )
    db.session.flush()
    _note(visit, actor, member=member)


def add_photo(visit: BaseVisit, data: bytes, name: str, *, actor: Actor) -> Attachment:
    """Keep a photo of the place or of the signed paper sheet. Raises NotAllowed, files.BadFile or RuleError."""
    media_type = files.check(data, files.PHOTO)
    copy = files.display_copy(data)
    _hold(visit.case, actor)
    present = shown(visit).photos
    if len(present) >= MOST_PHOTOS:
        raise RuleError(f"每次最多 {MOST_PHOTOS} 张照片", code="too_many_files")
    if any(each.file.sha256 == hashlib.sha256(data).hexdigest() for each in present):
        raise RuleError("这张照片已经上传过了", code="same_file")
    stored = files.store(data, name=name, media_type=media_type, actor=actor)
    display = files.store(copy, name=name, media_type="image/jpeg", actor=actor)
    photo = Attachment(
        case_id=visit.case_id,
        file_id=stored.id,
        display_file_id=display.id,
        kind=photo_kind(visit),
        label=stored.original_name,
    )
    db.session.add(photo)
    db.session.flush()
    db.session.expire(visit.case, ["attachments"])
    _note(visit, actor, file_id=stored.id)
    return photo


def remove(visit: BaseVisit, *, actor: Actor) -> None:
    """Take back a visit that was written down by mistake; it stays in the database. Raises NotAllowed."""
    _hold(visit.case, actor)
    visit.removed_at = clock.now()
    db.session.flush()
    _note(visit, actor, removed=True)


def _hold(case: Case, actor: Actor) -> None:
    case_lock.hold(case.id)
    db.session.refresh(case)
    if not may_record(case, actor):
        raise NotAllowed("只有本件的审核人员在作出决定之前可以登记核查和评审")


def _note(visit: BaseVisit, actor: Actor, **more: Any) -> None:
    audit.record(
        "base_application.visit", actor=actor, object_kind="case", object_id=visit.case_id, visit_id=visit.id, **more
    )
