"""Running numbers of cases and proofs, given by one atomic statement so that two can never be the same."""

from models import NumberSeries, db
from services.insert_or import insert_or


def next_in(series: str) -> int:
    """The next number of the series, from 1; a rolled-back transaction gives its number back."""
    statement = (
        insert_or(NumberSeries)
        .values(series=series, last=1)
        .on_conflict_do_update(index_elements=[NumberSeries.series], set_={"last": NumberSeries.last + 1})
        .returning(NumberSeries.last)
    )
    return db.session.execute(statement).scalar_one()
