"""What every site needs before its first account: regions, the working-day calendar, the policy packs."""

from sqlalchemy import insert, select, update

from models import Region, WorkingDay, db
from services import policies, reference


def lay() -> None:
    """Store what is shipped and missing. Running it again adds what is new; days that are official here stay."""
    known = set(db.session.scalars(select(Region.code)))
    for region in reference.regions():
        if region.code not in known:
            db.session.add(Region(code=region.code, name=region.name, parent_code=region.parent, kind=region.kind))
            db.session.flush()
    days = {row.on: row.is_official for row in db.session.execute(select(WorkingDay.on, WorkingDay.is_official))}
    missing = [
        {"on": day.on, "is_working": day.is_working, "is_official": day.is_official, "source": day.source}
        for day in reference.calendar_days()
        if day.on not in days
    ]
    if missing:
        db.session.execute(insert(WorkingDay), missing)
    for day in reference.calendar_days():
        # Computed before the State Council announced the year, and now announced.
        if day.is_official and not days.get(day.on, True):
            db.session.execute(
                update(WorkingDay)
                .where(WorkingDay.on == day.on)
                .values(is_working=day.is_working, is_official=True, source=day.source)
            )
    policies.load_shipped()
