"""The policy packs the site works with: loaded from policies/, kept by version, one of them active."""

import hashlib
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from domain.credit_policy import Policy
from domain.policy_pack import parse_pack
from models import PolicyVersion, Setting, db
from services import clock

_FOLDER = Path(__file__).parent.parent / "policies"
_ACTIVE = "active_policy"
DEFAULT = "JH-2020-DRAFT"


def load_shipped() -> None:
    """Store every pack of policies/ whose content the database has not seen; the default becomes active if none is."""
    for path in sorted(_FOLDER.glob("*.json")):
        content = path.read_text("utf-8")
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        policy = _parse(content)
        known = select(PolicyVersion.id).where(PolicyVersion.key == policy.key, PolicyVersion.sha256 == sha256)
        if db.session.scalar(known) is None:
            db.session.add(
                PolicyVersion(
                    key=policy.key, name=policy.name, sha256=sha256, content=content, loaded_at=clock.machine_now()
                )
            )
    db.session.flush()
    if db.session.get(Setting, _ACTIVE) is None:
        db.session.add(Setting(key=_ACTIVE, value=DEFAULT))


def active_version() -> PolicyVersion:
    """The newest version of the active pack."""
    version = db.session.scalar(
        select(PolicyVersion)
        .where(PolicyVersion.key == select(Setting.value).where(Setting.key == _ACTIVE).scalar_subquery())
        .order_by(PolicyVersion.id.desc())
        .limit(1)
    )
    if version is None:
        raise LookupError("no policy pack is loaded: run `flask seed`")
    return version


def active_policy() -> Policy:
    """The active pack, parsed."""
    return policy_of(active_version())


def policy_of(version: PolicyVersion) -> Policy:
    """The pack of a stored version, parsed once in a process."""
    return _parse(version.content)


@lru_cache(maxsize=32)
def _parse(content: str) -> Policy:
    return parse_pack(content)
