"""The gaps page ranked by priority: scores with their parts, left out below a score, and weights that are set."""

from datetime import timedelta

import pytest

from data.lines.priority import formula
from tests.pages.small_country import html, open_page, settle
from ui import cache


@pytest.fixture
def page(database, at, monkeypatch):
    settle(database, at)
    monkeypatch.setattr(cache, "now", lambda: at + timedelta(seconds=20))
    return lambda **query: open_page("gaps", **query)


def test_by_length_no_score_is_shown(page):
    shown = page().dataframe[0].value
    assert "score" not in shown


def test_by_priority_the_highest_score_comes_first_with_its_parts(page):
    app = page(order="by_priority")
    assert not app.exception
    shown = app.dataframe[0].value
    scores = shown["score"].tolist()
    assert scores == sorted(scores, reverse=True)
    assert shown[["part_length", "part_crossing"]].apply(lambda part: part.between(0, 100)).all(axis=None)
    assert "คะแนน = 100" in html(app)


def test_below_a_score_gaps_are_left_out(page):
    every, narrowed = (page(order="by_priority", least=least) for least in ("0", "50"))
    high = narrowed.dataframe[0].value
    assert 0 < len(high) < len(every.dataframe[0].value)
    assert (high["score"] >= 50).all()
    assert f'<div class="value">{len(high)}<span' in html(narrowed), "the figure counts the list"


def test_other_weights_hold_at_once_and_are_written_down_with_a_name(page, database):
    app = page(order="by_priority")
    before = app.dataframe[0].value["score"].tolist()
    app.number_input(key="weight-length-0").set_value(0.0)
    app.button(key="priority-set").click().run()
    assert "โปรดบอกเหตุผล" in app.error[0].value
    assert formula(database).number == 0
    app.text_input(key="priority-note-0").set_value("near crossings first")
    app.text_input(key="who").set_value("Planner")
    app.button(key="priority-set").click().run()
    assert not app.exception
    held = formula(database)
    assert (held.weights["length"], held.by, held.note) == (0.0, "Planner", "near crossings first")
    assert app.dataframe[0].value["score"].tolist() != before
    assert "Planner" in html(app)
