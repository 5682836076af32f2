"""An evidence pack: what is in it, that it adds up, and that whatever was changed in it is found and named."""

import hashlib
import json
import stat
import struct
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point

from data.files import mapsheet, pack
from data.files import verify as verifying
from data.files.gaps import GapView, export_gaps
from data.files.pack import export_pack
from data.files.verify import verify
from data.fleet import Fleet
from data.geography import load_border
from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.lines import border_now
from data.lines.border import sums
from tests.data.files.conftest import NOON

NAMES = [
    "MANIFEST.sha256", "README.txt", "assumptions.json", "cameras.geojson", "coverage.geojson", "gaps.csv",
    "gaps.geojson", "line.geojson", "manifest.json", "map.pdf",
]  # fmt: skip
CHANGED = "is not what it was when the pack was made"


@pytest.fixture(scope="module")
def made(known, tmp_path_factory) -> Path:
    """A pack of the whole border as it is now."""
    file = tmp_path_factory.mktemp("pack") / "pack.zip"
    export_pack(*known, file, GapView(), at=NOON)
    return file


@pytest.fixture
def contents(made) -> dict[str, bytes]:
    with zipfile.ZipFile(made) as files:
        return {name: files.read(name) for name in files.namelist()}


def packed(contents: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in contents.items():
            files.writestr(name, content)
    return path


def hashed_again(contents: dict[str, bytes]) -> dict[str, bytes]:
    """What somebody would do who changes a file and knows of the manifest."""
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(contents.items())
        if name != "MANIFEST.sha256"
    )
    return contents | {"MANIFEST.sha256": lines.encode()}


def test_a_pack_is_found_whole(made):
    verdict = verify(made)
    assert verdict.fault is None
    assert verdict.files == len(NAMES)
    assert verdict.sha256 == hashlib.sha256(made.read_bytes()).hexdigest()


def test_the_same_view_of_the_same_moment_gives_the_same_bytes(known, made, tmp_path):
    said = export_pack(*known, tmp_path / "again.zip", GapView(), at=NOON)
    assert (tmp_path / "again.zip").read_bytes() == made.read_bytes()
    assert said["sha256"] == verify(made).sha256
    with zipfile.ZipFile(made) as files:
        assert files.namelist() == NAMES
        assert {entry.date_time for entry in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_its_sums_are_those_of_the_screen(known, contents):
    shown = sums(border_now.stretches(known[1], 20, "day", "live"))
    facts = json.loads(contents["manifest.json"])["facts"]
    assert {name: facts[name] for name in shown} == shown
    gaps = json.loads(contents["gaps.geojson"])["features"]
    on_page = border_now.gaps(known[1], 20, "day", "live")
    listed = [row["properties"]["length_m"] for row in gaps if row["properties"]["length_m"] >= 1]
    assert listed == pytest.approx(on_page["length_m"].tolist())


@pytest.mark.parametrize(
    "view", [GapView(when="planned", light="night"), GapView(40, within=(50_000.0, 60_000.0), shortest_m=1.0)]
)
def test_packs_of_other_views_are_whole_too(known, tmp_path, view):
    said = export_pack(*known, tmp_path / "pack.zip", view, at=NOON)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    alone = export_gaps(*known, None, view, at=NOON)
    assert {k: said[k] for k in alone if k not in ("gaps", "file")} == {
        k: v for k, v in alone.items() if k not in ("gaps", "file")
    }


def test_sha256sum_reads_its_manifest(made, tmp_path):
    with zipfile.ZipFile(made) as files:
        files.extractall(tmp_path / "out")
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "MANIFEST.sha256"], cwd=tmp_path / "out", capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": OK") == len(NAMES) - 1


def test_other_programs_open_what_is_in_it(made):
    for layer in ("gaps", "cameras", "coverage", "line"):
        rows = gpd.read_file(f"zip://{made}!{layer}.geojson")
        assert len(rows) > 0
        assert rows.geometry.is_valid.all()
    with zipfile.ZipFile(made) as files:
        gaps = pd.read_csv(files.open("gaps.csv"), encoding="utf-8-sig")
        assert files.read("map.pdf").startswith(b"%PDF")
    assert gaps["length_m"].sum() == pytest.approx(gpd.read_file(f"zip://{made}!gaps.geojson")["length_m"].sum())


