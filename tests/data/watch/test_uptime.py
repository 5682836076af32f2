"""Uptime by group, camera and day: figures worked out by hand, and the files they leave in."""

from datetime import timedelta

import openpyxl
import pandas as pd
import pytest

from data.files import export
from data.fleet import Fleet
from data.models import Camera
from data.watch import rollups
from data.watch.service import ServiceHours
from data.watch.uptime import MOST_CAMERAS, STATES_S, by_day, told, uptime
from tests.pages.small_country import HOUR, settle

SUMS = pd.DataFrame(
    {
        "name": ["x", "y", "z"], "key": ["1", "2", "3"], "cameras": [2, 1, 1],
        "up_s": [320.0, 90, 0], "down_s": [80.0, 10, 0],
        "degraded_s": [32.0, 0, 0], "maintenance_s": [100.0, 0, 0],
        "unknown_s": [500.0, 0, 400], "outages": [4, 1, 0], "repairs": [3, 0, 0], "repair_s": [90.0, 0, 0],
    }
)  # fmt: skip


@pytest.fixture
def ids(database, at):
    return settle(database, at)


def test_a_group_is_judged_over_all_its_watched_time_and_repairs():
    x = told(SUMS).set_index("name").loc["x"]
    assert x["availability"] == pytest.approx(0.8)
    assert (x["unknown"], x["maintenance"], x["degraded"]) == pytest.approx((0.5, 0.1, 0.1))
    assert (x["mttr_s"], x["mtbf_s"]) == pytest.approx((30, 80))


def test_the_worst_comes_first_and_who_was_never_watched_last_without_a_figure():
    table = told(SUMS)
    assert table["name"].tolist() == ["x", "y", "z"]
    assert pd.isna(table["availability"].iloc[-1])
    assert table["unknown"].iloc[-1] == 1


def test_cameras_one_by_one_add_up_to_their_groups(database, ids, at):
    window = at - 12 * HOUR, at
    cameras = uptime(database, "camera", *window, None, list(ids.values()))
    country = uptime(database, "all", *window).iloc[0]
    assert cameras["down_h"].sum() == pytest.approx(country["down_h"]) == pytest.approx(2.0)
    assert cameras["outages"].sum() == country["outages"] == 2
    assert cameras["unknown"].mean() == pytest.approx(country["unknown"])
    assert cameras["name"].iloc[0] == "C0"


def test_of_a_camera_only_service_hours_count(database, ids, at):
    hours = ServiceHours.parse("mon-fri 08:30-16:30")
    found = uptime(database, "camera", at - 24 * HOUR, at, hours, [ids["C0"]]).iloc[0]
    assert found["availability"] == pytest.approx(1.5 / 3.5)


def test_a_camera_without_contract_is_counted_too(database, ids, at):
    with database.write() as session:
        session.get(Camera, ids["C0"]).contract = "A"
    table = uptime(database, "contract", at - 12 * HOUR, at).set_index("key")
    assert table["cameras"].to_dict() == {"A": 1, "": 10}
    assert table["down_h"].to_dict() == pytest.approx({"A": 2, "": 0})


def test_days_are_whole_and_a_day_nobody_watched_is_unknown(database, ids, at):
    window = at - timedelta(days=2), at
    days = by_day(database, "camera", str(ids["C0"]), *window)
    assert len(days) == 3
    assert days["unknown_s"].tolist() == [12 * 3600, 86_400, 2 * 3600]
    assert days["down_s"].tolist() == [0, 0, 2 * 3600]
    assert days["availability"].iloc[-1] == pytest.approx(0.8)
    rollups.roll_up(database, at + HOUR)
    country = by_day(database, "all", "", *window)
    assert country["day"].tolist() == days["day"].tolist()
    assert country["availability"].isna().tolist() == [True, True, False]
    assert country["down_s"].iloc[-1] == pytest.approx(2 * 3600)


@pytest.mark.parametrize("summed_h", [None, -3, 1])
def test_the_days_of_a_group_hold_every_minute_whether_its_hours_are_summed_or_not(database, ids, at, summed_h):
    if summed_h is not None:
        rollups.roll_up(database, at + summed_h * HOUR)
    end = at + timedelta(minutes=30)
    days = by_day(database, "all", "", at - timedelta(days=2), end).set_index("day")
    assert by_day(database, "all", "", at - timedelta(hours=8.5), end)["up_s"].sum() == pytest.approx(
        8.5 * 9 * 3600 + 6.5 * 3600
    )
    today = days.iloc[-1]
    # since midnight: nobody for two hours and since noon; then C0 down for two, C1 never known
    assert today["down_s"] == pytest.approx(2 * 3600)
    assert today["up_s"] == pytest.approx((9 * 10 + 8) * 3600)
    assert today[[*STATES_S]].sum() == pytest.approx(11 * 12.5 * 3600)
    assert days["up_s"].tolist()[:-1] == [0, 0]


@pytest.mark.parametrize(
    ("by", "cameras", "rule"),
    [("street", [], "agency, province"), ("camera", range(MOST_CAMERAS + 1), "at most 2,000")],
)
def test_what_cannot_be_listed_is_refused_in_words(database, at, by, cameras, rule):
    with pytest.raises(ValueError, match=rule):
        uptime(database, by, at - HOUR, at, None, cameras)


def test_a_workbook_says_what_it_rests_on_and_runs_no_formula(database, ids, at, tmp_path):
    with database.write() as session:
        session.get(Camera, ids["C0"]).contract = "=SUM(1)"
    path = tmp_path / "uptime.xlsx"
    begin, end = (at - 12 * HOUR).isoformat(), at.isoformat()
    said = export.export_uptime(database, Fleet(database).now(), path, "contract", begin, end, at=at)
    book = openpyxl.load_workbook(path)
    heads, first, second = book["uptime"].iter_rows(values_only=True)
    row = dict(zip(heads, first, strict=True))
    assert (row["name"], row["down_h"]) == ("=SUM(1)", pytest.approx(2))
    assert book["uptime"]["A2"].data_type == "s"
    assert second[heads.index("cameras")] == 10
    about = dict(book["about"].iter_rows(values_only=True))
    assert (about["from"], about["by"], said["rows"]) == (begin, "contract", 2)
