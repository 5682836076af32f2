"""What a stand-alone map says in words: finding, what is shown, legend with counts, sources; all escaped."""

from datetime import datetime
from html import escape
from typing import Any

from data.filters import CameraFilter
from data.fleet import Snapshot
from data.settings import settings
from geo.tile.tiles import CAMERA_ZOOM
from ui import filters, glyphs, hiding
from ui.palette import STATUSES
from ui.standalone_data import MOST_SECTORS, MOST_SINGLE, Shown
from ui.words import moment, t

_KEY_PX = 18


def body(known: Snapshot, chosen: CameraFilter, shown: Shown, now: datetime) -> str:
    """Return the HTML around the map: sentence, and legend."""
    notes = _notes(known, chosen, shown)
    return (
        f"<header>{_finding(known, shown)}{_about(known, chosen, now)}</header>"
        f'<aside aria-label="{_say("legend")}">{_counts(shown)}{_keys(shown)}{notes}</aside>'
        f"<noscript><p>{_say('no_script')}</p></noscript>"
    )


def _finding(known: Snapshot, shown: Shown) -> str:
    bold = {name: f"<b>{shown.counts[name]:,}</b>" for name in ("down", "unknown")}
    down = f'<span class="down">{bold["down"]}</span>' if shown.counts["down"] else bold["down"]
    at = escape(moment(known.as_of))
    key = "none" if not shown.total else "never" if known.as_of is None else "finding"
    sentence = _say(key).format(count=f"<b>{shown.total:,}</b>", down=down, unknown=bold["unknown"], at=at)
    return f"<h1>{sentence}</h1>"


def _about(known: Snapshot, chosen: CameraFilter, now: datetime) -> str:
    said = filters.said(chosen)
    demo = f'<span class="demo">{escape(t("app.demo_long"))}</span>' if known.inventory["demo"].any() else ""
    shown = f'<p class="only">{_say("only")} {escape(said)}</p>' if said else ""
    return f"{shown}<p>{_say('picture', taken=moment(now))} {demo}</p>"


def _counts(shown: Shown) -> str:
    lines = "".join(
        f"<li>{glyphs.html(name)}{escape(t(f'status.{name}'))}"
        f'<span class="n" data-status="{name}">{shown.counts[name]:,}</span></li>'
        for name in STATUSES
    )
    total = (
        f'<li class="total">{_say("total")}<span class="n" data-total="{shown.total}">{shown.total:,}</span></li>'
    )
    return f"<ul>{lines}{total}</ul>"


def _keys(shown: Shown) -> str:
    keys = []
    if shown.far or shown.rest:
        keys += [
            _key("disc", "disc_known", _disc("cluster30")),
            _key("disc", "disc_hollow", _disc("hollow0")),
        ]
    if shown.frame:
        keys += [_key("key frame", "frame")]
    if shown.ground is not None and len(shown.ground):
        keys += [_key(f"key {kind}", kind) for kind in ("certain", "possible", "lost")]
    keys += [
        _key("key open", "gap_live"), _key("key maybe-now", "gap_maybe_now"),
        _key("key gap-planned", "gap_planned"), _key("key maybe", "gap_maybe"), _key("key border-line", "line"),
    ]  # fmt: skip
    return f"<ul>{''.join(keys)}</ul>"


def _notes(known: Snapshot, chosen: CameraFilter, shown: Shown) -> str:
    notes: list[str] = []
    if not len(shown.single) and shown.total:
        notes.append(_say("counted", most=f"{MOST_SINGLE:,}"))
    elif shown.frame:
        notes.append(_say("framed", most=f"{MOST_SINGLE:,}"))
    elif 0 < shown.near_zoom < CAMERA_ZOOM:
        notes.append(_say("from_afar"))
    if shown.ground is None and shown.total:
        notes.append(_say("no_ground", most=f"{MOST_SECTORS:,}"))
    if chosen.narrow or chosen.statuses:
        notes.append(_say("gaps_of_all"))
    at = {"level": f"{chosen.level_px_m:g}", "edition": settings().edition, "light": t(f"light.{chosen.light}")}
    notes.append(_say("level", **at, ground=hiding.ground_words(known)))
    notes.append(_say("credits"))
    return "".join(f"<p>{note}</p>" for note in notes)


def _disc(name: str) -> str:
    """Where a disc lies in the atlas, made as small as a glyph."""
    box = glyphs.mapping()[name]
    small = _KEY_PX / int(box["width"])
    place = " ".join(f"{-int(box[side]) * small:g}px" for side in "xy")
    return f' style="background-size:{glyphs.WIDTH * small:g}px auto;background-position:{place}"'


def _key(look: str, word: str, how: str = "") -> str:
    return f'<li><span class="{look}"{how}></span>{_say(word)}</li>'


def _say(key: str, **values: Any) -> str:
    """Words of this page, escaped; what is filled in as well."""
    text = t(f"standalone.{key}")
    return escape(text.format(**values) if values else text)