def test_no_address_or_password_is_in_it(contents):
    cameras = json.loads(contents["cameras.geojson"])["features"]
    named = {row["properties"]["code"]: row["properties"]["name_th"] for row in cameras}
    assert named.get("C4", "").startswith("กล้อง 4 ")
    for name, content in contents.items():
        for secret in (b"10.1.2.3", b"1234@", b"sealed"):
            assert secret not in content, (name, secret)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "MANIFEST.sha256"])
def test_a_changed_byte_is_found_in_every_file(contents, tmp_path, name):
    content = bytearray(contents[name])
    content[len(content) // 2] ^= 1
    verdict = verify(packed(contents | {name: bytes(content)}, tmp_path / "pack.zip"))
    assert verdict.fault.startswith(f"{name}: {CHANGED}")


@pytest.mark.parametrize("name", NAMES)
def test_a_byte_flipped_in_the_zip_itself_is_found(made, tmp_path, name):
    raw = bytearray(made.read_bytes())
    with zipfile.ZipFile(made) as files:
        entry = files.getinfo(name)
    raw[entry.header_offset + 30 + len(name) + entry.compress_size // 2] ^= 0x10
    file = tmp_path / "pack.zip"
    file.write_bytes(raw)
    assert verify(file).fault.startswith(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_left_out_is_named(contents, tmp_path, name):
    del contents[name]
    assert verify(packed(contents, tmp_path / "pack.zip")).fault.startswith(f"{name}: is missing")


def test_a_file_added_is_named(contents, tmp_path):
    fault = verify(packed(contents | {"more.txt": b"x"}, tmp_path / "pack.zip")).fault
    assert fault.startswith("more.txt: was added")


def rows_of(contents, name, change):
    document = json.loads(contents[name])
    change(document)
    return hashed_again(contents | {name: json.dumps(document).encode()})


def shorten(document):
    document["features"][3]["properties"]["length_m"] -= 25


def drop(document):
    del document["features"][3]


def straighten(document):
    shape = document["features"][0]["geometry"]
    shape["coordinates"] = [shape["coordinates"][0], [102.0, 13.5]]


def brighten(document):
    document["facts"]["certain_m"] += 500
    document["facts"]["open_m"] -= 500


def claim(document):
    for feature in document["features"]:
        feature["properties"]["kind"] = "certain"


def lengthen(document):
    document["features"][0]["geometry"]["coordinates"].append([102.5, 13.0])


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("gaps.geojson", shorten, "its length [m]"),
        ("gaps.geojson", drop, "gaps: "),
        ("gaps.geojson", straighten, "its length on the ground"),
        ("manifest.json", brighten, "metres open of the line"),
        ("coverage.geojson", claim, "metres of the line it leaves uncertain"),
        ("coverage.geojson", drop, "coverage.geojson: "),
        ("cameras.geojson", drop, "cameras.geojson: rows"),
        ("line.geojson", lengthen, "line.geojson: its length"),
        ("manifest.json", dict.clear, "cannot be read as those of a pack"),
        ("gaps.geojson", dict.clear, "cannot be read as those of a pack"),
    ],
)
def test_a_change_that_was_hashed_again_does_not_add_up(contents, tmp_path, name, change, words):
    assert words in verify(packed(rows_of(contents, name, change), tmp_path / "pack.zip")).fault


def test_a_gap_moved_into_another_gap_is_found(contents, tmp_path):
    def overlap(document):
        first, second = (document["features"][i]["properties"] for i in (0, 1))
        second["from_m"], second["to_m"] = first["from_m"], first["from_m"] + second["length_m"]

    assert "overlaps" in verify(packed(rows_of(contents, "gaps.geojson", overlap), tmp_path / "pack.zip")).fault


@pytest.mark.parametrize(
    "name", ["../gaps.csv", "/etc/passwd", "a/../../b", "C:\\x", "..", "sub/gaps.csv", ".hidden", "x\ny", "ก.csv"]
)
def test_names_that_lead_elsewhere_are_refused(contents, tmp_path, name):
    assert "plain name" in verify(packed(contents | {name: b"x"}, tmp_path / "pack.zip")).fault


def test_a_link_is_refused(contents, tmp_path):
    file = packed(contents, tmp_path / "pack.zip")
    with zipfile.ZipFile(file, "a") as files:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        files.writestr(entry, "/etc/passwd")
    assert verify(file).fault == "link: is a link or a folder, not a file"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["gaps.csv", "GAPS.csv"])
