"""Places: coordinates as people give them, the systems of Chinese maps, near and far."""

import pytest

from domain.places import (
    BadPlace,
    Band,
    Datum,
    Point,
    Reading,
    band_of,
    metres_between,
    read_place,
    read_reading,
    to_gcj02,
    to_wgs84,
)

# Somewhere in Jinhua.
SCHOOL = Point(29.079175, 119.647424)


def test_the_shift_is_that_of_the_published_formulas() -> None:
    # Tiananmen: the pair of figures that converters of GCJ-02 are commonly compared by.
    shifted = to_gcj02(Point(39.908823, 116.397470))
    assert (round(shifted.latitude, 5), round(shifted.longitude, 5)) == (39.91023, 116.40371)


@pytest.mark.parametrize("place", [SCHOOL, Point(39.9, 116.4), Point(22.5, 113.9), Point(45.7, 126.6)])
def test_there_and_back_is_within_two_metres(place: Point) -> None:
    assert metres_between(to_wgs84(to_gcj02(place), Datum.GCJ02), place) < 2
    assert 300 < metres_between(to_gcj02(place), place) < 1000
    assert to_wgs84(place, Datum.WGS84) == place


def test_baidus_figures_lie_apart_from_the_others() -> None:
    gcj = Point(39.91, 116.40)
    # 0.0065 and 0.006 degrees, roughly, turned a little.
    baidu = Point(39.91632, 116.40637)
    assert metres_between(to_wgs84(baidu, Datum.BD09), to_wgs84(gcj, Datum.GCJ02)) < 20


def test_distances_are_those_on_the_ground() -> None:
    assert metres_between(SCHOOL, SCHOOL) == 0
    assert metres_between(Point(29.0, 119.0), Point(30.0, 119.0)) == pytest.approx(111_195, abs=10)
    assert metres_between(Point(0.0, 119.0), Point(0.0, 119.001)) == pytest.approx(111.2, abs=0.1)


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("29.079175,119.647424", Datum.WGS84),
        ("119.647424，29.079175", Datum.WGS84),
        (" 29.079175  119.647424 ", Datum.WGS84),
        ("geo:29.079175,119.647424?z=16", Datum.WGS84),
        ("https://uri.amap.com/marker?position=119.647424,29.079175&name=%E5%AD%A6%E6%A0%A1", Datum.GCJ02),
        ("https://www.amap.com/?q=29.079175%2C119.647424%2C%E5%AD%A6%E6%A0%A1", Datum.GCJ02),
        ("https://apis.map.qq.com/uri/v1/marker?marker=coord:29.079175,119.647424;title:x", Datum.GCJ02),
        ("http://api.map.baidu.com/marker?location=29.079175,119.647424&title=x&output=html", Datum.BD09),
        ("http://api.map.baidu.com/marker?location=29.079175,119.647424&coord_type=gcj02", Datum.GCJ02),
    ],
)
def test_figures_and_links_are_read_in_any_order(text: str, datum: Datum) -> None:
    assert read_place(text, Datum.WGS84) == (SCHOOL, datum)


def test_figures_are_in_the_system_that_was_said() -> None:
    assert read_place("29.079175,119.647424", Datum.BD09) == (SCHOOL, Datum.BD09)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "例如"),
        ("金华市八一南街", "例如"),
        ("29,119", "三位小数"),
        ("https://surl.amap.com/3xYz", "短链接"),
        ("https://evil.example/?q=29.079175,119.647424", "不认识"),
        ("https://evilamap.com/?q=29.079175,119.647424", "不认识"),
        ("javascript:29.079175,119.647424", "不认识"),
        ("51.507351,0.127758", "中国"),
        ("48.858370,2.294481", "中国"),
        ("119.647424,119.647424", "中国"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(text: str, words: str) -> None:
    with pytest.raises(BadPlace, match=words):
        read_place(text, Datum.WGS84)


@pytest.mark.parametrize(
    "sent",
    [("", "", ""), ("x", "119.6", "10"), ("nan", "119.6", "10"), ("29", "inf", "10"), ("29", "119", "-1"),
     ("91", "119", "10"), ("29", "181", "10"), ("29", "119", "1001"), ("29", "119", "nan")],
)  # fmt: skip
def test_what_no_telephone_says_is_nothing(sent: tuple[str, str, str]) -> None:
    assert read_reading(*sent) is None


def north_of(place: Point, metres: float) -> Point:
    return Point(place.latitude + metres / 111_195, place.longitude)


@pytest.mark.parametrize(
    ("metres", "accuracy", "band"),
    [(0, 5, Band.NEAR), (99, 5, Band.NEAR), (99, 900, Band.NEAR), (104, 5, None), (106, 5, Band.FAR),
     (300, 150, Band.FAR), (300, 250, None), (50_000, 900, Band.FAR)],
)  # fmt: skip
def test_near_and_far_and_what_cannot_be_said(metres: int, accuracy: int, band: Band | None) -> None:
    assert band_of(Reading(north_of(SCHOOL, metres), accuracy), SCHOOL, radius=100) is band


def test_a_browser_that_hands_out_shifted_figures_is_not_far() -> None:
    assert band_of(Reading(to_gcj02(SCHOOL), 10), SCHOOL, radius=100) is Band.NEAR
