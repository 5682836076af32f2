"""The overview, on a small country."""

from datetime import timedelta

import pytest

from tests.pages.small_country import html, open_page, settle
from ui import cache


@pytest.fixture
def now(database, at, monkeypatch):
    settle(database, at)
    moment = [at + timedelta(seconds=20)]
    monkeypatch.setattr(cache, "now", lambda: moment[0])
    return moment


def test_it_opens_with_how_much_of_the_border_is_seen_as_a_band(now):
    app = open_page("overview")
    assert not app.exception
    said = html(app)
    sums = cache.border_sums()
    # eight working cameras that know where they look see at most 363 m each (2560 / (2 · 20 · tan 10°))
    assert 0 < sums["certain_m"] <= 8 * 364
    assert f'<span class="figure">{sums["certain_m"] / 1000:.1f}</span>–' in said
    assert "มืดเพราะกล้องล่ม" in said


def test_it_shows_six_figures_with_unknown_beside_working(now):
    said = html(open_page("overview"))
    assert said.count('<div class="value">') == 6
    assert '<div class="value">9<span class="unit">ตัว' in said  # C0 is down and C1 unknown, of eleven
    assert "ล่ม\u00a01 · ภาพเสีย\u00a00 · ไม่\u2060ทราบ\u00a01" in said


def test_when_nobody_looks_any_more_it_claims_nothing_of_now(now):
    now[0] += timedelta(minutes=10)
    said = html(open_page("overview", lang="en"))
    assert "nobody has looked at the cameras since 23 Nov 2026 12:00" in said
    assert "now" not in said.split('<h1 class="finding')[1].split("</h1>")[0].split("·")[1]
    assert '<div class="value">–' in said


def test_an_empty_inventory_breaks_nothing(database):
    app = open_page("overview")
    assert not app.exception
    assert "ยังไม่เคยตรวจกล้อง" in html(app)


def test_the_five_largest_gaps_are_links_to_their_stretch(now):
    said = html(open_page("overview", lang="en"))
    rows = cache.gaps().sort_values("length_m", ascending=False).head(5)
    assert said.count("/gaps?lang=en&amp;from_m=") == 5
    for from_m, to_m in zip(rows["from_m"], rows["to_m"], strict=True):
        assert f"from_m={from_m:.0f}&amp;to_m={to_m:.0f}" in said


def test_agencies_stand_against_the_goal_worst_first(now):
    table = cache.linked_share("agency")
    # even codes are not linked: of the first agency's ten C1, C3, C5, C7, C9 are; the second's one is not
    assert table[["name", "cameras", "linked", "short"]].to_numpy().tolist() == [
        ["กรมทางหลวง", 1, 0, 1],
        ["กองกำลังบูรพา", 10, 5, 0],
    ]
    assert "ขาด 1" in html(open_page("overview"))
