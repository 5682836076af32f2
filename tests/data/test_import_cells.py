"""Headings and single cells of camera lists."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import cells
from data.intake.addresses import address_fault
from data.intake.headings import HEADINGS_FILE, fold, match
from data.intake.sources.record import FIELDS
from data.models import Kind, Linked
from data.provinces import provinces


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("รหัสกล้อง", "code"),
        ("หมายเลขกล้อง", "code"),
        ("Camera_ID", "code"),
        ("ชื่อกล้อง", "name_th"),
        ("Cam_Name_e", "name_en"),
        ("สถานที่ติดตั้ง", "place"),
        ("หน่วยงานเจ้าของ", "owner"),
        ("ตำบล/แขวง", "subdistrict"),
        ("อำเภอ / เขต", "district"),
        ("จังหวัด", "province"),
        ("ละติจูด", "lat"),
        ("ละติจุด (Latitude)", "lat"),
        ("Lat.", "lat"),
        ("LATITUDE", "lat"),
        ("Y", "lat"),
        ("ลองจิจูด", "lon"),
        ("ลองติจูด", "lon"),
        ("Longitude / ลองจิจูด", "lon"),
        ("Lng", "lon"),
        ("X (UTM 47N)", "lon"),
        ("พิกัด", "position"),
        ("พิกัด (Lat, Long)", "position"),
        ("ประเภทกล้อง", "kind"),
        ("ทิศทาง (องศา)", "bearing_deg"),
        ("bearing_deg", "bearing_deg"),
        ("มุมรับภาพ", "hfov_deg"),
        ("ความสูงติดตั้ง (ม.)", "mount_height_m"),
        ("ความละเอียด", "resolution"),
        ("Focal Length (mm)", "focal_length_mm"),
        ("ระยะอินฟราเรด", "ir_range_m"),
        ("RTSP URL", "stream"),
        ("Snapshot", "snapshot"),
        ("ปีที่ติดตั้ง (พ.ศ.)", "installed_on"),
        ("วันที่ตรวจสอบ", "verified_on"),
        ("สถานะการเชื่อมโยง", "linked"),
        ("จำนวน (ตัว)", "count"),
        ("\ufeffcode ", "code"),
    ],
)
def test_a_heading_is_known_however_it_is_written(heading, field):
    assert match([heading]).columns == {field: [0]}


@pytest.mark.parametrize(
    "heading", ["IP Address", "Username", "Password", "หมายเหตุ", "ยี่ห้อ", "", "ลำดับที่", "x" * 500]
)
def test_other_headings_are_left_alone(heading):
    assert match([heading]).columns == {}


def test_a_status_is_seen_but_never_taken():
    found = match(["รหัสกล้อง", "สถานะ", "Status"])
    assert found.status == [1, 2]
    assert found.columns == {"code": [0]}


def test_a_heading_may_name_the_utm_zone():
    assert match(["Easting (UTM Zone 48N)", "Northing"]).utm_zone == 48
    assert match(["X_47N", "Y_48N"]).utm_zone is None


def test_every_field_of_the_heading_file_exists_and_no_heading_means_two():
    import tomllib

    known = tomllib.loads(HEADINGS_FILE.read_text(encoding="utf-8"))
    assert set(known) - {"status"} <= set(FIELDS)
    folded = [(fold(heading), name) for name, headings in known.items() for heading in headings]
    assert {key for key, _ in folded if len({name for other, name in folded if other == key}) > 1} == set()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("6", 6),
        ("6.5 m", 6.5),
        ("๖ เมตร", 6),
        ("1,234.5", 1234.5),
        ("60°", 60),
        ("-5", -5),
        (".5", 0.5),
        ("2.8-12 mm", None),
        ("6 ฟุต", None),
        ("", None),
        ("1e5", None),
        ("9" * 60, None),
    ],
)
def test_numbers_come_with_and_without_units(cell, value):
    assert cells.number(cell) == value


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [
        ("90", 90),
        ("360", 0),
        ("361", 361),
        ("NE", 45),
        ("nne", 22.5),
        ("South-East", 135),
        ("ทิศตะวันตกเฉียงเหนือ", 315),
        ("เหนือ", 0),
        ("๙๐ องศา", 90),
        ("เข้าเมือง", None),
    ],
)
def test_bearings_are_degrees_or_compass_points(cell, degrees):
    assert cells.bearing(cell) == degrees


@pytest.mark.parametrize(
    ("cell", "size"),
    [
        ("1920x1080", (1920, 1080)),
        ("1,920 × 1,080 px", (1920, 1080)),
        ("๑๙๒๐*๑๐๘๐", (1920, 1080)),
        ("Full HD", (1920, 1080)),
        ("4K", (3840, 2160)),
        ("2 MP", None),
        ("ชัด", None),
    ],
)
def test_resolutions_are_two_numbers_or_a_name(cell, size):
    assert cells.resolution(cell) == size


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("กล้องโดม", Kind.DOME),
        ("Speed Dome", Kind.PTZ),
        ("แบบปรับมุมมอง", Kind.PTZ),
        ("PTZ", Kind.PTZ),
        ("Fisheye 360", Kind.FISHEYE),
        ("กล้องตรวจจับความร้อน", Kind.THERMAL),
        ("กล้องติดอยู่กับที่", Kind.FIXED),
        ("แบบมุมมองคงที่", Kind.FIXED),
        ("Bullet", Kind.FIXED),
        ("IP", None),
    ],
)
def test_kinds_are_known_by_the_words_in_use(cell, kind):
    assert cells.kind(cell) == kind


@pytest.mark.parametrize(
    ("cell", "linked"),
    [
        ("เชื่อมโยงแล้ว", Linked.LINKED),
        ("Yes", Linked.LINKED),
        ("1", Linked.LINKED),
        ("ยังไม่เชื่อมโยง", Linked.NOT_LINKED),
        ("not_linked", Linked.NOT_LINKED),
        ("N", Linked.NOT_LINKED),
        ("อาจจะ", None),
    ],
)
def test_linked_is_yes_no_or_unknown(cell, linked):
    assert cells.linked(cell) == linked


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2563", date(2020, 1, 1)),
        ("พ.ศ. ๒๕๖๓", date(2020, 1, 1)),
        ("2020", date(2020, 1, 1)),
        ("15/3/2563", date(2020, 3, 15)),
        ("2563-02-29", date(2020, 2, 29)),
        ("15 มี.ค. 2563", date(2020, 3, 15)),
        ("15 มีนาคม พ.ศ. 2563", date(2020, 3, 15)),
        ("15/03/63", date(2020, 3, 15)),
        ("15 Mar 2020", date(2020, 3, 15)),
        ("2020-03-15T08:00:00", date(2020, 3, 15)),
        ("มี.ค. 2563", date(2020, 3, 1)),
        ("31/2/2563", None),
        ("15/03/20", None),
        ("63", None),
        ("1", None),
        ("1850", None),
    ],
)
def test_dates_are_read_in_both_calendars(cell, day):
    assert cells.day(cell) == day


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("rtsp://10.1.2.3:554/live", True),
        ("rtsp://admin:p%40ss@10.1.2.3/live?channel=1", True),
        ("https://live.trial.go.th/a.m3u8", True),
        ("http://[2001:db8::1]:80/a", True),
        ("file:///etc/passwd", False),
        ("concat:/etc/passwd|http://a.b/", False),
        ("httpstream://file:///etc/passwd", False),
        ("10.1.2.3:554/live", False),
        ("rtsp://", False),
        ("rtsp://a.b:99999/", False),
        ("rtsp://a b/c", False),
        ("rtsp://a.b/\u202egpj", False),
        ("https://a.b/jpeg?camid=X.X.X.X:YYYY", False),
        ("https://a.b/tempsus/a.m3u8", False),
        ("https://a.b/" + "x" * 3000, False),
    ],
)
def test_only_addresses_that_may_be_a_cameras_are_kept(address, good):
    assert (address_fault(address) is None) is good


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("สระแก้ว", "27"),
        ("จังหวัดสระแก้ว", "27"),
        ("จ.สระแก้ว", "27"),
        ("Sa Kaeo", "27"),
        ("SAKAEO", "27"),
        ("27", "27"),
        ("TH-27", "27"),
        ("กทม.", "10"),
        ("กรุงเทพฯ", "10"),
        ("Buriram", "31"),
        ("อยุธยา", "14"),
        ("พระตะบอง", None),
    ],
)
def test_provinces_are_known_by_their_names(name, code):
    place = provinces().named(name)
    assert (provinces().codes[place] if place >= 0 else None) == code


def test_a_point_belongs_to_the_province_around_it_and_near_the_coast_to_the_nearest():
    import numpy as np

    lon = np.array(
        [102.5487, 100.5018, 98.25, 104.9, np.nan]
    )  # Aranyaprathet, Bangkok, off Phuket, Phnom Penh, nowhere
    lat = np.array([13.6621, 13.7563, 7.9, 11.55, 13.0])
    assert [provinces().codes[at] if at >= 0 else None for at in provinces().at(lon, lat)] == [
        "27",
        "10",
        "83",
        None,
        None,
    ]


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_a_reader(text):
    for read in (
        cells.number,
        cells.bearing,
        cells.resolution,
        cells.kind,
        cells.linked,
        cells.day,
        address_fault,
        fold,
    ):
        read(text)
    match([text])
