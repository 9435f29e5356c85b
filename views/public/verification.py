"""Verification: anybody with a code sees the facts of the paper and its state."""

from flask import Blueprint, Response, redirect, render_template, request, url_for

from domain.identity import mask_name
from domain.proof_facts import grouped
from forms.proofs import CodeForm
from services import clock, proofs, throttle
from services.transaction import transaction
from views.access import anyone

bp = Blueprint("verification", __name__)


@bp.after_request
def _keep_nowhere(response: Response) -> Response:
    # What a proof is worth may change the next minute, and the page names a person.
    response.headers["Cache-Control"] = "no-store"
    if request.view_args:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


_VERDICTS = {
    "valid": ("有效", "success", "此证明由本平台签发，目前有效。请逐项核对下列内容与纸质证明是否一致。"),
    "superseded": ("已被替代", "warning", "此证明曾经签发，但内容已变更，请以新的证明为准。"),
    "revoked": ("已撤销", "danger", "此证明已被撤销，不能使用。"),
    "issuing": ("处理中", "info", "此证明正在签发，请稍后再核验。"),
}


@bp.get("/verify")
@anyone
def ask():
    form = CodeForm(request.args)
    if "code" in request.args and form.validate():
        return redirect(url_for(".show", code=form.code.data.strip()), 303)
    return render_template("public/verification/ask.html", form=form), 422 if form.errors else 200


@bp.get("/v/<code>")
@anyone
def show(code: str):
    address = request.remote_addr or ""
    try:
        throttle.look("verification", address=address)
        found = proofs.verify(code)
        if found is None:
            # Only what is wrong is counted: a fair may check a thousand papers from one address.
            with transaction():
                throttle.count("verification", address=address)
    except throttle.TooMany as refusal:
        return render_template("public/verification/wait.html", retry_at=refusal.retry_at), 429
    checked_at = clock.now()
    if found is None:
        return render_template("public/verification/unknown.html", checked_at=checked_at), 404
    label, tone, sentence = _VERDICTS[found.proof.state]
    return render_template(
        "public/verification/show.html",
        proof=found.proof,
        facts=found.facts,
        name_masked=mask_name(found.facts.person.name),
        code=grouped(found.facts.code),
        label=label,
        tone=tone,
        sentence=sentence,
        later_entries=found.later_entries if found.proof.state == "valid" else 0,
        superseded_by=found.superseded_by,
        checked_at=checked_at,
        fingerprint=found.proof.facts_sha256[:16],
    )
