"""
Every word a person reads: `t("gaps.title", km=12)`, Thai by default, English beside it.

The tables are words/th.toml and words/en.toml; a test holds their keys equal. Bangkok time and the Buddhist
year appear only here.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from data.cells import BUDDHIST_YEARS
from data.geography import load_provinces
from data.settings import settings
from ui import state

BANGKOK = ZoneInfo("Asia/Bangkok")
LANGUAGES = ("th", "en")
_MONTHS_TH = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


@cache
def table(language: str) -> dict[str, str]:
    """Return a language's words as one flat table: section.key -> text."""
    parsed = tomllib.loads((Path(__file__).parent / "words" / f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{key}": text for section, entries in parsed.items() for key, text in entries.items()}


def language() -> str:
    """Language of the page being drawn: the link's, else the setting's."""
    if spoken := _spoken.get():
        return spoken
    chosen = st.query_params.get(state.LANGUAGE, "")
    return chosen if chosen in LANGUAGES else settings().language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything inside in one language: for what is drawn outside a page."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def t(key: str, **values: Any) -> str:
    """
    Return the words of a key in the language of the page, `{name}` filled from the values.

    Raises
    ------
    KeyError
        If the key is in no table; a test finds such keys before a reader does.
    """
    text = table(language())[key]
    return text.format(**values) if values else text


def pick(thai: str | None, english: str | None) -> str:
    """Return the name in the page's language, the other one where it is missing."""
    return (thai or english or "") if language() == "th" else (english or thai or "")


def province(thai: str) -> str:
    """Return a province's name in the page's language; what is no province's name stays as it is."""
    return pick(thai, _provinces().get(thai))


def clock(at: datetime | None, *, seconds: bool = False) -> str:
    """Bangkok time of day; a dash for None."""
    return "–" if at is None else at.astimezone(BANGKOK).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(at: datetime | None) -> str:
    """Bangkok date: 23 พ.ย. 2569, or 23 Nov 2026."""
    if at is None:
        return "–"
    local = at.astimezone(BANGKOK)
    if language() == "th":
        return f"{local.day} {_MONTHS_TH[local.month - 1]} {local.year + BUDDHIST_YEARS}"
    return f"{local.day} {local:%b %Y}"


def moment(at: datetime | None) -> str:
    """Bangkok date and time of day."""
    return "–" if at is None else f"{day(at)} {clock(at)}"


def span(length: timedelta) -> str:
    """A length of time in its two largest units: 3 ชม. 5 นาที."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second")]
    first = next((i for i, (value, _) in enumerate(parts) if value), len(parts) - 1)
    told = parts[first : first + 2]
    return " ".join(f"{value} {t(f'unit.{unit}')}" for value, unit in told if value or unit == told[0][1])


def km(metres: float) -> str:
    """Kilometres with one decimal below 100, none above; without the unit."""
    value = metres / 1000
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def band(low: float, high: float) -> str:
    """Return a band as 121–138, one figure where both ends show the same."""
    return low_text if (low_text := km(low)) == (high_text := km(high)) else f"{low_text}–{high_text}"


def percent(share: float | None) -> str:
    """Share 0-1 -> 96.2; a dash for none or not a number."""
    return "–" if share is None or share != share else f"{100 * share:.1f}"


@cache
def _provinces() -> dict[str, str]:
    known = load_provinces()
    return dict(zip(known["name_th"], known["name_en"], strict=True))