def test_a_name_given_twice_is_refused(contents, tmp_path, name):
    file = packed(contents, tmp_path / "pack.zip")
    with zipfile.ZipFile(file, "a") as files:
        files.writestr(name, b"other")
    assert verify(file).fault == f"{name}: is in it twice"


def test_a_bomb_is_not_unpacked(contents, tmp_path):
    fault = verify(packed(contents | {"zeros.bin": bytes(50_000_000)}, tmp_path / "pack.zip")).fault
    assert fault.startswith("zeros.bin: ")
    assert "not unpacked" in fault


def test_a_size_that_lies_is_found(contents, tmp_path, monkeypatch):
    file = packed(contents, tmp_path / "pack.zip")
    raw = bytearray(file.read_bytes())
    at = raw.rindex(b"PK\x01\x02")  # the last entry of the list
    struct.pack_into("<L", raw, at + 24, 10)  # says that it unpacks to ten bytes
    file.write_bytes(raw)
    assert verify(file).fault.startswith(f"{NAMES[-1]}: ")


def test_too_many_files_and_too_many_bytes_are_refused(contents, tmp_path, monkeypatch):
    many = packed(contents | {f"f{i}": b"" for i in range(40)}, tmp_path / "many.zip")
    assert "more than the 32 files" in verify(many).fault
    whole = packed(contents, tmp_path / "whole.zip")
    monkeypatch.setattr(verifying, "MOST_BYTES", 400_000)
    assert "more than the 400,000 a pack may" in verify(whole).fault
    monkeypatch.setattr(verifying, "MOST_BYTES", 10_000)
    assert verify(whole).fault.startswith("whole.zip: ")


