"""Positions as people write them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from data.coordinates import Fault, angle, locate, pair


def rows(**columns):
    return pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [
        ("13.7563", 13.7563),
        ("๑๓.๗๕๖๓", 13.7563),
        ("13.7563°", 13.7563),
        ("13.7563 N", 13.7563),
        ("13,7563", 13.7563),
        ("13°45'36\"N", 13.76),
        ("N13°45'36\"", 13.76),
        ("13 45 36", 13.76),
        ("13-45-36", 13.76),
        ("13° 45.6'", 13.76),
        ("13º45′36″", 13.76),
        ("๑๓ องศา ๔๕ ลิปดา ๓๖ พิลิปดา", 13.76),
        ("13°45'36\"S", -13.76),
        ("665,000", 665_000),
        ("1,519,000.5", 1_519_000.5),
        ("แยกบางแค", None),
        ("13°61'00\"", None),
        ("13.5 30", None),
        ("13,45", None),  # 13.45 or 13 degrees 45 minutes: two ways
        ("", None),
    ],
)
def test_one_angle_is_read_in_every_way_it_is_written(cell, degrees):
    assert angle(cell) == (None if degrees is None else pytest.approx(degrees))


@pytest.mark.parametrize(
    ("cell", "position"),
    [
        ("13.6621, 102.5487", (102.5487, 13.6621, 0)),
        ("13.6621,102.5487", (102.5487, 13.6621, 0)),
        ("(13.6621 102.5487)", (102.5487, 13.6621, 0)),
        ("๑๓.๕, ๑๐๒.๕", (102.5, 13.5, 0)),
        ("Lat. 13.5 Long. 102.5", (102.5, 13.5, 0)),
        ("13°30'00\"N 102°15'00\"E", (102.25, 13.5, 0)),
        ("E102°15'00\" N13°30'00\"", (102.25, 13.5, 0)),
        ("13 30 0, 102 15 0", (102.25, 13.5, 0)),
        ("POINT (102.5487 13.6621)", (102.5487, 13.6621, 0)),
        ("48P 234567 1512345", (234567, 1512345, 48)),
        ("47N 665000 1519000", (665000, 1519000, 47)),
        ("Zone 47P 0665000E 1519000N", (665000, 1519000, 47)),
        ("โซน 48 234,567 1,512,345", (234567, 1512345, 48)),
        ("665000, 1519000", (665000, 1519000, 0)),
        ("ซอย 3, บ้านเลขที่ 45", None),
        ("13.6621102.5487", None),
        ("13 30 102 15 0", None),
        ("POINT EMPTY", None),
    ],
)
def test_one_cell_may_hold_the_whole_position(cell, position):
    assert pair(cell) == position


def test_exchanged_latitude_and_longitude_are_put_right_and_said():
    found = locate(rows(lat=["102.5487", "13.6621"], lon=["13.6621", "102.5487"]))
    assert found.lon.tolist() == [102.5487, 102.5487]
    assert found.lat.tolist() == [13.6621, 13.6621]
    assert found.swapped.tolist() == [True, False]


@pytest.mark.parametrize(("zone", "meridian"), [("47", 99), ("48P", 105), ("48N", 105), ("32648", 105)])
def test_utm_metres_on_the_central_meridian_follow_the_meridian_arc(zone, meridian):
    northing = 0.9996 * Geod(ellps="WGS84").line_length([meridian, meridian], [0, 15])
    found = locate(rows(lon=["500000"], lat=[f"{northing:.3f}"], zone=[zone]))
    assert (found.lon[0], found.lat[0]) == (pytest.approx(meridian, abs=1e-8), pytest.approx(15, abs=1e-7))
    assert found.deduced[0] == 0


def test_a_missing_zone_is_deduced_where_only_one_fits_and_said():
    # Aranyaprathet in zone 48; as zone 47 the same metres lie in the Andaman Sea.
    found = locate(rows(lon=["234567"], lat=["1512345"]))
    assert found.deduced.tolist() == [48]
    assert (found.lon[0], found.lat[0]) == (pytest.approx(102.546, abs=0.001), pytest.approx(13.668, abs=0.001))


def test_metres_that_fit_two_zones_need_the_province_or_are_refused():
    # As zone 47 they lie at 98.8 east in Kanchanaburi, as zone 48 at 104.8 east in Ubon Ratchathani.
    named = [None, "อุบลราชธานี", "กาญจนบุรี", "ภูเก็ต"]
    found = locate(rows(lon=["478000"] * 4, lat=["1681000"] * 4, province=named))
    assert found.fault.tolist() == [Fault.ZONE, Fault.NONE, Fault.NONE, Fault.ZONE]
    assert found.deduced.tolist() == [0, 48, 47, 0]
    assert found.lon[1:3].tolist() == pytest.approx([104.8, 98.8], abs=0.01)


def test_easting_and_northing_exchanged_are_put_right():
    found = locate(rows(lon=["1512345"], lat=["234567"], zone=["48"]))
    assert found.swapped.tolist() == [True]
    assert found.lat[0] == pytest.approx(13.668, abs=0.001)


def test_another_zone_than_thailands_is_refused():
    assert locate(rows(lon=["234567"], lat=["1512345"], zone=["46"])).fault[0] == Fault.ZONE


@pytest.mark.parametrize(
    ("lat", "lon", "fault"),
    [
        (None, "102.5", Fault.MISSING),
        (None, None, Fault.MISSING),
        ("ไม่ทราบค่า", "102.5", Fault.UNREADABLE),
        ("1366.2", "102.5", Fault.OUTSIDE),
        ("0", "0", Fault.OUTSIDE),
        ("-13.6", "102.5", Fault.OUTSIDE),
        ("48.85", "2.35", Fault.OUTSIDE),
        ("inf", "102.5", Fault.UNREADABLE),
        ("nan", "102.5", Fault.UNREADABLE),
        ("13.6", "102.5", Fault.NONE),
    ],
)
def test_a_row_without_a_thai_position_says_why(lat, lon, fault):
    assert locate(rows(lat=[lat], lon=[lon])).fault[0] == fault


def test_latitude_and_longitude_rule_over_a_rival_that_stands_in_only_where_they_fail():
    found = locate(
        rows(
            lat=["13.75", "13.75"],
            lon=["100.5", "13.75"],
            rival_1=["13.75,13.75"] * 2,
            rival_2=["13.76, 100.6"] * 2,
        ),
        rivals=["rival_1", "rival_2"],
    )
    assert found.lon.tolist() == [100.5, 100.6]
    assert found.rival.tolist() == ["", "rival_2"]


@settings(deadline=None)
@given(lon=st.floats(97.4, 105.6), lat=st.floats(5.7, 20.4))
def test_every_thai_position_survives_being_written_as_degrees_minutes_seconds(lon, lat):
    def written(value, letter):
        whole, rest = divmod(round(value * 3_600_000), 3_600_000)
        minutes, milliseconds = divmod(rest, 60_000)
        return f"{whole}°{minutes}'{milliseconds / 1000:.3f}\"{letter}"

    found = locate(rows(position=[f"{written(lat, 'N')} {written(lon, 'E')}"]))
    assert (found.lon[0], found.lat[0]) == (pytest.approx(lon, abs=3e-7), pytest.approx(lat, abs=3e-7))


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=5))
def test_no_text_whatever_breaks_the_reading(cells):
    found = locate(rows(lat=cells, lon=cells, position=cells, zone=cells, province=cells))
    assert all(fault in Fault for fault in found.fault)
