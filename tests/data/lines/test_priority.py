"""Which gap first: parts by hand, what is not known left out, and weights that people set."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.lines.priority import PARTS, WEIGHTS, Formula, formula, parts_of, scores, set_formula
from data.lines.tables import PriorityFormula

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)


def gaps(*rows) -> pd.DataFrame:
    """Gaps of (from, to, crossing)."""
    table = pd.DataFrame(rows, columns=["from_m", "to_m", "crossing_m"], dtype=float)
    return table.assign(length_m=table["to_m"] - table["from_m"])


def seen(*rows) -> pd.DataFrame:
    """Kilometres of (certain, possible, unknown); the rest was open."""
    table = pd.DataFrame(rows, columns=["certain", "possible", "unknown"], dtype=float)
    at = 1000.0 * np.arange(len(table))
    return table.assign(open=1 - table.sum(axis=1), from_m=at, to_m=at + 1000)


def test_parts_and_score_by_hand():
    one = scores(
        gaps((500, 1500, 5000)),
        seen((0.5, 0.1, 0.0), (0.0, 0.0, 0.5)),
        Formula({"length": 2, "open": 1, "crossing": 1}),
    )
    row = one.iloc[0]
    assert row["part_length"] == pytest.approx(0.5)
    # of the first half kilometre half the time is seen, of the other nothing in the half of the time that is known
    assert row["part_open"] == pytest.approx(1 - 250 / 750)
    assert row["part_crossing"] == pytest.approx(0.5)
    assert row["score"] == pytest.approx((2 * 0.5 + 2 / 3 + 0.5) / 4)


def test_what_nobody_knows_neither_raises_nor_lowers_a_gap():
    rows = gaps((0, 1000, 5000))
    weights = Formula({"length": 1, "open": 5, "crossing": 0})
    unknown = scores(rows, seen((0.0, 0.0, 1.0)), weights).iloc[0]
    assert np.isnan(unknown["part_open"])
    assert unknown["score"] == scores(rows, None, weights).iloc[0]["score"] == pytest.approx(0.5)
    assert np.isnan(scores(rows, None, Formula({"open": 1})).iloc[0]["score"])


@given(st.lists(st.tuples(st.floats(0, 9_000), st.floats(1, 900), st.floats(0, 90_000)), min_size=1, max_size=20))
def test_scores_are_shares_and_a_longer_gap_at_the_same_place_never_comes_after(rows):
    table = gaps(*[(begin, begin + length, crossing) for begin, length, crossing in rows])
    known = seen(*[(0.3, 0.2, 0.1)] * 10)
    found = scores(table, known, Formula(dict(WEIGHTS)))
    assert found["score"].between(0, 1).all()
    longer = scores(table.assign(length_m=table["length_m"] * 2), known, Formula(dict(WEIGHTS)))
    assert (longer["score"] >= found["score"]).all()


def test_what_people_brought_has_its_parts_by_hand():
    table = gaps((500, 1500, 5000)).assign(road_m=1000.0, village_m=6000.0, water_m=0.0, incidents_weighed=6.0)
    row = scores(table, None, Formula(dict(WEIGHTS))).iloc[0]
    parts = {"length": 0.5, "crossing": 0.5, "road": 0.5, "village": 0.25, "water": 1.0, "incidents": 0.75}
    assert {part: row[f"part_{part}"] for part in parts} == pytest.approx(parts)
    by_hand = (2 * 0.5 + 1 * 0.5 + 0.5 * 0.5 + 0.5 * 0.25 + 0.25 * 1 + 1 * 0.75) / (2 + 1 + 0.5 + 0.5 + 0.25 + 1)
    assert row["score"] == pytest.approx(by_hand)


def test_of_what_nobody_brought_there_is_no_part():
    table = gaps((0, 1000, 5000))
    assert parts_of(table) == ("length", "open", "crossing")
    assert parts_of(table.assign(village_m=1.0)) == ("length", "open", "crossing", "village")
    assert "part_village" not in scores(table, None, Formula(dict(WEIGHTS)))


NEAR = {name: st.floats(0, 90_000) for name in ("road_m", "village_m", "water_m", "incidents_weighed")}


@given(st.fixed_dictionaries(NEAR), st.floats(0, 1), st.dictionaries(st.sampled_from(PARTS), st.floats(0, 100)))
def test_a_village_that_comes_closer_never_lowers_a_score(near, closer, weights):
    table = gaps((0, 1000, 5000)).assign(**near)
    before, after = (
        scores(one, None, Formula(weights))["score"].fillna(0).iloc[0]
        for one in (table, table.assign(village_m=table["village_m"] * closer))
    )
    assert after >= before


@given(st.fixed_dictionaries(NEAR), st.dictionaries(st.sampled_from(PARTS), st.floats(0, 100)))
def test_a_part_of_weight_nought_changes_nothing(near, weights):
    held = Formula(weights | {"village": 0.0})
    table = gaps((0, 1000, 5000), (2000, 9000, 400)).assign(**near)
    with_it, without = scores(table, None, held), scores(table.drop(columns="village_m"), None, held)
    assert with_it["score"].equals(without["score"])


def test_a_formula_from_before_a_part_was_there_gives_it_no_weight(either_database):
    with either_database.write() as session:
        session.add(
            PriorityFormula(weights='{"length": 3, "open": 1, "crossing": 2}', note="เดิม", by="ผู้วางแผน", at=NOON)
        )
    held = formula(either_database)
    assert held.weights == dict.fromkeys(PARTS, 0.0) | {"length": 3, "open": 1, "crossing": 2}
    table = gaps((0, 1000, 5000))
    near = table.assign(road_m=0.0, village_m=0.0, water_m=0.0, incidents_weighed=9.0)
    assert scores(near, None, held)["score"].equals(scores(table, None, held)["score"])


def test_weights_hold_from_when_they_are_set_and_the_ones_before_stay_written(either_database):
    assert formula(either_database) == Formula(dict(WEIGHTS))
    first = set_formula(either_database, dict.fromkeys(PARTS, 1.0), note="เท่ากัน", by="ผู้วางแผน", at=NOON)
    second = set_formula(
        either_database, {"length": 3, "open": 0, "crossing": 0}, note="ยาวก่อน", by="ผู้วางแผน", at=NOON
    )
    held = formula(either_database)
    assert (held.number, held.weights["length"], held.weights["crossing"], held.by) == (second, 3, 0, "ผู้วางแผน")
    assert second > first
    assert held.said() == f"(3 x length) / sum of the weights of the parts known; no. {second}"


@pytest.mark.parametrize(
    ("weights", "more", "rule"),
    [
        ({"length": -1}, {}, "from 0 to 100, got -1"),
        ({"length": float("nan")}, {}, "from 0 to 100"),
        (dict.fromkeys(PARTS, 0.0), {}, "at least one"),
        ({"beauty": 1}, {}, "'beauty'"),
        ({"length": 1}, {"note": " "}, "note"),
        ({"length": 1}, {"by": ""}, "name"),
    ],
)
def test_a_formula_that_cannot_be_meant_is_refused_and_nothing_is_written(database, weights, more, rule):
    with pytest.raises(ValueError, match=rule):
        set_formula(database, weights, **{"note": "n", "by": "b", "at": NOON} | more)
    assert formula(database).number == 0
