"""The uptime page: the worst first, unknown time beside every figure, the file the same as the screen."""

import re
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pandas as pd
import pytest

from data.files import export
from tests.pages.small_country import html, open_page, settle
from ui import cache


@pytest.mark.parametrize("by", ["agency", "province", "contract", "camera"])
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


def test_the_file_is_the_table_on_screen(database, at, monkeypatch, tmp_path):
    settle(database, at)
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=20))
    app = open_page("uptime", by="camera", days="1", hours="mon-sun 06:00-22:00")
    assert not app.exception
    shown = app.dataframe[0].value
    link = re.search(r'href="(/exports/uptime[.]csv[^"]+)"', html(app)).group(1).replace("&amp;", "&")
    asked = dict(parse_qsl(urlsplit(link).query))
    path = tmp_path / "uptime.csv"
    export.export_uptime(
        database, cache.snapshot(), path, asked["by"], asked["from"], asked["to"], hours=asked["hours"], at=at
    )
    written = pd.read_csv(path)
    assert written["name"].tolist() == shown["name"].tolist()
    assert (100 * written["availability"]).tolist() == pytest.approx(shown["availability"].tolist(), nan_ok=True)
    assert (100 * written["unknown"]).tolist() == pytest.approx(shown["unknown"].tolist())


def test_service_hours_leave_the_other_hours_out(database, at):
    settle(database, at)  # noon in Bangkok on a Monday; C0 went down at nine and at eleven, for an hour each

    def kept(hours):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cache, "now", lambda: at)
            app = open_page("uptime", by="camera", days="1", **({"hours": hours} if hours else {}))
        assert not app.exception
        return app.dataframe[0].value.set_index("name")["availability"]["C0"]

    assert kept("") == pytest.approx(80.0)
    assert kept("mon-fri 08:30-16:30") == pytest.approx(100 * 1.5 / 3.5)


def test_more_cameras_than_can_be_listed_are_said_to_be_more(database, at, monkeypatch):
    settle(database, at)
    monkeypatch.setattr("data.watch.uptime.MOST_CAMERAS", 4)
    app = open_page("uptime", by="camera", days="1", lang="en")
    assert not app.exception
    assert "11 cameras; the first 4 are listed" in html(app)
    assert len(app.dataframe[0].value) == 4
