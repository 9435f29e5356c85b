"""What every site needs before its first account: regions, the working-day calendar, the policy packs."""

from sqlalchemy import insert, select

from models import Region, WorkingDay, db
from services import policies, reference


def lay() -> None:
    """Store what is shipped and missing. Running it again adds only what is new; days staff changed stay."""
    known = set(db.session.scalars(select(Region.code)))
    for region in reference.regions():
        if region.code not in known:
            db.session.add(Region(code=region.code, name=region.name, parent_code=region.parent, kind=region.kind))
            db.session.flush()
    days = set(db.session.scalars(select(WorkingDay.on)))
    missing = [
        {"on": day.on, "is_working": day.is_working, "is_official": day.is_official, "source": day.source}
        for day in reference.calendar_days()
        if day.on not in days
    ]
    if missing:
        db.session.execute(insert(WorkingDay), missing)
    policies.load_shipped()
