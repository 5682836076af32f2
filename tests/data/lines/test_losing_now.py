"""What the border of a fleet loses, with cameras and with what they hang on."""

import numpy as np
import pytest
from sqlalchemy import update

from data.fleet import Fleet
from data.lines import losing_now
from data.models import Camera
from tests.pages.small_country import settle

LEVEL = 20.0


@pytest.fixture
def known(either_database, at):
    settle(either_database, at)
    with either_database.write() as session:
        session.execute(update(Camera).where(Camera.code.in_(["C6", "C7"])).values(site="P-12", contract=" ก1 "))
        session.execute(update(Camera).where(Camera.code == "C8").values(site=""))
    return Fleet(either_database).now()


@pytest.fixture
def hung(known, either_database):
    return losing_now.hung(either_database, known, LEVEL)


def row_of(known, code):
    return int(np.flatnonzero(known.inventory["code"] == code)[0])


def test_only_what_keepers_named_is_a_group(known, hung):
    assert losing_now.groups(known, "site", hung)[1] == ["P-12"]
    assert losing_now.groups(known, "contract", hung)[1] == ["ก1"]
    assert losing_now.groups(known, "network", hung)[1] == []
    assert losing_now.worst(known, "network", hung, LEVEL, "live").empty


def test_a_pole_costs_what_its_cameras_cost_together(known, hung):
    pole = losing_now.worst(known, "site", hung, LEVEL, "live").iloc[0]
    rows = losing_now.members(known, "site", "P-12", hung)
    assert rows.tolist() == [row_of(known, "C6"), row_of(known, "C7")]
    loss = losing_now.off(known, rows, LEVEL, "live")
    assert (pole["cameras"], pole["unsure"], pole["dark"]) == (2, 0, 0)
    assert pole["day_certain_m"] == pytest.approx(loss["day"].certain_m)
    assert pole["night_certain_m"] == pytest.approx(loss["night"].certain_m)
    assert 80 < loss["night"].certain_m < 2 * 50 + 1  # no further than their infrared light reaches
    assert loss["day"].certain_m > loss["night"].certain_m


def test_the_list_begins_with_what_costs_most_and_leaves_out_what_costs_nothing(known, hung):
    table = losing_now.worst(known, "camera", hung, LEVEL, "live")
    certain = table[["day_certain_m", "night_certain_m"]].max(axis=1)
    assert certain.is_monotonic_decreasing
    assert row_of(known, "C0") not in table["key"].tolist(), "it is down"
    unknown = table[table["key"] == row_of(known, "C1")].iloc[0]
    assert unknown["day_certain_m"] == 0 < unknown["day_most_m"]
    assert unknown["unsure"] == 1
    planned = losing_now.worst(known, "camera", hung, LEVEL, "planned")
    assert planned[planned["key"] == row_of(known, "C0")]["day_certain_m"].iloc[0] > 100


def test_an_agency_counts_the_cameras_that_do_not_surely_work(known, hung):
    table = losing_now.worst(known, "agency", hung, LEVEL, "live").set_index("key")
    assert table.loc["กองกำลังบูรพา", ["cameras", "unsure", "dark"]].tolist() == [9, 1, 1]


def test_what_nothing_is_grouped_by_is_refused_and_what_there_is_not_has_no_members(known, hung):
    with pytest.raises(ValueError, match="grouped by camera, site"):
        losing_now.groups(known, "province", hung)
    assert losing_now.members(known, "site", "P-99", hung).tolist() == []
