"""What the Centre watches: the worker, the outgoing mail, the calendar, the policy packs (art. 7)."""

from flask import Blueprint, render_template
from sqlalchemy import func, select

from domain.roles import Permission
from models import Job, OutboxMessage, PolicyVersion, db
from services import clock, log_sealing, policies, proof_monitor, proof_rechecks, public_log
from services.calendar import working_calendar
from views.access import requires

bp = Blueprint("operations", __name__, url_prefix="/center")


@bp.get("")
@requires(Permission.OPERATIONS_READ)
def home():
    active = policies.active_version()
    calendar = working_calendar()
    return render_template(
        "center/operations.html",
        jobs={row[0]: row[1] for row in db.session.execute(select(Job.state, func.count()).group_by(Job.state))},
        failed=db.session.scalars(select(Job).where(Job.state == "failed").order_by(Job.id.desc()).limit(20)).all(),
        mail_waiting=db.session.scalar(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.sent_at.is_(None))
        ),
        mail_failing=db.session.scalar(
            select(func.count()).select_from(OutboxMessage).where(
                OutboxMessage.sent_at.is_(None), OutboxMessage.last_error.is_not(None)
            )
        ),
        known_through=calendar.known_through,
        calendar_short=(calendar.known_through - clock.today()).days < 60,
        versions=db.session.scalars(select(PolicyVersion).order_by(PolicyVersion.key, PolicyVersion.id)).all(),
        active=active,
        unprinted=proof_monitor.unprinted(),
        differing=proof_rechecks.open_count(),
        head=public_log.latest(),
        head_late=log_sealing.is_late(clock.now()),
    )  # fmt: skip