@pytest.mark.parametrize("content", [b"", b"PK", b"hello " * 100, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_pack_is_said_to_be_none(tmp_path, content):
    file = tmp_path / "pack.zip"
    file.write_bytes(content)
    assert verify(file).fault


def test_what_was_cut_short_or_put_behind_is_found(made, tmp_path):
    file = tmp_path / "pack.zip"
    for raw in (made.read_bytes()[:-100], made.read_bytes() + b"more"):
        file.write_bytes(raw)
        assert "cut short, or something was put behind" in verify(file).fault


def test_a_failure_leaves_what_was_there_and_no_rest(known, tmp_path, monkeypatch):
    file = tmp_path / "pack.zip"
    file.write_text("old")

    def broken(*_, **__):
        raise ChildProcessError("the map could not be set")

    monkeypatch.setattr(pack, "map_pdf", broken)
    with pytest.raises(OSError, match="could not be set"):
        export_pack(*known, file, GapView(), at=NOON)
    assert file.read_text() == "old"
    assert [place.name for place in tmp_path.iterdir() if place.name != "var"] == ["pack.zip"]
    with pytest.raises(ValueError, match="use .zip"):
        export_pack(*known, tmp_path / "pack.rar", GapView(), at=NOON)


def test_an_empty_inventory_is_one_gap_and_a_whole_pack(database, tmp_path):
    export_pack(database, Fleet(database).now(), tmp_path / "pack.zip", GapView(), at=NOON)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    assert verdict.facts["gaps_listed"] == 1


def test_words_of_a_camera_are_never_markup(known, tmp_path):
    evil = '#read("/etc/passwd") $x$ *b* <a> @c \\ // /* ` "'
    gaps = gpd.GeoDataFrame(
        {
            "from": ["0+000"], "to": ["0+100"], "from_m": [0.0], "length_m": [100.0], "band": ["open"],
            "subdistrict_th": [evil], "district_th": [evil], "nearest_crossing": [evil], "opened_by": [evil],
            "score": [float("nan")], "province_th": [evil], "pillar_from": [evil],
            "pillar_to": [evil],
        },
        geometry=[shapely.LineString([(0, 0), (1, 1)])],
    )  # fmt: skip
    line, bands = border_now.cover(known[1]).line, border_now.stretches(known[1], 20, "day", "live")
    facts = dict(verify_facts(known)) | dict.fromkeys(
        ("method", "stretch", "line_title", "line_title_th", "line_note"), evil
    )
    asked = {"as_of": NOON, "at": NOON}
    sheet = mapsheet.map_pdf(line, bands, gaps, known[1].frame, facts, (0.0, 9_000.0), **asked)
    assert sheet.startswith(b"%PDF")
    assert sheet == mapsheet.map_pdf(line, bands, gaps, known[1].frame, facts, (0.0, 9_000.0), **asked)


def verify_facts(known):
    facts = export_gaps(*known, None, replace(GapView(), within=(0.0, 9_000.0)), at=NOON)
    return {name: value for name, value in facts.items() if name not in ("gaps", "file")}


def test_a_map_that_cannot_be_set_says_so(monkeypatch):
    with pytest.raises(ChildProcessError, match="could not be set"):
        mapsheet._typeset({"main.typ": b'#image("nothing.png")'}, NOON)


@pytest.fixture
def villages(known):
    """Two villages beside the line while a test runs; their layer goes with it."""
    database, _ = known
    places = [Point(*load_border().point_at(at_m)) for at_m in (30_000, 90_000)]
    table = pd.DataFrame(
        {"name": ["บ้านหนึ่ง", "=2+2"], "height_m": np.nan, "at": pd.to_datetime([None] * 2, utc=True)}
    )
    features = gpd.GeoDataFrame(table, geometry=places, crs=4326)
    keep(
        database, features, LayerKind.VILLAGE, "villages", source="v.geojson", by="ก", at=NOON,
        credit="© กรมการปกครอง", demo=True,
    )  # fmt: skip
    yield database, Fleet(database).now()
    remove(database, "villages")


@pytest.mark.parametrize("near", [(), (("village", 2_000.0),)])
def test_a_pack_with_layers_of_people_adds_up_and_says_whose_they_are(villages, tmp_path, near):
    said = export_pack(*villages, tmp_path / "pack.zip", GapView(near=near), at=NOON)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    assert verdict.facts["credits"].endswith("ODbL 1.0; © กรมการปกครอง")
    assert verdict.facts["layers"] == "village: villages (v.geojson, 2026-11-23)"
    assert verdict.facts["demo"] is True
    with zipfile.ZipFile(tmp_path / "pack.zip") as files, files.open("gaps.csv") as content:
        rows = pd.read_csv(content)
        assumed = json.loads(files.read("assumptions.json"))["priority"]
    assert (assumed["village"], assumed["length"]) == (
        "1 / (1 + village_m / 2000)",
        "length_m / (length_m + 1000)",
    )
    assert len(rows) == said["gaps_listed"]
    assert {"village", "village_m", "part_village"} <= set(rows)
    assert "road_m" not in rows
    assert (rows["village_m"] <= 2_000).all() == bool(near)
    assert rows["part_village"].tolist() == pytest.approx([1 / (1 + m / 2_000) for m in rows["village_m"]])


def test_gaps_near_to_what_nobody_brought_are_refused_with_the_way_out(known, tmp_path):
    with pytest.raises(ValueError, match="road=500 asks for gaps near a road, and there is no layer of that kind"):
        export_pack(*known, tmp_path / "pack.zip", GapView(near=(("road", 500.0),)), at=NOON)
    assert not list(tmp_path.iterdir())
