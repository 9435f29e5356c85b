"""A technician's learning proofs (学习证明): one for each activity that was passed, credited and can be proved."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.roles import Permission
from services import learning_proofs
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_list
from views.technician.record import own_record

bp = Blueprint("learning", __name__, url_prefix="/me/learning")


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    page = page_of_list(learning_proofs.of_person(own_record().id), per_page=20)
    return render_template("technician/learning/index.html", page=page)


@bp.post("/<int:activity_id>")
@requires(Permission.OWN_RECORD)
def create(activity_id: int):
    with transaction():
        proof, is_new = learning_proofs.request(own_record(), activity_id, actor=current_actor())
    said = "正在生成，几秒钟后可以下载" if is_new else "内容没有变化，已有的证明仍然有效"
    flash(f"学习证明 {proof.number} {said}。", "success" if is_new else "info")
    return redirect(url_for(".index"), 303)
