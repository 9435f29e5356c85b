"""The bell: what happened and concerns this capacity of the account."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from services import notices
from services.transaction import transaction
from views.access import current_actor, safe_next, signed_in
from views.lists import page_of_rows

bp = Blueprint("notices", __name__, url_prefix="/notices")


@bp.get("")
@signed_in
def index():
    actor, unread = current_actor(), request.args.get("unread") == "1"
    return render_template(
        "account/notices/index.html",
        page=page_of_rows(notices.inbox(actor, unread=unread)),
        unread=unread,
        unread_count=notices.unread_count(actor.membership_id) if actor.membership_id else 0,
    )


@bp.post("/<int:notice_id>")
@signed_in
def open_notice(notice_id: int):
    actor = current_actor()
    notice = notices.find(notice_id, seen_by=actor) or abort(404)
    target = safe_next(notice.link) or url_for(".index")
    with transaction():
        notices.mark_read(actor, notice_id)
    return redirect(target, 303)


@bp.post("/read")
@signed_in
def mark_all_read():
    with transaction():
        notices.mark_read(current_actor())
    flash("全部通知已标为已读。", "success")
    return redirect(url_for(".index"), 303)
