"""Files for a browser: the ones the command line writes, under names that say what is in them."""

import csv
import io
import json
import re
import tempfile

import pytest

from data.files.verify import verify
from tests.web.conftest import CAMERAS, DOWN
from web.downloads import Exports


@pytest.fixture(scope="module")
def visitor(served):
    with served.signed_in() as session:
        yield session


def test_gaps_download_as_the_file_the_command_line_writes(served, visitor):
    answer = visitor.get(f"{served.url}/exports/gaps.geojson?when=planned&level=20&light=day")
    assert answer.status_code == 200
    assert 'filename="takhai-gaps-planned-day-20px.geojson"' in answer.headers["Content-Disposition"]
    said = json.loads(answer.content)
    assert said["takhai"]["cameras"] == CAMERAS
    assert said["takhai"]["level_px_m"] == 20
    assert {feature["properties"]["when"] for feature in said["features"]} == {"planned"}


@pytest.mark.parametrize(
    ("ending", "magic", "kind"),
    [
        ("gpkg", b"SQLite format 3", "application/geopackage+sqlite3"),
        ("csv", b"\xef\xbb\xbf", "text/csv; charset=utf-8"),
        ("kml", b"<?xml", "application/vnd.google-earth.kml+xml"),
        ("shp.zip", b"PK", "application/zip"),
        ("parquet", b"PAR1", "application/vnd.apache.parquet"),
        ("xlsx", b"PK", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
@pytest.mark.parametrize("what", ["cameras", "coverage", "gaps", "lanes", "zones"])
def test_everything_downloads_in_each_format(served, visitor, what, ending, magic, kind):
    answer = visitor.get(f"{served.url}/exports/{what}.{ending}?when=live")
    assert answer.content.startswith(magic)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"].endswith(f'.{ending}"')


def test_a_stretch_of_gaps_downloads_under_a_name_that_says_so(served, visitor):
    asked = "when=planned&from_m=20000&to_m=21000"
    answer = visitor.get(f"{served.url}/exports/gaps.geojson?{asked}")
    assert 'filename="takhai-gaps-20000-21000m-planned-day-20px.geojson"' in answer.headers["Content-Disposition"]
    facts, rows = answer.json()["takhai"], answer.json()["features"]
    assert facts["stretch"] == "20+000–21+000"
    assert facts["gaps_listed"] == len(rows)
    listed = sum(row["properties"]["length_m"] for row in rows)
    assert facts["listed_open_m"] + facts["listed_possible_m"] == pytest.approx(listed)


def test_gaps_of_another_line_download_under_its_name(served, visitor):
    answer = visitor.get(f"{served.url}/exports/gaps.geojson?when=planned&line=cambodia")
    assert 'filename="takhai-gaps-cambodia-planned-day-20px.geojson"' in answer.headers["Content-Disposition"]
    facts = answer.json()["takhai"]
    assert (facts["line"], facts["line_title"], round(facts["total_m"])) == (
        "cambodia", "Thai-Cambodian border", 856_986,
    )  # fmt: skip


def test_the_inventory_downloads_without_addresses_and_without_formulas(served, visitor):
    answer = visitor.get(f"{served.url}/exports/cameras.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == CAMERAS
    assert rows[0]["name_th"] == "'=SUM(1)"
    assert rows[DOWN - 1]["status"] == "down"
    assert rows[0]["as_of"]
    assert not [name for name in rows[0] if "address" in name or "sealed" in name or "fingerprint" in name]


def test_an_evidence_pack_downloads_and_is_found_whole(served, visitor, tmp_path):
    answer = visitor.get(f"{served.url}/exports/evidence.zip?when=live&level=20&from_m=20000&to_m=30000")
    name = 'filename="takhai-evidence-20000-30000m-live-day-20px.zip"'
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert name in answer.headers["Content-Disposition"]
    (tmp_path / "pack.zip").write_bytes(answer.content)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    assert verdict.facts["stretch"] == "20+000–30+000"
    assert visitor.get(f"{served.url}/exports/evidence.zip?level=0").status_code == 400
    assert served.anonymous().get(f"{served.url}/exports/evidence.zip").status_code == 401


def test_outages_download_for_a_span(served, visitor):
    answer = visitor.get(f"{served.url}/exports/outages.csv?from=2020-01-01&to=2099-01-01")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["camera_code"] for row in rows] == [f"C{DOWN}"]


def test_a_map_of_this_moment_downloads_as_one_file(served, visitor):
    answer = visitor.get(
        f"{served.url}/exports/map.html?status=down&at=102.507,13.692,15.5,20,0&lang=en&theme=dark"
    )
    assert answer.status_code == 200
    assert re.fullmatch(
        r'attachment; filename="takhai-map-\d{8}-\d{4}Z\.html"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="en">' in answer.text
    assert 'data-total="1"' in answer.text
    assert served.anonymous().get(f"{served.url}/exports/map.html").status_code == 401


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ("gaps.geojson?when=yesterday", 400, "live or planned"), ("gaps.csv?light=dusk", 400, "day or night"),
        ("gaps.csv?level=0", 400, "above 0"), ("gaps.csv?level=nan", 400, "above 0"),
        ("gaps.csv?level=many", 400, "above 0"), ("gaps.shp", 404, "gpkg"), ("gaps.zip", 404, "shp.zip"),
        ("gaps.csv?line=moon", 400, "line= takes sakaeo, cambodia, got 'moon'"),
        ("evidence.zip?line=moon", 400, "line= takes sakaeo, cambodia, got 'moon'"),
        ("gaps.csv?from_m=5&to_m=1", 400, "from a lower chainage to a higher one, got 5 m to 1 m"),
        ("people.csv", 404, "cameras.csv"),
        ("cameras.csv?status=foo", 400, "status= takes unknown, up, down, degraded, maintenance, got 'foo'"),
        ("cameras.gpkg?level=-1", 400, "level= takes pixels per metre above 0, got '-1'"),
        ("coverage.csv?kind=drone", 400, "kind= takes fixed"), ("cameras.shp", 404, "gpkg"),
        ("map.html?status=foo", 400, "status= takes"), ("map.html?at=1,2", 400, "at= takes lon,lat,zoom"),
        ("map.html?at=nan,0,5", 400, "at= takes"), ("map.html?lang=xx", 400, "lang= takes th or en, got 'xx'"),
        ("map.html?theme=pink", 400, "theme= takes light or dark"),
        ("outages.csv", 400, "--from"), ("outages.csv?from=2569-01-01&to=2569-02-01", 400, "Buddhist"),
    ],
)  # fmt: skip
def test_an_export_that_cannot_be_is_refused_in_words(served, visitor, asked, status, word):
    answer = visitor.get(f"{served.url}/exports/{asked}")
    assert answer.status_code == status
    assert word in answer.text


@pytest.mark.parametrize(("ending", "magic"), [("csv", b"\xef\xbb\xbfname,"), ("xlsx", b"PK")])
def test_uptime_downloads_as_it_is_shown(served, visitor, ending, magic):
    asked = "by=agency&from=2026-11-23T00:00&to=2026-11-24T00:00"
    answer = visitor.get(f"{served.url}/exports/uptime.{ending}?{asked}")
    assert answer.content.startswith(magic)
    refused = visitor.get(f"{served.url}/exports/uptime.{ending}?by=street&from=2026-11-23&to=2026-11-24")
    assert (refused.status_code, "agency, province" in refused.text) == (400, True)


def test_uptime_comes_in_no_other_format(served, visitor):
    assert visitor.get(f"{served.url}/exports/uptime.gpkg").status_code == 404


@pytest.mark.parametrize(("error", "status"), [(ChildProcessError("the map"), 503), (ValueError("the map"), 400)])
async def test_a_file_that_could_not_be_made_is_said_and_leaves_nothing(tmp_path, monkeypatch, error, status):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken(path):
        path.write_text("half")
        raise error

    answer = await Exports(None, None)._written("takhai-evidence.zip", broken)
    assert (answer.status_code, answer.body) == (status, b"the map\n")
    assert not list(tmp_path.glob("takhai-*"))
