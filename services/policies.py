"""The policy packs the site works with: loaded from policies/, kept by version, one of them active."""

import hashlib
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from domain.credit_policy import Policy
from domain.errors import RuleError
from domain.policy_pack import parse_pack
from domain.roles import Actor
from models import PolicyVersion, Setting, db
from services import audit, clock

_FOLDER = Path(__file__).parent.parent / "policies"
_ACTIVE = "active_policy"
DEFAULT = "JH-2020-DRAFT"


def load_shipped() -> None:
    """Store every pack of policies/ whose content the database has not seen; the default becomes active if none is."""
    for path in sorted(_FOLDER.glob("*.json")):
        _store(path.read_text("utf-8"))
    if db.session.get(Setting, _ACTIVE) is None:
        db.session.add(Setting(key=_ACTIVE, value=DEFAULT))


def _store(content: str) -> PolicyVersion:
    """The stored version with this content, new if the database has not seen it."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    policy = _parse(content)
    version = db.session.scalar(
        select(PolicyVersion).where(PolicyVersion.key == policy.key, PolicyVersion.sha256 == sha256)
    )
    if version is None:
        version = PolicyVersion(
            key=policy.key, name=policy.name, sha256=sha256, content=content, loaded_at=clock.machine_now()
        )
        db.session.add(version)
        db.session.flush()
    return version


def adopt(content: str, *, actor: Actor) -> PolicyVersion:
    """Store this pack and put it in force; what was submitted before keeps the version it was submitted under.

    Raises RuleError for content that a newer version of the same pack has replaced.
    """
    version = _store(content)
    setting = db.session.get_one(Setting, _ACTIVE)
    before, setting.value = setting.value, version.key
    db.session.flush()
    if active_version().id != version.id:
        raise RuleError(f"{version.key} 已有更新的版本。要恢复旧的内容，请改动文件的说明（如 document）后再启用")
    audit.record(
        "policy.adopt",
        actor=actor,
        object_kind="policy",
        object_id=version.id,
        key=version.key,
        version=version.sha256[:12],
        before=before,
    )
    return version


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
