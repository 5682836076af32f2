"""Availability by agency, province and camera: figures worked out by hand."""

import pandas as pd
import pytest

from tests.pages.small_country import html, open_page, settle
from ui import uptimes

KNOWN = pd.DataFrame(
    {
        "camera_id": [1, 2, 3],
        "watched_s": [100.0, 300, 0],
        "down_s": [50.0, 30, 0],
        "unknown_s": [300.0, 100, 400],
        "outages": [2, 1, 0],
        "repairs": [2, 1, 0],
        "mttr_s": [20.0, 50, float("nan")],
    }
)
CAMERAS = pd.DataFrame(
    {"id": [1, 2, 3], "code": list("ABC"), "owner": ["x", "x", "y"], "province": ["p", "q", None]}
)


def test_an_agency_is_judged_over_all_its_watched_time_and_repairs():
    x = uptimes.grouped(KNOWN, CAMERAS, "agency").set_index("name").loc["x"]
    assert x["availability"] == pytest.approx(1 - 80 / 400)
    assert x["unknown"] == pytest.approx(400 / 800)
    assert x["mttr_s"] == pytest.approx((2 * 20 + 50) / 3)


def test_who_was_never_watched_comes_last_without_a_figure():
    table = uptimes.grouped(KNOWN, CAMERAS, "camera")
    assert table["name"].tolist() == ["A", "B", "C"]
    assert pd.isna(table["availability"].iloc[-1])
    assert table["unknown"].iloc[-1] == 1


def test_cameras_without_a_province_are_counted_too():
    assert uptimes.grouped(KNOWN, CAMERAS, "province")["cameras"].sum() == 3


def test_all_of_them_together():
    assert uptimes.total(KNOWN)["availability"] == pytest.approx(1 - 80 / 400)


@pytest.mark.parametrize("by", ["agency", "province", "camera"])
def test_the_page_lists_the_worst_first_with_unknown_time_beside_it(database, at, by):
    settle(database, at)
    app = open_page("uptime", by=by, days="1")
    assert not app.exception
    shown = app.dataframe[0].value
    known = shown["availability"].dropna().tolist()
    assert known == sorted(known)
    assert shown["unknown"].notna().all()


def test_in_english_provinces_have_their_english_names(database, at):
    settle(database, at)
    app = open_page("uptime", by="province", days="1", lang="en")
    assert app.dataframe[0].value["name"].tolist() == ["Sa Kaeo"]


def test_without_cameras_it_says_what_to_do(database):
    app = open_page("uptime")
    assert not app.exception
    assert "นำเข้าบัญชีกล้อง" in html(app)
