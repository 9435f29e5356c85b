"""Two officers let the site go on with an older database: the published heads it lacks are given up, for all to see."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from domain.errors import NotAllowed, RuleError
from domain.public_log import note_hash
from domain.roles import Actor, Permission, Role
from models import LogRestoration, Membership, db
from services import audit, clock, log_standing, public_log, sign_in
from services.transaction import after_commit


@dataclass(frozen=True, kw_only=True)
class Restoration:
    """One line for everybody: when, which heads are no part of the log any more, after how many leaves it goes on."""

    at: datetime
    lost: int
    lost_day: date
    lost_size: int
    size: int
    reason: str


def all_of_them() -> list[Restoration]:
    """What was given up, the newest first; who did it stands in the audit trail."""
    return [
        Restoration(
            at=found.at,
            lost=len(found.lost),
            lost_day=found.lost_day,
            lost_size=found.lost_size,
            size=found.size,
            reason=found.reason,
        )
        for found in db.session.scalars(select(LogRestoration).order_by(LogRestoration.id.desc()))
    ]


def officer(login_name: str, password: str) -> Actor:
    """Who may agree to go on, known by name and password; raises NotAllowed for everybody else."""
    account = sign_in.verify(login_name, password)
    if account is None:
        raise NotAllowed("登录名或密码不正确，或账号已停用", code="wrong_password")
    capacities = select(Membership).where(Membership.account_id == account.id, Membership.ended_at.is_(None))
    for each in db.session.scalars(capacities.order_by(Membership.id)):
        actor = Actor(
            role=Role(each.role),
            name=account.display_name,
            account_id=account.id,
            membership_id=each.id,
            person_key=account.person_key,
            region_code=each.region_code,
        )
        if actor.can(Permission.LOG_RESTORE):
            return actor
    raise NotAllowed(f"{account.display_name}没有确认恢复的权限：须由市技能中心人员或市局负责人办理")


def accept(first: Actor, second: Actor, reason: str) -> LogRestoration:
    """Go on with this database. In a transaction past the door; raises RuleError when nothing is to be given up."""
    if not reason.strip():
        raise RuleError("请写明恢复较早备份的原因", code="remark_required")
    same_person = first.person_key is not None and first.person_key == second.person_key
    if first.account_id == second.account_id or same_person:
        raise NotAllowed("确认恢复须由两人办理，不能是同一人")
    standing = log_standing.look()
    lost = log_standing.lost()
    if standing is None or not lost:
        raise RuleError("数据库与已公布的日志头一致，不需要确认", code="not_behind")
    newest, _ = lost[-1]
    own = public_log.latest()
    found = LogRestoration(
        at=clock.now(),
        size=own.size if own else 0,
        lost_day=newest.day,
        lost_size=newest.size,
        lost=[note_hash(note) for _, note in lost],
        reason=reason.strip()[:200],
        first_by_id=first.account_id or 0,
        second_by_id=second.account_id or 0,
    )
    db.session.add(found)
    db.session.flush()
    # The day of the audit trail is sealed into the log, and this word with it.
    for actor in (first, second):
        audit.record("log.restoration", actor=actor, object_kind="log", object_id=found.id, row=found)
    after_commit(log_standing.forget)
    return found
