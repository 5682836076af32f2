"""Pictures that keep themselves current: each tells its age; none that is old or of a dead camera looks live."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

import pandas as pd

from data.settings import settings
from data.watch import screen
from data.watch.status import Depth
from data.watch.tables import Sight
from ui import cache
from ui.words import language, moment, span, t, table

WORKING = frozenset({"up", "degraded"})  # of all others the latest picture does not show now
_UNASKED = frozenset({"never", "not_linked", "no_address", "not_allowed", "maintenance", "uplink_lost"})
OLD_INTERVALS = 2.0  # a picture this many intervals old no longer shows now


def old_s() -> float:
    """Age from which a picture no longer shows now. [s]"""
    return OLD_INTERVALS * settings().still_interval_s


def words(*, large: bool = False) -> str:
    """Return what pictures say of themselves, as the attribute of an element around them."""
    said = {name: t(f"look.{name}{'_at' if large else ''}") for name in ("fresh", "old", "last")}
    said |= {"units": t("clock.units"), "locale": "th-TH" if language() == "th" else "en-GB"}
    return f'data-still-words="{_json(said)}"'


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


def look_now(camera_id: int) -> str:
    """Return the button that asks to see a camera now, as HTML; the script does the rest."""
    said: dict[str, Any] = {
        name: t(f"look.{name}") for name in ("asking", "slow", "live", "ended", "nothing", "refused")
    }
    reasons = {
        key.removeprefix("reason."): text for key, text in table(language()).items() if key.startswith("reason.")
    }
    return (
        f'<div class="look" data-look="{camera_id}" data-look-words="{_json(said | {"reasons": reasons})}">'
        f'<button type="button">{escape(t("look.now"))}</button><span role="status"></span></div>'
    )


def faults(camera_id: int) -> str:
    """Return the last good picture beside the first bad one, as HTML; empty if neither was kept."""
    kept = screen.kept(cache.database(), camera_id)
    shown = []
    for which in (screen.GOOD, screen.BAD):
        if row := kept.get(which):
            why = f" · {t(f'reason.{row.reason}')}" if row.reason and which == screen.BAD else ""
            said = f"{t(f'look.{which}')} · {moment(row.captured_at)}{why}"
            # the time makes it another address when another picture is kept
            address = f"/stills/{camera_id}.jpg?which={which}&amp;at={row.captured_at.timestamp():.0f}"
            shown.append(
                f'<figure><div class="still"><img src="{address}" alt="{escape(said)}"></div>'
                f"<p>{escape(said)}</p></figure>"
            )
    return f'<div class="faults">{"".join(shown)}</div>' if shown else ""


def sentence(camera: Mapping[str, Any], sight: Sight | None) -> str:
    """Say in words how far the last look went, and what is wrong since when; plain text."""
    reason, since = camera["reason"] or "never", camera["since"]
    why = t(f"reason.{reason}")
    if camera["status"] != "up" and since is not None and pd.notna(since):
        why = t("look.why", reason=why, since=moment(since))
    if sight is None or reason in _UNASKED or sight.depth <= Depth.NOTHING:
        return why
    depth = t(f"depth.{Depth(min(sight.depth, Depth.HEALTHY)).name.lower()}")
    return depth if camera["status"] == "up" else t("look.but", depth=depth, why=why)


def last_looks(sight: Sight | None, at: datetime) -> list[tuple[str, str | None]]:
    """Return when it was last well, when it was last looked at, and how often its picture really comes."""
    if sight is None:
        return []
    ok, every = sight.last_ok_at, sight.still_every_s
    age = "" if ok is None else span(max(at - ok, timedelta(0)))
    return [
        (t("look.last_ok"), None if ok is None else t("look.when", at=moment(ok), age=age)),
        (t("look.looked_at"), moment(sight.looked_at)),
        (t("look.every"), None if every is None else span(timedelta(seconds=round(every)))),
    ]


def _json(said: Mapping[str, Any]) -> str:
    return escape(json.dumps(said, ensure_ascii=False))
