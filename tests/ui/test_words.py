"""Words: both languages say everything, and every key a page asks for exists."""

import re
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ui import words

HOUSE = Path(__file__).parents[2]
ASKED = re.compile(r"""\bt\(\s*"([a-z_]+\.[a-z_0-9]+)\"""")


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_both_tables_have_the_same_keys():
    assert words.table("th").keys() == words.table("en").keys()


@pytest.mark.parametrize("key", sorted(words.table("th")))
def test_both_languages_fill_in_the_same_values(key):
    # a language may say less, but never ask for what the other is not given
    assert places(words.table("th")[key]) == places(words.table("en")[key])


def test_every_key_named_in_the_code_is_in_the_table():
    files = {*HOUSE.glob("ui/*.py"), *HOUSE.glob("pages/*.py")} - {HOUSE / "ui" / "words.py"}
    asked = {key for file in files for key in ASKED.findall(file.read_text(encoding="utf-8"))}
    assert len(asked) > 50
    assert asked - words.table("th").keys() == set()


def test_statuses_reasons_and_kinds_all_have_words():
    from data.models import Kind, Status

    table = words.table("th")
    assert all(f"status.{status}" in table for status in Status)
    assert all(f"kind.{kind}" in table for kind in Kind)


def test_thai_dates_count_buddhist_years_in_bangkok(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "th")
    assert words.day(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)) == "1 ม.ค. 2570"
    assert words.clock(datetime(2026, 12, 31, 17, 30, tzinfo=UTC)) == "00:30"


def test_english_dates_count_christian_years(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "en")
    assert words.day(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)) == "23 Nov 2026"


def test_provinces_have_a_name_in_either_language_and_others_keep_theirs():
    with words.speaking("en"):
        assert [words.province(name) for name in ("สระแก้ว", "ที่อื่น")] == ["Sa Kaeo", "ที่อื่น"]
    with words.speaking("th"):
        assert words.province("สระแก้ว") == "สระแก้ว"


def test_a_band_whose_ends_look_alike_is_one_figure():
    assert words.band(121_300, 138_400) == "121–138"
    assert words.band(121_300, 121_400) == "121"
    assert words.band(9_310, 12_000) == "9.3–12.0"


def test_a_span_is_told_in_its_two_largest_units(monkeypatch):
    monkeypatch.setattr(words, "language", lambda: "en")
    assert words.span(timedelta(hours=3, minutes=5, seconds=9)) == "3 h 5 min"
    assert words.span(timedelta(days=2)) == "2 d"
    assert words.span(timedelta(seconds=0)) == "0 s"
