"""Photos that were used before are found again, and photos of similar rooms are not (E12)."""

import io
import random
from collections.abc import Callable
from datetime import date

import pytest
from PIL import Image, ImageOps
from sqlalchemy import event, insert, select, text

from domain.pictures import bands, signed
from models import PictureHash, PictureMatch, db
from services import evidence, evidence_pieces, files, pictures
from services.demo_photos import class_photo
from services.evidence import Upload
from services.transaction import transaction
from tests.filing_makers import at, make_officer
from tests.services import result_makers as make

Change = Callable[[Image.Image], Image.Image]


@pytest.fixture(autouse=True)
def june(app):
    with app.app_context(), at(date(2026, 6, 15)):
        yield


def picture(room: int, serial: int = 0) -> Image.Image:
    """A class as drawn for the demo city, with the noise of a camera."""
    image = Image.open(io.BytesIO(class_photo(None, room, serial))).convert("RGB").resize((960, 640))
    noise = Image.effect_noise((320, 214), 24).resize(image.size)
    return Image.blend(image, Image.merge("RGB", [noise] * 3), 0.15)


def saved(image: Image.Image, quality: int = 85, orientation: int | None = None) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    if orientation is not None:
        exif[274] = orientation
    image.save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def cut(left: float, top: float, right: float, bottom: float) -> Change:
    """Without so much of each side."""
    return lambda image: image.crop(
        (
            round(image.width * left),
            round(image.height * top),
            round(image.width * (1 - right)),
            round(image.height * (1 - bottom)),
        )
    )


def look(image: Image.Image, quality: int = 85, orientation: int | None = None) -> pictures.Look:
    return pictures.look_of(files.display_copy(saved(image, quality, orientation)))


def known(*images: Image.Image) -> list[int]:
    """These photos are on record; returns their ids."""
    city, employer = make.make_city(), make.make_employer()
    report = make.make_report(city, employer, make.make_people(city, employer, 1), title="早先的活动")
    with transaction():
        evidence.add(
            report, [Upload(name=f"{n}.jpg", data=saved(image)) for n, image in enumerate(images)], actor=employer.clerk
        )
    return [piece.id for piece in evidence.of_report(report)[4:]]


CHANGES: dict[str, tuple[Change, int, int | None]] = {
    "compressed again": (lambda image: image, 25, None),
    "made smaller": (lambda image: image.resize((320, 213)), 70, None),
    "made larger": (lambda image: image.resize((1920, 1280)), 70, None),
    "darker": (lambda image: image.point(lambda level: level * 0.7), 85, None),
    "cut at the left": (cut(0.08, 0, 0, 0), 70, None),
    "cut at a corner": (cut(0.05, 0.06, 0, 0), 70, None),
    "cut all round": (cut(0.04, 0.05, 0.05, 0.03), 60, None),
    "cut and made smaller": (lambda image: cut(0, 0, 0.06, 0.04)(image).resize((500, 330)), 40, None),
    "laid on its side by the camera": (lambda image: image.transpose(Image.Transpose.ROTATE_90), 85, 6),
    "upside down by the camera": (lambda image: image.transpose(Image.Transpose.ROTATE_180), 85, 3),
}
UNCUT = [name for name in CHANGES if "cut" not in name]


def test_the_same_photo_is_known_again():
    """Always while the frame is the same; nine times in ten when it was cut. Never as another photo, never mirrored."""
    ids = known(*(picture(room) for room in range(8)))
    found: dict[str, int] = {}
    for name, (change, quality, orientation) in CHANGES.items():
        for room, attachment_id in enumerate(ids):
            twins = pictures.twins(look(change(picture(room)), quality, orientation))
            assert {(twin.attachment_id, twin.mirrored) for twin in twins} <= {(attachment_id, False)}, (name, room)
            found[name] = found.get(name, 0) + len(twins)
    assert {name: found[name] for name in UNCUT} == dict.fromkeys(UNCUT, len(ids))
    assert sum(found.values()) >= 0.9 * len(ids) * len(CHANGES), found


def test_a_mirrored_photo_is_known_and_said_to_be_mirrored():
    ids = known(*(picture(room) for room in range(6)))
    for room, attachment_id in enumerate(ids):
        twins = pictures.twins(look(ImageOps.mirror(cut(0.02, 0, 0, 0.03)(picture(room))), 60))
        assert [(twin.attachment_id, twin.mirrored) for twin in twins] == [(attachment_id, True)]


def test_other_photos_of_the_same_rooms_and_of_other_rooms_are_clean():
    """The camera moved a little or not, the people did; hardly one in twenty is flagged."""
    known(*(picture(room, serial) for room in range(8) for serial in range(2)))
    flagged = [
        (room, serial) for room in range(8) for serial in range(2, 6) if pictures.twins(look(picture(room, serial)))
    ]
    flagged += [(room, 0) for room in range(100, 110) if pictures.twins(look(picture(room)))]
    assert len(flagged) <= 2, flagged


