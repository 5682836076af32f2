"""Which cameras are shown: what a link says, what is let through, and that counts, rows and tiles agree."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.ops import nearest_points

from data.database import next_number
from data.filters import BORDER_M, CameraFilter, counts, layout, rows, words
from data.fleet import Fleet
from data.geography import load_border
from data.inventory import STATUS_WORDS
from data.models import INVENTORY, Agency, Camera, Kind, Linked, Status
from data.watch.journal import Change, record
from geo.crs import WGS84
from geo.tile.tiles import with_status

NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)


@pytest.fixture
def known(database):
    """Six cameras: three in Sa Kaeo of two agencies, three in Bangkok."""
    facts = [
        ("SKW-1", "ด่านคลองลึก", "Khlong Luek", "สระแก้ว", "อรัญประเทศ", 1, Kind.FIXED, Linked.LINKED, Status.UP),
        ("SKW-2", "ด่านเขาดิน", None, "สระแก้ว", "คลองหาด", 2, Kind.PTZ, Linked.NOT_LINKED, Status.DOWN),
        ("SKW-3", None, "Gate <b>3</b>", "สระแก้ว", None, 2, Kind.FIXED, Linked.UNKNOWN, None),
        ("BKK-1", "แยกอโศก", "Asok", "กรุงเทพมหานคร", "วัฒนา", 1, Kind.DOME, Linked.LINKED, Status.UP),
        ("BKK-2", "แยกอโศก 2", "Asok 2", "กรุงเทพมหานคร", "วัฒนา", 1, Kind.FIXED, Linked.LINKED, Status.DOWN),
        ("bkk-10", "100% จริง", None, "กรุงเทพมหานคร", "ดุสิต", 1, Kind.THERMAL, Linked.NOT_LINKED, None),
    ]
    with database.write() as session:
        next_number(session, INVENTORY)
        session.add_all([Agency(id=1, name_th="กทม."), Agency(id=2, name_th="ตม.")])
        session.flush()
        for number, (code, th, en, province, district, owner, kind, linked, _) in enumerate(facts, 1):
            lon = 102.54 + number / 1000 if province == "สระแก้ว" else 100.56 + number / 1000
            session.add(
                Camera(
                    id=number, code=code, name_th=th, name_en=en, province=province, district=district,
                    owner_id=owner, kind=kind, linked=linked, lon=lon, lat=13.66, bearing_deg=90, hfov_deg=60,
                    pixels_h=1920, updated_at=NOON,
                )
            )  # fmt: skip
    seen = [(number, fact[-1]) for number, fact in enumerate(facts, 1) if fact[-1]]
    record(database, [Change(number, status, NOON, "ok", None) for number, status in seen])
    return Fleet(database).now()


def asked(query: str) -> CameraFilter:
    return CameraFilter.of(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("province=สระแก้ว", [1, 2, 3]),
        ("province=สระแก้ว&province=กรุงเทพมหานคร", [1, 2, 3, 4, 5, 6]),
        ("province=สระแก้ว&agency=ตม.", [2, 3]),
        ("district=วัฒนา&status=down", [5]),
        ("status=unknown", [3, 6]),
        ("status=down&status=up", [1, 2, 4, 5]),
        ("kind=ptz&kind=dome", [2, 4]),
        ("linked=not_linked", [2, 6]),
        ("q=ด่าน", [1, 2]),
        ("q=asok+2", [5]),
        ("q=BKK-1", [4, 6]),
        ("q=%3Cb%3E", [3]),
        ("q=100%25", [6]),
        ("q=.*", []),
        ("province=Atlantis", []),
        ("border=1", [1, 2, 3]),
        ("border=0", [1, 2, 3, 4, 5, 6]),
        ("nothing=at+all", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_link_lets_through_what_it_names(known, query, found):
    chosen = asked(query)
    shown = rows(known, chosen)
    assert known.ids[shown].tolist() == found
    assert sum(counts(known, chosen).values()) == len(found)
    tiles = with_status(layout(known, chosen), known.status)
    data = (
        mapbox_vector_tile.decode(tiles.tile(0, 0, 0, chosen.codes)) if found else {"clusters": {"features": []}}
    )
    assert sum(feature["properties"]["n"] for feature in data["clusters"]["features"]) == len(found)


def test_at_the_border_is_measured_on_the_ground(known):
    line = load_border().geometry

    near = nearest_points(line, shapely.Point(known.lon[0], known.lat[0]))[0]
    _, _, metres = WGS84.inv(near.x, near.y, known.lon[0], known.lat[0])
    assert metres < BORDER_M


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=broken", "status= takes unknown, up, down, degraded, maintenance, got 'broken'"),
        ("kind=drone", "kind= takes fixed, ptz, dome, fisheye, thermal, got 'drone'"),
        ("linked=maybe", "linked= takes linked, not_linked, unknown, got 'maybe'"),
        ("level=0", "level= takes pixels per metre above 0, got '0'"),
        ("level=nan", "level= takes pixels per metre above 0, got 'nan'"),
        ("light=", "light= takes day or night, got ''"),
    ],
)
def test_words_that_mean_nothing_are_told_what_they_could_be(query, said):
    with pytest.raises(ValueError, match="takes") as refused:
        asked(query)
    assert str(refused.value) == said


lists = {
    "provinces": st.text(max_size=9), "districts": st.text(max_size=9), "agencies": st.text(max_size=9),
    "statuses": st.sampled_from(STATUS_WORDS), "kinds": st.sampled_from([k.value for k in Kind]),
    "linked": st.sampled_from([link.value for link in Linked]),
}  # fmt: skip


@given(
    st.fixed_dictionaries(
        {name: st.sets(word, max_size=3).map(sorted).map(tuple) for name, word in lists.items()}
    ),
    st.booleans(),
    st.text(max_size=20).map(lambda text: " ".join(text.split())),
    st.sampled_from([20.0, 125.0, 12.5]),
    st.sampled_from(["day", "night"]),
)  # fmt: skip
def test_what_a_filter_writes_into_a_link_it_reads_out_again(named, border, text, level, light):
    chosen = CameraFilter(**named, border=border, text=text, level_px_m=level, light=light)
    assert asked(chosen.query()) == chosen


def test_the_order_of_a_link_makes_no_other_filter():
    assert asked("status=up&status=down&status=up") == asked("status=down&status=up")
    assert asked("").query() == ""


def test_what_can_be_chosen_is_what_the_inventory_holds(known):
    assert words(known)["agency"] == ["กทม.", "ตม."]
    assert words(known)["district"] == sorted(["อรัญประเทศ", "คลองหาด", "วัฒนา", "ดุสิต"])


def test_a_filter_is_worked_out_once_an_inventory(known):
    first = layout(known, asked("province=สระแก้ว&status=up"))
    assert layout(known, asked("province=สระแก้ว&level=125")) is first
    assert np.array_equal(known.ids[np.sort(first.order)], [1, 2, 3])
