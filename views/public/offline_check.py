"""The page that checks papers without a network: it brings the keys, and the browser does the rest."""

import base64
import hashlib
import json
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template

from domain.proof_kinds import ProofKind
from services import proof_tokens
from views.access import anyone
from views.permitted import CAMERA, may_use

bp = Blueprint("offline_check", __name__)


@bp.get("/verify/offline")
@anyone
def show():
    keys = proof_tokens.published()
    page = render_template(
        "public/verification/offline.html",
        keys=json.dumps({key.key_id: key.spki for key in keys}),
        titles=json.dumps({kind.value: kind.heading for kind in ProofKind}, ensure_ascii=False),
        fingerprints=[_spaced(hashlib.sha256(base64.b64decode(key.spki)).hexdigest()) for key in keys],
    )
    return may_use(make_response(page), CAMERA)


@bp.get("/verify/offline-worker.js")
@anyone
def worker():
    # Not below /static/: a service worker rules over no more than the folder its address stands in.
    script = Path(current_app.static_folder or "", "js", "offline-worker.js").read_bytes()
    return Response(script, mimetype="text/javascript", headers={"Cache-Control": "no-store"})


def _spaced(fingerprint: str) -> str:
    return " ".join(fingerprint[place : place + 8] for place in range(0, len(fingerprint), 8))
