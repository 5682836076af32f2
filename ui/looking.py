"""Pictures that keep themselves current: each tells its age; none that is old or of a dead camera looks live."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from data.settings import settings
from ui.palette import STATUSES
from ui.words import t

WORKING = frozenset({"up", "degraded"})  # of all others the latest picture does not show now
OLD_INTERVALS = 2.0  # a picture this many intervals old no longer shows now
assert set(STATUSES) > WORKING


def old_s() -> float:
    """Age from which a picture no longer shows now. [s]"""
    return OLD_INTERVALS * settings().still_interval_s


def script() -> None:
    """Load the script that fills the pictures of a page and keeps them current."""
    st.html('<script src="/assets/stills.js"></script>', unsafe_allow_javascript=True)


def words() -> str:
    """Return what pictures say of themselves, as the attribute of an element around them."""
    said = {name: t(f"look.{name}") for name in ("fresh", "old", "last")} | {"units": t("clock.units")}
    return f'data-still-words="{escape(json.dumps(said, ensure_ascii=False))}"'


def still(camera: Mapping[str, Any], why_none: str = "") -> str:
    """
    Return the place of a camera's latest picture, as HTML; the script fills it and tells its age.

    Parameters
    ----------
    camera
        id, code and status.
    why_none
        Said while there is no picture, beside that there is none.
    """
    camera_id, works = int(camera["id"]), camera["status"] in WORKING
    why = f"<span>{escape(why_none)}</span>" if why_none else ""
    alt = escape(t("card.picture_of", code=camera["code"]))
    return (
        f'<figure class="still empty-still" data-still="{camera_id}" data-old-s="{old_s():g}"'
        f' data-works="{int(works)}"><img alt="{alt}">'
        f'<div class="none"><i></i>{escape(t("card.no_picture"))}{why}</div>'
        "<figcaption></figcaption></figure>"
    )
