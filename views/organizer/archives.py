"""An organisation's teaching archives (教学档案): what each holds and lacks, papers added, closing, audit bundles."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.archive_rules import Item
from domain.errors import RuleError
from domain.roles import Permission
from forms.archives import PaperForm
from models import ActivityFiling
from services import archive_bundles, archive_papers, archives
from services.files import DOCUMENT
from services.transaction import transaction
from views.access import current_actor, requires
from views.archive_pages import archive_context, list_context

bp = Blueprint("archives", __name__, url_prefix="/archives")


def _filing_or_404(filing_id: int) -> ActivityFiling:
    return archives.find(filing_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    return render_template("organizer/archives/index.html", **list_context("archives"))


@bp.get("/<int:filing_id>")
@requires(Permission.FILING_READ)
def show(filing_id: int):
    return _page(_filing_or_404(filing_id), PaperForm(formdata=None))


def _page(filing: ActivityFiling, form: PaperForm, status: int = 200):
    actor, context = current_actor(), archive_context(filing)
    writes = actor.can(Permission.FILING_WRITE)
    own = filing.organization_id == actor.organization_id
    return render_template(
        "organizer/archives/show.html",
        **context,
        form=form,
        limits=DOCUMENT.limits,
        may_add=archive_papers.may_add(context["archive"], actor),
        may_close=context["archive"].may_close and writes and own,
    ), status


@bp.post("/<int:filing_id>/papers")
@requires(Permission.FILING_WRITE)
def add_paper(filing_id: int):
    filing = _filing_or_404(filing_id)
    form = PaperForm()
    if not form.validate():
        return _page(filing, form, 422)
    upload = form.file.data
    try:
        with transaction():
            item = Item(form.item.data)
            archive_papers.add_paper(filing, item, upload.read(), upload.filename or "", actor=current_actor())
    except RuleError as refusal:
        form.file.errors = [refusal.message]
        return _page(filing, form, 422)
    flash("材料已补充到档案。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/papers/<int:paper_id>/remove")
@requires(Permission.FILING_WRITE)
def remove_paper(filing_id: int, paper_id: int):
    filing = _filing_or_404(filing_id)
    with transaction():
        archive_papers.remove_paper(filing, paper_id, actor=current_actor())
    flash("材料已移除。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/close")
@requires(Permission.FILING_WRITE)
def close(filing_id: int):
    filing = _filing_or_404(filing_id)
    with transaction():
        archives.close(filing, actor=current_actor())
    flash("已归档。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/bundle")
@requires(Permission.FILING_READ)
def bundle(filing_id: int):
    filing = _filing_or_404(filing_id)
    with transaction():
        archive_bundles.ask(filing, actor=current_actor())
    return redirect(url_for(".show", filing_id=filing.id, _anchor="bundles"), 303)
