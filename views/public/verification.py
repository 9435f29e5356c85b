"""Verification: anybody with a code sees the facts and the state of a paper; who has the PDF, whether it is whole."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from domain import proof_states
from domain.identity import mask_name
from domain.proof_facts import PurposeFacts, grouped
from domain.proof_sharing import Shown
from domain.public_log import Way
from domain.verification_code import normalise
from forms.proofs import CodeForm, PaperForm
from models import Proof
from services import clock, log_sealing, proof_checks, proof_files, proofs, public_log, throttle
from services.transaction import refusal, transaction
from views.access import anyone, viewer

bp = Blueprint("verification", __name__)

_MEGABYTE = 1024 * 1024
# The file and what a form sends around it.
_MOST_BODY = proof_files.MOST_BYTES + _MEGABYTE


@bp.after_request
def _keep_nowhere(response: Response) -> Response:
    # What a proof is worth may change the next minute, and the page names a person.
    response.headers["Cache-Control"] = "no-store"
    if request.view_args:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


# Tone, what is said of the paper, and what of a file that nobody has changed.
_VERDICTS = {
    "valid": (
        "success",
        "此证明由本平台签发，目前有效。请逐项核对下列内容与纸质证明是否一致。",
        "文件由本平台签发，没有改动，目前有效。",
    ),
    "superseded": (
        "warning",
        "此证明由本平台签发，后来已重新开具。请向持有人索取新证明。",
        "文件由本平台签发，没有改动，后来已重新开具。请向持有人索取新证明。",
    ),
    "changed": (
        "danger",
        "此证明由本平台签发，但所依据的内容后来有变更，不能再使用。请持有人重新开具。",
        "文件由本平台签发，没有改动，但所依据的内容后来有变更，不能再使用。请持有人重新开具。",
    ),
    "revoked": (
        "danger",
        "此证明已被撤销，不能使用。",
        "文件由本平台签发，没有改动，但此证明已被撤销，不能使用。",
    ),
    "issuing": ("info", "此证明正在签发，请稍后再核验。", ""),
    # In an older database a revocation may be what is missing.
    "unsure": (
        "warning",
        "平台的数据可能不是最新的，暂不能确认此证明是否仍然有效。请稍后再核验。",
        "文件由本平台签发，没有改动；但平台的数据可能不是最新的，暂不能确认是否仍然有效。请稍后再核验。",
    ),
}
_LABELS = {**proof_states.LABELS, "unsure": "暂不能确认"}
_UNSEEN = "此证明由本平台签发，目前有效；但本人没有公开内容，纸面上写的是否属实，这里核对不了。"
_CHANGED = (
    "文件已被改动",
    "danger",
    "文件与本平台签发的原件不一致，不能采用。请向持有人索取原件，或以下面签发时的内容为准。",
)
_NOT_PRINTED = ("没有签发过这份文件", "danger", "这个核验码对应的证明没有生成过 PDF 文件，请以下面签发时的内容为准。")


@bp.url_value_preprocessor
def _short(endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Before anything reads the body: what is larger than any proof is not taken in at all.
    if endpoint == "verification.check":
        request.max_content_length = _MOST_BODY


def _ask_page(form: CodeForm, paper_form: PaperForm, status: int = 200):
    limits = f"PDF 文件，不超过 {proof_files.MOST_BYTES // _MEGABYTE} MB；只用来比对，不保存"
    return render_template("public/verification/ask.html", form=form, paper_form=paper_form, limits=limits), status


def _wait_page(too_many: throttle.TooMany, *, files: bool = False):
    page = render_template("public/verification/wait.html", retry_at=too_many.retry_at, files=files)
    return page, 429, {"Retry-After": str(too_many.seconds)}


@bp.get("/verify")
@anyone
def ask():
    form = CodeForm(request.args)
    if "code" in request.args and form.validate():
        return redirect(url_for(".show", code=normalise(form.code.data)), 303)
    return _ask_page(form, PaperForm(), 422 if form.errors else 200)


@bp.post("/verify/file")
@anyone
def check():
    form = PaperForm()
    if not form.validate():
        return _ask_page(CodeForm(None), form, 422)
    address = request.remote_addr or ""
    try:
        throttle.look("verification", address=address)
        _hold_against("verification_file", address)
        with form.file.data.stream as upload:
            found = proof_files.verify(upload.read())
        if found is None:
            _hold_against("verification", address)
    except throttle.TooMany as too_many:
        return _wait_page(too_many, files=True)
    except proof_files.NoPaper as no_paper:
        form.file.errors = [no_paper.message]
        return _ask_page(CodeForm(None), form, 422)
    checked_at = clock.now()
    if found is None:
        return render_template("public/verification/unknown_file.html", checked_at=checked_at), 404
    _count(found.verification.proof, Way.FILE)
    proof, facts = found.verification.proof, found.verification.facts
    state = _state(proof)
    if found.genuine:
        label, (tone, _, sentence) = f"文件真实，{_LABELS[state]}", _VERDICTS[state]
    else:
        label, tone, sentence = _CHANGED if found.comparison else _NOT_PRINTED
    return render_template(
        "public/verification/file.html",
        proof=proof,
        facts=facts,
        shown=found.verification.shown,
        name_masked=mask_name(facts.person.name),
        state=state,
        state_label=_LABELS[state],
        comparison=found.comparison,
        signature=found.signature,
        genuine=found.genuine,
        label=label,
        tone=tone,
        sentence=sentence,
        lawful=facts.seal.lawful,
        superseded_by=found.verification.superseded_by,
        checked_at=checked_at,
    )


def _state(proof: Proof) -> str:
    """What the proof is worth now, as a key of the verdicts."""
    state = proof_states.said(proof.state, proof.superseded_by_id)
    return "unsure" if state == "valid" and refusal() is not None else state


def _hold_against(purpose: str, address: str) -> None:
    """Count a try; where nothing is written the codes are still as long as they are."""
    if refusal() is None:
        with transaction():
            throttle.count(purpose, address=address)


def _count(proof: Proof, way: Way) -> None:
    """Let the owner know that somebody verified; one's own looks are nobody else's."""
    seen = viewer()
    if refusal() is None and (seen is None or seen.actor.technician_id != proof.technician_id):
        proof_checks.note(proof.technician_id, proof.id, way)


@bp.errorhandler(413)
def _too_large(_refusal: RequestEntityTooLarge):
    # The body has not been read, and cannot be: what the page shows is made without it.
    form = PaperForm(None)
    form.file.errors = [proof_files.TOO_LARGE]
    return _ask_page(CodeForm(None), form, 413)


@bp.get("/v/<code>")
@anyone
def show(code: str):
    address = request.remote_addr or ""
    try:
        throttle.look("verification", address=address)
        found = proofs.verify(code)
        if found is None:
            # Only what is wrong is counted: a fair may check a thousand papers from one address.
            _hold_against("verification", address)
    except throttle.TooMany as too_many:
        return _wait_page(too_many)
    checked_at = clock.now()
    if found is None:
        return render_template("public/verification/unknown.html", checked_at=checked_at), 404
    _count(found.proof, Way.CODE)
    state = _state(found.proof)
    tone, sentence, _ = _VERDICTS[state]
    return render_template(
        "public/verification/show.html",
        proof=found.proof,
        facts=found.facts,
        shown=found.shown,
        use_over=isinstance(found.facts, PurposeFacts) and found.facts.valid_until < clock.today(),
        name_masked=mask_name(found.facts.person.name),
        code=grouped(found.facts.code),
        state=state,
        label=_LABELS[state],
        tone=tone,
        sentence=_UNSEEN if state == "valid" and found.shown is Shown.NOTHING else sentence,
        later_entries=found.later_entries if found.proof.state == "valid" else 0,
        superseded_by=found.superseded_by,
        checked_at=checked_at,
        fingerprint=found.proof.facts_sha256[:16],
        told=public_log.entries_of(found.proof),
        next_log_at=log_sealing.opened_at(clock.today()),
    )
