"""The setting of the map's ground: what it may say, and what an archive's header tells."""

import pytest
from pydantic import ValidationError

from data.basemap import MAGIC, Source, read_source
from data.settings import HOUSE, Settings
from tests.archives import write_pictures, write_streets

LON, LAT = 102.507, 13.692


def read(said: str) -> Source | None:
    return Settings(_env_file=None, basemap=said).basemap


def test_without_the_setting_there_is_no_source():
    assert Settings(_env_file=None).basemap is None


@pytest.mark.parametrize(("write", "kind"), [(write_streets, "vector"), (write_pictures, "raster")])
def test_what_a_file_holds_is_read_from_its_header(tmp_path, write, kind):
    file = write(tmp_path / "ground.PMTiles", LON, LAT)
    assert read(str(file)) == Source("pmtiles:///basemap.pmtiles", kind, file)


def test_a_relative_file_lies_in_the_projects_folder_and_may_be_away(tmp_path):
    source = read("maps/thailand.pmtiles")
    assert (source.file, source.kind) == (HOUSE / "maps" / "thailand.pmtiles", None)


@pytest.mark.parametrize(
    ("said", "address", "kind"),
    [
        ("https://maps.example/th.pmtiles", "pmtiles://https://maps.example/th.pmtiles", None),
        ("http://10.0.0.5/th.pmtiles?key=1", "pmtiles://http://10.0.0.5/th.pmtiles?key=1", None),
        ("https://maps.example/{z}/{x}/{y}.pbf", "https://maps.example/{z}/{x}/{y}.pbf", "vector"),
        ("https://maps.example/{z}/{x}/{y}.mvt?key=a", "https://maps.example/{z}/{x}/{y}.mvt?key=a", "vector"),
        ("https://maps.example/{z}/{x}/{y}@2x.PNG", "https://maps.example/{z}/{x}/{y}@2x.PNG", "raster"),
        ("https://gis.example/tile/{z}/{y}/{x}", "https://gis.example/tile/{z}/{y}/{x}", "raster"),
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_known_by_its_ending(said, address, kind):
    assert read(said) == Source(address, kind)


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("thailand.mbtiles", "takes a .pmtiles file"), ("osm", "takes a .pmtiles file"),
        ("ftp://maps.example/{z}/{x}/{y}.png", "takes a .pmtiles file"),
        ("https:///{z}/{x}/{y}.png", "takes a .pmtiles file"),
        ("https://maps.example/style.json", "a style or TileJSON names such an address"),
        ("https://maps.example/{z}/{x}.png", "names such an address"),
        ("https://{s}.maps.example/{z}/{x}/{y}.png", "names such an address"),
        ("https://maps.example/{z}/{x}/{y}.tif", "names such an address"),
        ("https://me:secret@maps.example/{z}/{x}/{y}.png", "takes no user and password"),
        ("ftp://me:secret@maps.example/{z}/{x}/{y}.png", "takes no user and password"),
        ("https://me:secret@[maps.example/{z}/{x}/{y}.png", "takes a .pmtiles file"),
        ("https://me:a/secret@maps.example/style.json", "names such an address"),
        ("https://maps.example/style.json?key=secret", "names such an address"),
        ("me:secret@maps.example/{z}/{x}/{y}.png", "takes a .pmtiles file"),
    ],
)  # fmt: skip
def test_anything_else_stops_the_start_with_the_forms_there_are(said, rule):
    with pytest.raises(ValidationError, match=rule) as refused:
        read(said)
    [error] = refused.value.errors()
    assert "TAKHAI_BASEMAP" in error["msg"]
    assert said in error["msg"] or "secret" in said
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (b"SQLite format 3\0" * 8, "PMTiles of version 3.*begins with b'SQLite f'"),
        (b"PMTiles\x02" + bytes(200), "version 3"), (MAGIC, "version 3"),
        (MAGIC + bytes(89) + bytes([2, 3, 1]) + bytes(27), "packed with gzip or not at all"),
        (MAGIC + bytes(89) + bytes([2, 2, 9]) + bytes(27), "holds type 9"),
    ],
)  # fmt: skip
def test_a_file_no_browser_could_read_stops_the_start(tmp_path, header, rule):
    file = tmp_path / "ground.pmtiles"
    file.write_bytes(header)
    with pytest.raises(ValueError, match=rule) as refused:
        read_source(str(file), HOUSE)
    assert str(file) in str(refused.value)
