"""One box for everything: what a text means."""

import mgrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from data.finding.found import Kind, Note
from data.finding.gazetteer import inventory_places
from data.finding.search import find_cameras, understand
from data.geography import load_border, load_crossings, load_provinces
from geo.crs import distance_m
from geo.line.chainage import chainage

LON, LAT = 102.5487, 13.6621  # Ban Khlong Luek
IN_THAILAND = {"lon": st.floats(97.4, 105.6), "lat": st.floats(5.7, 20.4)}


def best(text, *more):
    found = understand(text, *more)
    assert found, f"{text!r} means nothing"
    return found[0]


def off_m(found, lon, lat):
    return float(distance_m(found.lon, found.lat, lon, lat))


@pytest.mark.parametrize(
    "text",
    [
        "13.6621,102.5487",
        "13.6621 102.5487",
        "(13.6621, 102.5487)",
        "13.6621/102.5487",
        "๑๓.๖๖๒๑, ๑๐๒.๕๔๘๗",
        "13,6621 102,5487",
        "13.6621N 102.5487E",
        "N13.6621 E102.5487",
        "E102.5487, N13.6621",
        "lat 13.6621 lon 102.5487",
        "13°39'43.56\"N 102°32'55.32\"E",
        "13° 39′ 43.56″ N, 102° 32′ 55.32″ E",
        "13-39-43.56 102-32-55.32",
        "13 39.726 102 32.922",
        "13°39.726'N 102°32.922'E",
        "13 องศา 39 ลิปดา 43.56 พิลิปดา เหนือ 102 องศา 32 ลิปดา 55.32 พิลิปดา ตะวันออก",
        "48P 234827 1511697",
        "48 234,827 1,511,697",
        "234827 1511697",
        "UTM 48P 234827mE 1511697mN",
        "48PTA3482711697",
        "48P TA 34827 11697",
        "48p ta 34827 11697",
        "MGRS 48P TA 34827 11697",
    ],
)
def test_a_point_is_found_however_it_is_written(text):
    found = best(text)
    assert (found.kind, found.note) == (Kind.POINT, Note.NONE)
    assert off_m(found, LON, LAT) < 1.5


@pytest.mark.parametrize("text", ["102.5487 13.6621", "102°32'55.32\" 13°39'43.56\"", "1511697 234827"])
def test_a_point_the_wrong_way_round_is_put_right_and_said(text):
    found = best(text)
    assert found.note is Note.SWAPPED
    assert off_m(found, LON, LAT) < 1.5


@pytest.mark.parametrize(
    ("text", "lon", "lat"),
    [("48.85, 2.35", 2.35, 48.85), ("33.86S 151.2E", 151.2, -33.86), ("31UDQ4825111932", 2.29, 48.86)],
)
def test_a_point_abroad_is_found_with_a_note(text, lon, lat):
    found = best(text)
    assert found.note is Note.OUTSIDE
    assert off_m(found, lon, lat) < 1_000


def test_metres_that_fit_both_zones_are_two_finds():
    found = understand("500000 1750000")  # 99 and 105 degrees east, both in Thailand
    assert [round(one.lon) for one in found] == [99, 105]
    assert {one.note for one in found} == {Note.AMBIGUOUS}


def test_a_coarse_square_is_found_in_its_middle():
    found = best("48P TA 34 11")
    # column T of zone 48 begins 200 km east, this row A 1,500 km north
    lon, lat = Transformer.from_crs(32648, 4326, always_xy=True).transform(234_500, 1_511_500)
    assert off_m(found, lon, lat) < 0.1
    assert found.note is Note.ROUGH
    assert found.zoom < best("48P TA 34827 11697").zoom


@given(**IN_THAILAND, digits=st.integers(0, 5))
def test_every_mgrs_square_of_the_country_holds_what_it_was_made_of(lon, lat, digits):
    text = mgrs.MGRS().toMGRS(lat, lon, MGRSPrecision=digits)
    zone = int(text[:2])
    metres = Transformer.from_crs(4326, 32600 + zone, always_xy=True)
    east, north = metres.transform(lon, lat)
    found = best(text)
    found_east, found_north = metres.transform(found.lon, found.lat)
    half_m = 0.5 * 10 ** (5 - digits) + 0.01
    assert abs(found_east - east) <= half_m
    assert abs(found_north - north) <= half_m


@given(**IN_THAILAND, swap=st.booleans(), sign=st.sampled_from([",", " ", ", ", "; "]))
def test_decimal_degrees_of_the_country_are_found_in_either_order(lon, lat, swap, sign):
    first, second = (lon, lat) if swap else (lat, lon)
    assert off_m(best(f"{first:.6f}{sign}{second:.6f}"), lon, lat) < 0.2


