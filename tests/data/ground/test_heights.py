"""Terrain models as people have them: read in windows, refused in a sentence."""

import numpy as np
import pytest

from data.ground.heights import check_heights, reading
from data.intake.sources.record import SourceError
from geo.crs import metres_per_degree
from tests.data.ground.models import write_model

LON, LAT = 102.51, 13.66
EAST = np.arange(720)  # a slope: a metre higher with every cell to the east
SLOPE = np.tile(EAST, (720, 1))


def height_at(path, lon=LON, lat=LAT, around_m=500.0):
    with reading(path) as near:
        heights = near(lon, lat, around_m)
    return None if heights is None else float(heights.at(np.array([lon]), np.array([lat]))[0])


def test_heights_are_where_the_file_has_them(tmp_path):
    path = write_model(tmp_path / "dem.tif", SLOPE, tiled=True, blockxsize=256, blockysize=256)
    check_heights(path)
    # the middle of the first cell is half a second east of 102.4
    assert height_at(path) == pytest.approx((LON - 102.4) * 3600 - 0.5, abs=0.01)


def test_only_a_window_is_read(tmp_path):
    path = write_model(tmp_path / "dem.tif", SLOPE)
    with reading(path) as near:
        heights = near(LON, LAT, 300.0)
    across, along = metres_per_degree(LAT)
    rows, columns = heights.height_m.shape
    assert columns == pytest.approx(600 * 3600 / across, abs=6)
    assert rows == pytest.approx(600 * 3600 / along, abs=6)


def test_a_fine_model_is_averaged_where_a_window_would_be_too_large(tmp_path):
    step = 1 / 108_000  # a metre
    path = write_model(
        tmp_path / "fine.tif", np.tile(np.arange(2_000), (2_000, 1)) % 2, west=102.5, north=13.67, step=step
    )
    with reading(path) as near:
        heights = near(102.509, 13.661, 900.0)
    assert max(heights.height_m.shape) == 512
    assert np.nanstd(heights.height_m) < 0.2
    assert float(heights.at(np.array([102.509]), np.array([13.661]))[0]) == pytest.approx(0.5, abs=0.1)


def test_a_model_in_metres_of_a_zone_lies_where_it_should_and_is_unknown_beyond_its_edge(tmp_path):
    # UTM zone 48, in which Aranyaprathet lies near 230 km east and 1,511 km north; no value for "none" is named
    path = write_model(
        tmp_path / "utm.tif", np.full((200, 200), 47.0), west=228_000, north=1_514_000, step=30, crs="EPSG:32648"
    )
    check_heights(path)
    assert height_at(path, 102.52, 13.65) == pytest.approx(47, abs=1e-3)
    with reading(path) as near:
        heights = near(102.49, 13.68, 3_000.0).height_m
    assert np.isnan(heights).any()
    assert np.nanmin(heights) == pytest.approx(47, abs=1e-3)


def test_scaled_numbers_and_gaps_are_read_as_meant(tmp_path):
    tenths = np.full((720, 720), 1234)
    tenths[:, 400:] = -9999
    path = write_model(tmp_path / "dem.tif", tenths, dtype="int16", nodata=-9999, scale=0.1, offset=5.0)
    assert height_at(path, 102.45) == pytest.approx(128.4, abs=1e-3)
    assert height_at(path, 102.55) is None


def test_an_unnamed_value_for_none_that_no_height_can_have_is_none(tmp_path):
    path = write_model(tmp_path / "dem.tif", np.where(EAST > 400, -9999, 12) * np.ones((720, 1)), dtype="int16")
    assert height_at(path, 102.55) is None


def test_outside_of_a_model_there_is_nothing(tmp_path):
    assert height_at(write_model(tmp_path / "dem.tif", SLOPE), 104.0, 15.0) is None


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"crs": None}, "dem.tif names no coordinate system; save it with one"),
        ({"unit": "feet"}, "dem.tif is in feet, heights are read in metres"),
        ({"unit": "US survey foot"}, "dem.tif is in US survey foot"),
        ({"tags": {"VERTICAL_UNITS": "FT"}}, "dem.tif is in FT"),
        ({"crs": "EPSG:4326+6360"}, "dem.tif is in US survey foot"),  # NAVD88 height (ftUS)
        ({"heights": np.full((720, 720), 3_300.0)}, "is 3,300 high in Thailand, where nothing is above 3,000 m"),
        ({"heights": np.zeros((9, 9, 3))}, "dem.tif has 3 bands, a terrain model has one"),
        ({"heights": np.full((720, 720), -9999.0), "nodata": -9999.0}, "dem.tif holds no heights of Thailand"),
        ({"west": 12.0, "north": 48.0}, "dem.tif holds no heights of Thailand"),
        (
            {"heights": np.zeros((4_200, 4_200)), "blockysize": 4_200, "compress": "deflate"},
            "dem.tif can only be read 67 MB at a time, at most 64 MB are; save it in tiles",
        ),
    ],
)  # fmt: skip
def test_what_nothing_may_rest_on_is_refused_in_a_sentence(tmp_path, model, words):
    path = write_model(tmp_path / "dem.tif", model.pop("heights", SLOPE), **model)
    with pytest.raises(SourceError, match=words):
        check_heights(path)


@pytest.mark.parametrize("content", [b"", b"no picture", b"II*\0\x08\0\0\0\xff\xff"])
def test_what_is_no_geotiff_is_refused(tmp_path, content):
    path = tmp_path / "dem.tif"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"^dem.tif cannot be read as a GeoTIFF of heights") as refused:
        check_heights(path)
    assert str(tmp_path) not in str(refused.value)


def test_a_model_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"gone.tif cannot be read"), reading(tmp_path / "gone.tif"):
        pass


def test_another_driver_s_file_is_not_opened(tmp_path):
    path = tmp_path / "dem.tif"
    path.write_text("ncols 2\nnrows 2\nxllcorner 102\nyllcorner 13\ncellsize 1\n1 2\n3 4\n")  # Arc/Info ASCII
    with pytest.raises(SourceError, match="cannot be read as a GeoTIFF"):
        check_heights(path)
