"""The page that checks papers without a network: it brings the keys, and the browser does the rest."""

import base64
import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template

from domain import proof_token
from domain.proof_kinds import ProofKind
from services import proof_tokens
from views.access import anyone
from views.permitted import CAMERA, may_use

bp = Blueprint("offline_check", __name__)

# Of the thread that reads codes: it may compile its decoder, which the page itself may not.
_READER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


# The papers name the short address, for each of its characters is drawn in their second code.
@bp.get("/verify/o", endpoint="show_shortly")
@bp.get("/verify/offline")
@anyone
def show():
    keys = proof_tokens.published()
    page = render_template(
        "public/verification/offline.html",
        keys=_json({key.key_id: key.spki for key in keys}),
        titles=_json({kind.value: kind.heading for kind in ProofKind}),
        kinds=_json([kind.value for kind in proof_token.KINDS]),
        phrases=_json(proof_token.phrases()),
        fingerprints=[_spaced(hashlib.sha256(base64.b64decode(key.spki)).hexdigest()) for key in keys],
    )
    return may_use(make_response(page), CAMERA)


# Not below /static/: a service worker rules over no more than the folder its address stands in, and what the reader is
# allowed to do is said with its own answer.
@bp.get("/verify/offline-worker.js")
@anyone
def worker():
    return _script("offline-worker.js")


@bp.get("/verify/offline-reader.js")
@anyone
def reader():
    return _script("code-reader.js", {"Content-Security-Policy": _READER_POLICY})


def _script(name: str, headers: dict[str, str] | None = None) -> Response:
    script = Path(current_app.static_folder or "", "js", name).read_bytes()
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-store", **(headers or {})})


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _spaced(fingerprint: str) -> str:
    return " ".join(fingerprint[place : place + 8] for place in range(0, len(fingerprint), 8))
