"""The policy packs the site works with: loaded from policies/, kept by version, one of them active."""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from domain.credit_policy import Policy
from domain.errors import RuleError
from domain.policy_pack import parse_pack
from domain.roles import Actor
from models import AuditEvent, PolicyVersion, Setting, db
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
        version = PolicyVersion(key=policy.key, name=policy.name, sha256=sha256, content=content, loaded_at=clock.now())
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


def version_at(moment: datetime) -> PolicyVersion:
    """The version that was in force at a moment: every adoption is in the audit trail.

    Before the first version of a pack was loaded there is none older to ask: the first is taken.
    """
    key = db.session.scalars(select(Setting.value).where(Setting.key == _ACTIVE)).one()
    adoptions = select(AuditEvent).where(AuditEvent.action == "policy.adopt", AuditEvent.at > moment)
    later = db.session.scalars(adoptions.order_by(AuditEvent.id).limit(1)).first()
    if later is not None:
        key = str(later.details["before"])
    versions = db.session.scalars(
        select(PolicyVersion).where(PolicyVersion.key == key).order_by(PolicyVersion.id)
    ).all()
    return next((version for version in reversed(versions) if version.loaded_at <= moment), versions[0])


def in_force_since() -> datetime:
    """Since when the active version is in force."""
    adoption = select(AuditEvent.at).where(AuditEvent.action == "policy.adopt").order_by(AuditEvent.id.desc())
    return db.session.scalar(adoption.limit(1)) or active_version().loaded_at


def active_policy() -> Policy:
    """The active pack, parsed."""
    return policy_of(active_version())


def policy_of(version: PolicyVersion) -> Policy:
    """The pack of a stored version, parsed once in a process."""
    return _parse(version.content)


@lru_cache(maxsize=32)
def _parse(content: str) -> Policy:
    return parse_pack(content)