def test_a_wall_is_like_no_other_wall():
    wall = Image.new("RGB", (960, 640), "#dddddd")
    known(wall)
    assert db.session.scalars(select(PictureHash)).all() == []
    assert pictures.twins(look(wall.point(lambda level: level * 0.99))) == []


def test_the_search_reads_no_more_than_its_bands():
    """Among many photos the index is asked; the plan of the query shows no scan of the table."""
    known(picture(1))
    draw = random.Random(1)
    one = db.session.scalars(select(PictureHash.attachment_id).limit(1)).one()
    rows = []
    for number in range(100, 20_100):
        bits = draw.getrandbits(64)
        found = dict(zip(("band_a", "band_b", "band_c"), bands(bits), strict=True))
        rows.append({"attachment_id": one, "cut": number, "bits": signed(bits), **found})
    with transaction():
        db.session.execute(insert(PictureHash), rows)
        db.session.execute(text("ANALYZE picture_hash"))
    statements: list[tuple[str, object]] = []

    def note(_connection, _cursor, statement, parameters, *_):
        if "picture_hash" in statement:
            statements.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        pictures.twins(look(picture(2)))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) == 2  # upright and mirrored, however many photos there are
    for statement, parameters in statements:
        explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
        plan = str(db.session.connection().exec_driver_sql(explain + statement, parameters).all())
        assert "ix_picture_hash_band_a" in plan and "ix_picture_hash_band_c" in plan
        assert "Seq Scan" not in plan and "SCAN picture_hash" not in plan.replace("SCAN picture_hash USING", "")


# --- what people read of it -------------------------------------------------------------------------------------------


@pytest.fixture
def pair():
    """A photo used in a class, and cut and mirrored in one of another county."""
    city = make.make_city()
    first, second = make.make_employer(), make.make_employer()
    earlier = make.make_report(city, first, make.make_people(city, first, 1), title="早先的活动")
    later = make.make_report(city, second, make.make_people(city, second, 1), title="后来的活动")
    with transaction():
        evidence.add(earlier, [Upload(name="原.jpg", data=saved(picture(1)))], actor=first.clerk)
    with transaction():
        again = saved(ImageOps.mirror(cut(0.03, 0, 0, 0)(picture(1))), 60)
        assert evidence.add(later, [Upload(name="又.jpg", data=again)], actor=second.clerk) == 1
    return city, (first, earlier), (second, later)


def doubts(report) -> dict[str, tuple[str, ...]]:
    return {piece.name: piece.doubts for piece in evidence_pieces.pieces(report) if piece.doubts}


def test_both_classes_are_told_that_their_photo_was_used_elsewhere(pair):
    _, (_, earlier), (_, later) = pair
    assert doubts(later) == {"又.jpg": ("与其他活动的照片几乎相同（左右翻转）",)}
    assert doubts(earlier) == {"原.jpg": ("与其他活动的照片几乎相同（左右翻转）",)}


def test_a_photo_taken_out_is_no_longer_compared_with(pair):
    _, (first, earlier), (_, later) = pair
    original = evidence.of_report(earlier)[-1]
    with transaction():
        evidence.remove(earlier, original.id, actor=first.clerk)
    assert doubts(later) == {}
    assert pictures.twins(look(picture(1))) == [
        pictures.Twin(attachment_id=evidence.of_report(later)[-1].id, mirrored=True)
    ]


def test_the_pictures_are_shown_to_whom_may_know_of_both_cases(pair):
    city, (first, earlier), (second, later) = pair
    mine = evidence.of_report(later)[-1]
    seen = evidence_pieces.comparisons(mine, seen_by=second.clerk)
    assert [(each.attachment_id, each.activity, each.taken_at) for each in seen] == [(None, "", None)]
    assert seen[0].region
    make.release(earlier, first)
    other = evidence.of_report(earlier)[-1]
    for officer, shown in ((city.officer, other.id), (city.city_officer, other.id), (make_officer("330783"), None)):
        found = evidence_pieces.comparisons(mine, seen_by=officer)
        assert [each.attachment_id for each in found] == [shown]
        assert found[0].activity == ("早先的活动" if shown else "")


def test_two_shots_of_one_day_are_no_doubt_and_of_two_days_are():
    city, employer = make.make_city(), make.make_employer()
    report = make.make_report(city, employer, make.make_people(city, employer, 1))
    monday, tuesday = report.filing.sessions[0].id, report.filing.sessions[2].id
    for name, quality in (("一.jpg", 90), ("二.jpg", 50)):
        with transaction():
            upload = Upload(name=name, data=saved(picture(3), quality))
            evidence.add(report, [upload], actor=employer.clerk, session_id=monday)
    assert doubts(report) == {}
    assert len(db.session.scalars(select(PictureMatch)).all()) == 1
    second = evidence.of_report(report)[-1]
    with transaction():
        evidence.place(report, second.id, tuesday, actor=employer.clerk)
    assert set(doubts(report)) == {"一.jpg", "二.jpg"}
    assert doubts(report)["二.jpg"] == ("与本活动另一天的照片几乎相同",)
