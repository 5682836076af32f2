"""The places that ship: their numbers, and what becomes of them in the database."""

import numpy as np
import pytest
from sqlmodel import select

from data.geography import (
    checkpoints,
    load_border,
    load_checkpoints,
    load_crossings,
    load_provinces,
    load_subdistricts,
)
from data.models import Checkpoint
from geo.crs import distance_m


def test_the_border_is_as_long_as_its_source_says():
    line = load_border()
    assert len(line.lonlat) == 1619
    assert line.length_m == pytest.approx(184_400, abs=50)
    assert line.point_at(0) == pytest.approx((102.9304, 14.1757), abs=1e-4)
    assert line.point_at(line.length_m) == pytest.approx((102.3533, 13.2987), abs=1e-4)


def test_subdistricts_follow_each_other_along_the_whole_border():
    known = load_subdistricts()
    assert known["from_m"].tolist() == [0.0, *known["to_m"].tolist()[:-1]]
    assert known["to_m"].iloc[-1] == pytest.approx(load_border().length_m, abs=1)
    assert set(known["district_en"]) == {"Ta Phraya", "Khok Sung", "Aranyaprathet", "Khlong Hat"}


def test_there_are_77_provinces_and_codes_keep_their_zeros():
    provinces = load_provinces()
    assert len(provinces) == 77
    assert provinces.set_index("code").loc["27", "name_en"] == "Sa Kaeo"
    assert provinces.geometry.is_valid.all()


def test_khlong_luek_lies_at_the_border():
    crossing = load_crossings().set_index("id").loc["KH01"]
    _, away = load_border().locate(crossing["lon"], crossing["lat"])
    assert away == pytest.approx(140, abs=10)
    assert distance_m(crossing["lon"], crossing["lat"], 102.5487, 13.6621) == 0


def test_crossings_without_a_point_are_left_out_and_edits_stay(database):
    assert load_checkpoints(database) == 56
    with database.write() as session:
        edited = session.exec(select(Checkpoint).where(Checkpoint.code == "KH01")).one()
        edited.opening = "closed"
        session.add(edited)
    assert load_checkpoints(database) == 56
    found = checkpoints(database).set_index("code")
    assert len(found) == 56
    assert found.loc["KH01", "opening"] == "closed"
    assert found.loc["KH02", "opening"] == "unknown"
    assert np.isfinite(found[["lon", "lat"]].to_numpy()).all()
    assert "LA18" not in found.index


def test_no_checkpoints_still_have_columns(database):
    assert {"code", "lon", "lat", "zone_wkt"} <= set(checkpoints(database).columns)
