"""What the pages about proofs for many share: an employer's batches for its staff, an officer's at the window."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import Response, abort, flash, redirect, stream_with_context, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as Redirection
from wtforms import SelectChoice

from forms.proofs import BatchForm
from models import ProofBatch, db
from services import clock, proof_batches, proof_packages, proofs
from services.transaction import transaction
from views.access import current_actor
from views.downloads import download_unmeasured
from views.htmx import render_page_or_part

STATES = {
    "running": ("正在开具", "progress"),
    "cancelled": ("已停止", "paused"),
    "stopped": ("中断", "danger"),
    "done": ("已完成", "success"),
}
AForm = TypeVar("AForm", bound=BatchForm)

_MOST_BATCHES = 20
_YEARS_BACK = 5


def offer_years(form: AForm) -> AForm:
    """The form with the years a batch can be of."""
    this_year = clock.today().year
    years = range(this_year, this_year - _YEARS_BACK, -1)
    form.year.choices = [SelectChoice(str(year), f"{year}年度") for year in years]
    return form


def latest(batches: Select[Any]) -> list[dict[str, Any]]:
    """The first of these batches with what a list shows of each."""
    found: Sequence[ProofBatch] = db.session.scalars(batches.limit(_MOST_BATCHES)).all()
    progress = proof_batches.progress_of([batch.id for batch in found])
    return [{"batch": batch, "title": _title(batch), "progress": progress[batch.id]} for batch in found]


def _title(batch: ProofBatch) -> str:
    return proofs.title_of(batch.kind, batch.year, batch.year)


def _batch_or_404(proof_batch_id: int) -> ProofBatch:
    return proof_batches.find(proof_batch_id, seen_by=current_actor()) or abort(404)


def show_batch(page: str, proof_batch_id: int, *, area: str, may_write: bool) -> Response:
    """One batch; `area` is the blueprint whose buttons stand below it."""
    batch = _batch_or_404(proof_batch_id)
    return render_page_or_part(
        page,
        "shared/_proof_batch.html",
        area=area,
        batch=batch,
        title=_title(batch),
        progress=proof_batches.progress(batch.id),
        left_out=proof_batches.left_out(batch.id),
        states=STATES,
        may_write=may_write,
    )


def cancel_batch(proof_batch_id: int) -> Redirection:
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.cancel(batch, actor=current_actor())
    flash("已停止，正在生成的几份会做完。已经开好的证明仍然有效，可以下载，也可以稍后继续", "success")
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


def resume_batch(proof_batch_id: int) -> Redirection:
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.resume(batch, actor=current_actor())
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


def package_of_batch(proof_batch_id: int) -> Response:
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        found = proof_packages.pack(batch, actor=current_actor())
    return download_unmeasured(stream_with_context(found.chunks), found.name, "application/zip")
