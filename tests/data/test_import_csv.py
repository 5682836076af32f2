"""The fast and the careful way through a CSV say the same."""

import csv

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.intake.sources.batches import Shape, of_rows
from data.intake.sources.csv_table import _batches, rows

CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
    st.sampled_from(["", " ", "a,b", 'say "x"', "two\nlines", "cr\rlf", "\t", "NA", "null", "1e5", "007", "#"]),
)
SHAPE = Shape(headings_at=2, first=4, width=3, columns={"code": 0, "lat": 2})


def said(batches):
    found = list(batches)
    cells = pd.concat([raw.cells.fillna("") for raw in found], ignore_index=True) if found else pd.DataFrame()
    numbers = [int(number) for raw in found for number in raw.numbers]
    broken = {int(raw.numbers[place]): rule for raw in found for place, rule in raw.broken.items()}
    return cells.to_dict("records"), numbers, broken


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(CELL, min_size=0, max_size=5), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_both_ways_give_the_same_rows_numbers_and_faults(tmp_path, table, delimiter, end):
    path = tmp_path / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end)
        writer.writerow(["a title, over\ntwo lines"])
        file.write(end)
        writer.writerow(["code", "name\n(two)", "lat"])
        writer.writerows(table)
    careful = said(of_rows(rows(path, "utf-8", delimiter), SHAPE))
    assert said(_batches(path, "utf-8", delimiter, SHAPE)) == careful