@given(**IN_THAILAND)
def test_utm_of_the_country_is_found(lon, lat):
    zone = 47 if lon < 102 else 48
    east, north = Transformer.from_crs(4326, 32600 + zone, always_xy=True).transform(lon, lat)
    assert off_m(best(f"{zone} {east:.1f} {north:.1f}"), lon, lat) < 0.2


@pytest.mark.parametrize(
    "text", ["12+340", "12 + 340", "km 12+340", "KM12.34", "12.34 km", "กม. 12+340", "กม.12.34", "ก.ม. ๑๒+๓๔๐"]
)
def test_a_chainage_is_a_point_of_the_line(text):
    found = best(text)
    assert found.kind is Kind.CHAINAGE
    assert "12+340" in found.title_th
    assert "12+340" in found.title_en
    at_m, off = load_border().locate(found.lon, found.lat)
    assert (at_m, off) == (pytest.approx(12_340, abs=0.1), pytest.approx(0, abs=0.1))


@given(at_m=st.integers(0, 184_000))
def test_every_chainage_of_the_line_is_found(at_m):
    found = best(chainage(at_m))
    assert (found.lon, found.lat) == pytest.approx(load_border().point_at(at_m))


@pytest.mark.parametrize("text", ["200+000", "km 185", "กม. 9999"])
def test_a_chainage_beyond_the_line_is_nowhere(text):
    assert understand(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "title"),
    [
        ("สระแก้ว", Kind.PROVINCE, "สระแก้ว"),
        ("จ.สระแก้ว", Kind.PROVINCE, "สระแก้ว"),
        ("จังหวัด สระแก้ว", Kind.PROVINCE, "สระแก้ว"),
        ("SA KAEO", Kind.PROVINCE, "สระแก้ว"),
        ("sakaeo province", Kind.PROVINCE, "สระแก้ว"),
        ("โคราช", Kind.PROVINCE, "นครราชสีมา"),
        ("ตาก", Kind.PROVINCE, "ตาก"),
        ("อ.อรัญประเทศ", Kind.DISTRICT, "อ.อรัญประเทศ จ.สระแก้ว"),
        ("ตำบลท่าข้าม", Kind.SUBDISTRICT, "ต.ท่าข้าม อ.อรัญประเทศ จ.สระแก้ว"),
        ("คลองลึก", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("ด่านคลองลึก", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("ด่าน บ้านคลองลึก", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("คลองลึก สระแก้ว", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("khlong luek", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("khlonglu", Kind.CROSSING, "จุดผ่านแดนถาวรบ้านคลองลึก"),
        ("สะพานมิตรภาพ ๔", Kind.CROSSING, "จุดผ่านแดนถาวรเชียงของ (สะพานมิตรภาพ 4)"),
        ("เเม่สาย (สะพาน 1)", Kind.CROSSING, "จุดผ่านแดนถาวรแม่สาย (สะพาน 1)"),
        ("ท่าอากาศยานหาดใหญ่", Kind.PORT, "ท่าอากาศยานหาดใหญ่"),
        ("แหลมฉบัง", Kind.PORT, "ท่าเรือแหลมฉบัง"),
    ],
)
def test_a_place_is_found_by_its_name(text, kind, title):
    found = best(text)
    assert (found.kind, found.title_th) == (kind, title)


def test_every_name_that_ships_finds_its_place():
    for frame in (load_provinces(), load_crossings()):
        for row in frame.to_dict("records"):
            for name in (row["name_th"], row["name_en"]):
                assert row["name_th"] in [found.title_th for found in understand(name)], name


def test_a_whole_name_comes_before_a_beginning_before_a_part():
    titles = [found.title_th for found in understand("ตาก")]
    assert titles == ["ตาก", "จุดผ่านแดนถาวรตากใบ"]
    assert best("ตากใบ").title_th == "จุดผ่านแดนถาวรตากใบ"
    found = understand("นคร", most=20)  # those that begin so before those that hold it
    begins = [one.title_en.startswith("Nakhon") for one in found if one.kind is Kind.PROVINCE]
    assert begins == sorted(begins, reverse=True)
    assert set(begins) == {True, False}


def test_a_prefix_says_what_is_meant():
    assert [best(text).kind for text in ("อ.ตาพระยา", "ต.ตาพระยา", "ด่านตาพระยา")] == [
        Kind.DISTRICT, Kind.SUBDISTRICT, Kind.CROSSING,
    ]  # fmt: skip


def test_an_uncertain_point_is_marked():
    assert best("บ้านคลองลึก").note is Note.NONE
    assert best("ช่องอานม้า").note is Note.ROUGH


def test_districts_of_the_inventory_are_found_among_their_cameras():
    cameras = pd.DataFrame(
        {
            "lon": [99.9, 100.1, 100.0, 100.5, 101.0],
            "lat": [14.0, 14.2, 14.1, 13.7, 15.0],
            "province": ["สุพรรณบุรี"] * 3 + ["กรุงเทพมหานคร", None],
            "district": ["อำเภอด่านช้าง", "อำเภอด่านช้าง", "อำเภอด่านช้าง", "บางรัก", None],
            "subdistrict": ["ห้วยขมิ้น", None, None, "สีลม", "หนองน้ำ"],
        }
    ).astype({"province": "category", "district": "category", "subdistrict": "category"})
    places = inventory_places(cameras)
    found = best("ด่านช้าง", places)
    assert (found.kind, found.title_th) == (Kind.DISTRICT, "อ.ด่านช้าง จ.สุพรรณบุรี")
    assert (found.lon, found.lat) == (pytest.approx(100.0), pytest.approx(14.1))
    assert best("ต.ห้วยขมิ้น", places).title_th == "ต.ห้วยขมิ้น อ.ด่านช้าง จ.สุพรรณบุรี"
    assert best("เขตบางรัก", places).title_th == "เขตบางรัก กรุงเทพมหานคร"
    assert best("สีลม กรุงเทพ", places).title_th == "แขวงสีลม เขตบางรัก กรุงเทพมหานคร"
    assert understand("หนองน้ำ", places) == []  # in no district anybody named


@pytest.mark.parametrize(
    "text",
    ["", " ", "ก", "x", "14 5", "10-20", "๒๕๖๙", "zzzz", ",,,,,, ,,,,,,", "081234567 0812345678", "48PIO1234",
     "99PTA12", "48PTA123", "+", "91.5, 200.5", "9" * 400, "13.6, 102.5 " * 40],
)  # fmt: skip
def test_nonsense_means_nothing(text):
    assert understand(text) == []


SIGNS = st.sampled_from("0123456789๑๒๓.,+-°'\" NESWPkmกมทด่านจอต.:/()\n\u0e4d\u0e32")


@given(text=st.text() | st.text(SIGNS, max_size=40) | st.from_regex(r"\d{1,2}[A-Z]{1,3} ?\d{0,12}[ ,]?\d{0,12}"))
def test_no_text_is_too_much(text):
    for found in understand(text):
        assert found.title_th
        assert found.title_en
        assert -180 <= found.lon <= 180
        assert -90 <= found.lat <= 90
    assert len(find_cameras(table(), text)) <= 20


def table(kind="string[pyarrow]"):
    rows = [
        ("SK-1", "สะพาน สระแก้ว", "Bridge sk-10"),
        ("sk-10", "ตลาดโรงเกลือ", None),
        ("SK-100", None, "Market"),
        ("BK-7", "หน้าตลาด SK-1", "In front"),
        ("A%_.*", "จุดตรวจ", "Checkpoint"),
    ]
    return pd.DataFrame(rows, columns=["code", "name_th", "name_en"], index=[9, 9, 7, 5, 3]).astype(kind)


@pytest.mark.parametrize("kind", ["string[pyarrow]", "str", "object"])
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SK-1", [0, 1, 2, 3]),  # the code, codes that begin so, then a name
        ("sk-10", [1, 2, 0]),
        (" SK-100 ", [2]),
        ("ตลาด", [1, 3]),
        ("MARKET", [2]),
        ("%_", []),
        ("a%_.*", [4]),
        (".*", []),
        ("", []),
        ("  ", []),
        ("ไม่มี", []),
    ],
)
def test_cameras_are_found_by_code_then_name(kind, text, rows):
    assert find_cameras(table(kind), text).tolist() == rows


def test_no_more_cameras_than_asked_for():
    assert find_cameras(table(), "sk-1", 2).tolist() == [0, 1]
    assert find_cameras(table(), "sk-1", 0).tolist() == []
    assert find_cameras(table().iloc[:0], "sk-1").tolist() == []


@given(number=st.integers(0, 999))
def test_every_code_finds_its_camera_first(number):
    codes = pd.array([f"C{n}" for n in range(1000)], dtype="string[pyarrow]")
    names = pd.array(["กล้อง C1"] * 1000, dtype="string[pyarrow]")
    found = find_cameras(pd.DataFrame({"code": codes, "name_th": names, "name_en": names}), f"c{number}", 1000)
    assert found[0] == number
    assert len(np.unique(found)) == len(found)
