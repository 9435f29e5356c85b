"""How often a proof was verified, by hour and way, for its owner. Of who verified it, nothing is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.public_log import Way
from models import Proof, ProofCheck, db
from services import clock

_MOST = 100
_TABLE = ProofCheck.metadata.tables[ProofCheck.__tablename__]


@dataclass(frozen=True, kw_only=True)
class Checks:
    """So many verifications in the hour that begins at `hour`."""

    hour: datetime
    way: Way
    times: int


def note(technician_id: int, proof_id: int, way: Way) -> None:
    """Count one verification."""
    insert = (postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert)(_TABLE)
    hour = clock.now().replace(minute=0, second=0, microsecond=0)
    db.session.execute(
        insert.values(
            technician_id=technician_id, proof_id=proof_id, hour=hour, way=way.value, times=1
        ).on_conflict_do_update(
            index_elements=["technician_id", "proof_id", "hour", "way"], set_={"times": _TABLE.c.times + 1}
        )
    )


def of_proof(proof: Proof) -> list[Checks]:
    """The verifications of a proof, newest hour first."""
    rows = db.session.execute(
        select(ProofCheck.hour, ProofCheck.way, ProofCheck.times)
        .where(ProofCheck.technician_id == proof.technician_id, ProofCheck.proof_id == proof.id)
        .order_by(ProofCheck.hour.desc(), ProofCheck.way)
        .limit(_MOST)
    )
    return [Checks(hour=row.hour, way=Way(row.way), times=row.times) for row in rows]


def count(proof: Proof) -> int:
    """How often the proof was verified in all."""
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(ProofCheck.times), 0)).where(
                ProofCheck.technician_id == proof.technician_id, ProofCheck.proof_id == proof.id
            )
        )
        or 0
    )
