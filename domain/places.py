"""Places as an advisory flag of check-in (E5): coordinates as people give them, and how far a telephone is away.

Chinese maps shift their coordinates (GCJ-02; Baidu once more, BD-09), telephones do not (WGS-84): some 500 metres lie
between two readings of the same figures. So who gives a place says which system it is in, and all is kept in WGS-84.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import RuleError

# The formulas of the two shifts, as the map services' own converters publish them.
_AXIS = 6378245.0
_ECCENTRICITY = 0.00669342162296594323
_BAIDU = math.pi * 3000.0 / 180.0
_EARTH = 6371008.8
_LATITUDES, _LONGITUDES = (3.0, 54.0), (73.0, 136.0)
# A reading less exact than this says nothing about a room.
_MOST_ACCURACY = 1000.0


class Datum(StrEnum):
    """The system coordinates are in. Values are stored."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"

    @property
    def label(self) -> str:
        return _DATUMS[self]


_DATUMS = {
    Datum.WGS84: "WGS-84（GPS、手机定位、天地图）",
    Datum.GCJ02: "GCJ-02（高德地图、腾讯地图）",
    Datum.BD09: "BD-09（百度地图）",
}


class Band(StrEnum):
    """All that is kept of where a telephone was. Values are stored."""

    NEAR = "near"
    FAR = "far"

    @property
    def label(self) -> str:
        return "在培训地点附近" if self is Band.NEAR else "距培训地点较远"


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees north and east."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a telephone says of itself: in WGS-84, `accuracy` in metres."""

    point: Point
    accuracy: float


class BadPlace(RuleError):
    """The text holds no coordinates in China."""

    code = "bad_place"


# --- Reading what people give -----------------------------------------------------------------------------------------

_COMMA = re.compile("%2c", re.IGNORECASE)
_PAIR = re.compile(r"(?<![\d.])(\d{1,3}\.\d{3,})\s*[,，;；\s]\s*(\d{1,3}\.\d{3,})(?![\d.])")
_LINKS = (
    (re.compile(r"^geo:", re.IGNORECASE), Datum.WGS84),
    (re.compile(r"^https?://([\w-]+\.)*(amap|autonavi)\.com/", re.IGNORECASE), Datum.GCJ02),
    (re.compile(r"^https?://([\w-]+\.)*map\.qq\.com/", re.IGNORECASE), Datum.GCJ02),
    (re.compile(r"^https?://([\w-]+\.)*map\.baidu\.com/.*coord_type=gcj02", re.IGNORECASE), Datum.GCJ02),
    (re.compile(r"^https?://([\w-]+\.)*map\.baidu\.com/", re.IGNORECASE), Datum.BD09),
    (re.compile(r"^https?://([\w-]+\.)*(tianditu\.gov\.cn|openstreetmap\.org)/", re.IGNORECASE), Datum.WGS84),
)


def read_place(text: str, datum: Datum) -> tuple[Point, Datum]:
    """Two figures in either order, or a link of a map that holds them; a link knows its system, figures are in `datum`.

    The point comes as it was given, with the system it is in. Raises BadPlace with what to do.
    """
    # What a link writes for the comma between the figures; nothing else of it matters here.
    text = _COMMA.sub(",", text.strip())
    is_link = re.match(r"^[a-z]+:", text, re.IGNORECASE) is not None
    found = next((system for pattern, system in _LINKS if pattern.search(text)), None)
    if is_link and found is None:
        raise BadPlace("不认识这个地图链接，请使用高德、腾讯、百度地图或天地图的链接，或直接填写坐标")
    pair = _PAIR.search(text)
    if pair is None:
        hint = "链接里没有坐标（短链接不含坐标），请在地图上复制坐标" if is_link else "请填写纬度和经度，至少三位小数"
        raise BadPlace(f"{hint}，例如 29.079175,119.647424")
    # In China every longitude is above every latitude.
    latitude, longitude = sorted(map(float, pair.groups()))
    if not (_LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]):
        raise BadPlace("坐标不在中国境内，请核对")
    return Point(latitude, longitude), found or datum


def read_reading(latitude: str, longitude: str, accuracy: str) -> Reading | None:
    """What a browser sent of its place; None for what is none, or too vague to mean a room."""
    try:
        north, east, within = float(latitude), float(longitude), float(accuracy)
    except ValueError:
        return None
    if not (abs(north) <= 90 and abs(east) <= 180 and 0 <= within <= _MOST_ACCURACY):
        return None
    return Reading(Point(north, east), within)


# --- Systems and distances --------------------------------------------------------------------------------------------


def to_wgs84(point: Point, datum: Datum) -> Point:
    """The point in WGS-84, to within some metres."""
    if datum is Datum.BD09:
        point = _from_baidu(point)
    if datum is Datum.WGS84:
        return point
    shifted = to_gcj02(point)
    return Point(2 * point.latitude - shifted.latitude, 2 * point.longitude - shifted.longitude)


def to_gcj02(point: Point) -> Point:
    """The point of WGS-84 as Chinese maps draw it."""
    east, north = point.longitude - 105.0, point.latitude - 35.0
    root = math.sqrt(abs(east))
    common = (20.0 * math.sin(6.0 * east * math.pi) + 20.0 * math.sin(2.0 * east * math.pi)) * 2.0 / 3.0
    up = -100.0 + 2.0 * east + 3.0 * north + 0.2 * north * north + 0.1 * east * north + 0.2 * root + common
    up += (20.0 * math.sin(north * math.pi) + 40.0 * math.sin(north / 3.0 * math.pi)) * 2.0 / 3.0
    up += (160.0 * math.sin(north / 12.0 * math.pi) + 320.0 * math.sin(north * math.pi / 30.0)) * 2.0 / 3.0
    right = 300.0 + east + 2.0 * north + 0.1 * east * east + 0.1 * east * north + 0.1 * root + common
    right += (20.0 * math.sin(east * math.pi) + 40.0 * math.sin(east / 3.0 * math.pi)) * 2.0 / 3.0
    right += (150.0 * math.sin(east / 12.0 * math.pi) + 300.0 * math.sin(east / 30.0 * math.pi)) * 2.0 / 3.0
    angle = math.radians(point.latitude)
    magic = 1 - _ECCENTRICITY * math.sin(angle) ** 2
    up = up * 180.0 / (_AXIS * (1 - _ECCENTRICITY) / (magic * math.sqrt(magic)) * math.pi)
    right = right * 180.0 / (_AXIS / math.sqrt(magic) * math.cos(angle) * math.pi)
    return Point(point.latitude + up, point.longitude + right)


def _from_baidu(point: Point) -> Point:
    east, north = point.longitude - 0.0065, point.latitude - 0.006
    length = math.hypot(east, north) - 0.00002 * math.sin(north * _BAIDU)
    angle = math.atan2(north, east) - 0.000003 * math.cos(east * _BAIDU)
    return Point(length * math.sin(angle), length * math.cos(angle))


def metres_between(one: Point, other: Point) -> float:
    """The distance on the ground."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(half, 1.0)))


def band_of(reading: Reading, venue: Point, *, radius: int) -> Band | None:
    """Near if the telephone may be within `radius` metres of the venue (in WGS-84), far if it cannot be.

    Some browsers in China hand out shifted coordinates: near by either reading is near. None where near and far are
    both possible because the reading is vague: nothing is kept of that.
    """
    shifted = to_wgs84(reading.point, Datum.GCJ02)
    distance = min(metres_between(reading.point, venue), metres_between(shifted, venue))
    if distance <= radius:
        return Band.NEAR
    return Band.FAR if distance - reading.accuracy > radius else None
