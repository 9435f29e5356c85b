"""A base files inside what it is recognised for: subject kinds, occupations, levels (art. 8), and fees (art. 10)."""

import pytest
from flask import Flask

from domain.roles import CITY
from services import base_supervision, filing_tables, filings
from services.transaction import transaction
from tests import base_makers, filing_makers


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"people__lowest": "2", "people__highest": "4"}, ""),
        ({"people__lowest": "2", "people__highest": "5"}, "焊工的二级/技师不在本基地公布的等级范围内"),
        ({"people__occupations": "焊工、铣工"}, "铣工不在本基地公布的职业（工种）范围内"),
        ({"fees__per_person": "2000", "fees__person": "240000", "fees__unit": "0"}, "超过本基地公布的收费标准"),
    ],
)
def test_what_is_outside_is_refused_with_the_reason(changes: dict[str, str], said: str) -> None:
    """The base of the makers: welders up to 三级, electricians up to 二级; 1,250 yuan for a welder's class."""
    clerk, bureau = filing_makers.make_organizer("training_base"), base_makers.make_bureau()
    base_makers.make_base(clerk, bureau)
    filing = filing_makers.make_draft(clerk, **{"people__occupations": "焊工", **changes})
    if said:
        with pytest.raises(filings.Incomplete, match="需要填写或更正"), transaction():
            filings.submit(filing, actor=clerk)
        assert any(said in each.message for each in filings.examine(filing)[1])
    else:
        with transaction():
            filings.submit(filing, actor=clerk)
        stored = filing_tables.stored_content(filing)
        assert stored.people.levels == "五级/初级工 至 三级/高级工"


def test_a_base_rises_to_the_city_and_returns_to_its_county_by_application() -> None:
    """The bureau of the level that is asked for decides, and supervises from the publication on (art. 6)."""
    clerk = filing_makers.make_organizer("training_base")
    county, city = base_makers.make_bureau(), base_makers.make_bureau(CITY)
    base = base_makers.make_base(clerk, county)
    assert (base.level, base.region_code) == ("county", filing_makers.COUNTY)
    for bureau, level, region in ((city, "city", CITY), (county, "county", filing_makers.COUNTY)):
        number = base.number
        base = base_makers.make_base(clerk, bureau, base_makers.words(basics={"level": level}))
        assert (base.level, base.region_code, base.number) == (level, region, number)
        assert base_supervision.find(base.id, seen_by=bureau.reviewer) is not None
    assert base_supervision.supervises(base, county.reviewer)
    assert not base_supervision.supervises(base, city.reviewer)
