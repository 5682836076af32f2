"""
What pages are put together from: finding, figures, camera card, method, empty state; all as escaped HTML.

A camera's name comes from other people's files, so every text passes `escape` here and nowhere is it markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

import pandas as pd
import streamlit as st

from data.watch import availability
from ui import cache, frame, glyphs, looking, state
from ui.palette import STATUSES, Theme, palette
from ui.words import day, moment, percent, pick, span, t

_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]()<>#+-.!|~$:"})

CSS = """
.still{position:relative;margin:0;border-radius:4px;overflow:hidden;background:var(--sea);aspect-ratio:16/9}
.still img{display:block;width:100%;height:100%;object-fit:cover}
.still.old img{filter:grayscale(1) opacity(.55)}
.still figcaption{position:absolute;left:0;right:0;bottom:0;padding:2px 8px;font-size:13px;
 color:#fff;background:rgba(14,19,24,.66)}
.still .none{position:absolute;inset:0;display:grid;place-content:center;justify-items:center;gap:4px;
 color:var(--soft);text-align:center;padding:8px}
.still .none i{width:44px;height:30px;border:2px solid currentColor;border-radius:4px;opacity:.6;margin-bottom:4px;
 background:radial-gradient(circle,transparent 7px,currentColor 7px 9px,transparent 9px)}
.camera{overflow-wrap:anywhere}
.camera h3{font-size:17px;font-weight:600;line-height:1.5;margin:8px 0 0;padding:0}
.camera .status{display:flex;align-items:center;gap:.45em;flex-wrap:wrap;margin:2px 0 6px}
.camera .status b{font-weight:600}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:1px 14px;margin:0!important;padding:0!important;
 font-size:14px}
.facts dt{color:var(--soft);font-weight:400}
.facts dd,.facts dt{margin:0!important;padding:0} .facts dd{overflow-wrap:anywhere} .facts .none{color:var(--soft)}
.row{display:flex;flex-wrap:wrap;gap:8px 44px;margin:0}
.row>div{min-width:0} .row .value{font-size:30px;line-height:1.3;font-weight:600;white-space:nowrap}
.row .value.quiet{color:var(--soft)} .row .unit{font-size:15px}
.row .label{color:var(--soft);font-size:14px;line-height:1.5}
@media (max-width:900px){.row{column-gap:24px}}
.remark{margin:0 0 6px;padding:6px 14px;background:var(--card);border:1px solid var(--line);
 border-left:4px solid var(--text);border-radius:6px;font-size:14px}
.empty{padding:28px 0;max-width:60ch} .empty p{margin:2px 0} .empty .next{color:var(--soft)}
.method{font-size:14px;line-height:1.7;max-width:90ch;margin:0 0 6px;color:var(--soft)}
.fine{font-size:13px}
.downloads{margin:0}
.download{display:inline-block;margin-left:8px;padding:3px 14px;border:1px solid var(--line);
 border-radius:6px;text-decoration:none;color:var(--quiet)!important}
.download:hover{border-color:var(--quiet)}
.st-key-head{display:flex!important;flex-flow:row wrap!important;justify-content:space-between;align-items:end;
 gap:8px 32px!important}
.st-key-head>*{width:auto!important;flex:0 1 auto!important}
.st-key-filters{gap:10px!important;width:auto!important}
.st-key-filters [data-testid=stButtonGroup] button{min-height:2.5rem}
.st-key-filters [data-testid=stCheckbox]{min-height:2.5rem;margin:0!important;align-items:center}
.finding{padding:0!important;font-weight:400!important}
"""


Facts = Mapping[str, Any]  # of one camera, as `cache.camera` gives them: None where nothing is known


@dataclass(frozen=True)
class Figure:
    """One large figure: its value as text, a small unit, what it is, and a note such as how much is unknown."""

    value: str
    unit: str
    label: str
    note: str = ""


def sentence(text: str) -> None:
    """Show the finding of a page; plain text, one <h1>."""
    st.html(f'<h1 class="finding">{escape(text)}</h1>')


def figures(row: list[Figure]) -> None:
    """Show figures side by side."""
    st.html(f'<div class="row panel">{"".join(map(_figure, row))}</div>')


def how(*paragraphs: str) -> None:
    """Show the method, folded away."""
    with st.expander(t("app.how")):
        st.html("".join(f'<p class="method">{escape(text)}</p>' for text in paragraphs))


def part(title: str, inner: str = "") -> None:
    """Show a part of a page: its heading, and HTML below it."""
    st.html(f'<h2 class="part">{escape(title)}</h2>{inner}')


def empty(text: str, todo: str) -> None:
    """Say that there is nothing, and what to do next."""
    st.html(f'<div class="empty"><p>{escape(text)}</p><p class="next">{escape(todo)}</p></div>')


def remark(text: str) -> None:
    """Say what of a link was not understood; nothing where the text is empty."""
    if text:
        st.html(f'<p class="remark">{escape(text)}</p>')


def status(name: str) -> str:
    """Glyph and word of a status, as HTML."""
    return f"{glyphs.html(name)} <b>{escape(t(f'status.{name}'))}</b>"


def plain(text: str) -> str:
    """Return text for a widget's label, where Streamlit would else read Markdown."""
    return text.translate(_MARKDOWN)


def glyph_uri(name: str, theme: Theme) -> str:
    """Return a status as a picture of its own, for cells of a table."""
    return f"data:image/svg+xml,{quote(_svg(name, theme))}"


def camera_card(camera_id: int, *, link: bool = True) -> None:
    """Show what is known of a camera: picture with its age, status, availability, who keeps it, where it looks."""
    row = cache.snapshot().row_of(camera_id)
    if row is None:
        empty(t("card.gone"), t("card.gone_todo"))
        return
    camera = cache.camera(row)
    st.html(f"<style>{CSS}</style>{picture(camera)}")
    # apart from the picture: these words change with the clock, and the picture must not be loaded anew for them
    more = f"<p>{camera_link(camera, t('card.open'))}</p>" if link else ""
    st.html(f'<div class="camera">{heading(camera)}{_card_facts(camera)}{more}</div>')


def picture(camera: Facts, *, large: bool = False) -> str:
    """Return the latest picture of a camera, which tells its own age, or a calm place where it would be."""
    return f"<div {looking.words(large=large)}>{looking.still(camera, reason(camera))}</div>"


def heading(camera: Facts, why: str = "") -> str:
    """Return a camera's name, and its status with since when and why; `why` is HTML, by default its reason."""
    name = pick(camera["name_th"], camera["name_en"]) or camera["code"]
    known = [status(camera["status"])]
    if pd.notna(camera["since"]):
        since = camera["since"].to_pydatetime()
        known.append(escape(t("card.since", at=moment(since), age=span(max(cache.now() - since, timedelta(0))))))
    if why:
        why = f'<p class="sight">{why}</p>'
    elif camera["status"] != "up":
        why = f'<div class="soft fine">{escape(reason(camera))}</div>'
    return (
        f'<h3>{escape(name)}</h3><div class="soft fine">{escape(camera["code"])}</div>'
        f'<div class="status">{" ".join(known)}</div>{why}'
    )


def facts(pairs: Sequence[tuple[str, str | None]]) -> str:
    """Return names and values as a list; what is not known is said, not left out."""
    cells = (
        f"<dt>{escape(name)}</dt>"
        + (f"<dd>{escape(value)}</dd>" if value else f'<dd class="none">{escape(t("card.not_known"))}</dd>')
        for name, value in pairs
    )
    return f'<dl class="facts">{"".join(cells)}</dl>'


def keepers(camera: Facts) -> list[tuple[str, str | None]]:
    """Who owns, maintains and links a camera."""
    return [(t(f"card.{role}"), camera[role]) for role in ("owner", "maintainer", "linker")]


def place(camera: Facts) -> str:
    """Return subdistrict, district and province, as far as they are known."""
    return " · ".join(str(part) for part in (camera[n] for n in ("subdistrict", "district", "province")) if part)


def camera_link(camera: Facts, label: str = "") -> str:
    """Return a link to a camera's page as HTML, by default under its code and name."""
    name = pick(camera["name_th"], camera["name_en"])
    said = label or " · ".join(part for part in (str(camera["code"]), name) if part)
    return f'<a href="{camera_address(camera)}" target="_self">{escape(said)}</a>'


def row_of(code: str, owner: str) -> int | None:
    """Row of the camera with a code, of the agency with this id; where several use it, the reader chooses."""
    known = cache.snapshot().inventory
    rows = known[known["code"] == code]
    asked = rows[rows["owner_id"].astype(str) == owner]
    if len(rows) > 1 and asked.empty:
        owners = rows.set_index("owner_id")["owner"]
        said = st.selectbox(
            t("camera.whose", count=len(rows)), list(owners.index), key="whose", format_func=lambda i: owners[i]
        )
        asked = rows[rows["owner_id"] == said]
    found = asked if len(asked) else rows
    return int(found.index[0]) if len(found) else None


def camera_address(camera: Facts, page: str = "camera") -> str:
    """Return the address of a camera's page, or of another page about it, ready to stand in HTML."""
    # a code is only its owner's: the link names the owner too
    query = {state.CAMERA: str(camera["code"]), state.OWNER: str(int(camera["owner_id"]))}
    return frame.address(page, **query)


def available(camera_id: int, days: float, at: datetime) -> str:
    """Availability over the last days in words, with the share of time nobody knows of."""
    found = availability.of_camera(cache.database(), camera_id, at - timedelta(days=days), at)
    if found is None or found.availability is None:
        return t("card.never_watched")
    unknown = found.unknown_s / (days * 86_400)
    return f"{percent(found.availability)}%" + (
        t("card.unknown_share", share=percent(unknown)) if unknown > 0.0005 else ""
    )


def _card_facts(camera: Facts) -> str:
    at, camera_id = cache.now().replace(second=0, microsecond=0), int(camera["id"])
    pairs = [
        (t("card.available_day"), available(camera_id, 1, at)),
        (t("card.available_month"), available(camera_id, 30, at)),
        *keepers(camera),
        (t("card.kind"), t(f"kind.{camera['kind']}")),
        (t("card.bearing"), None if pd.isna(camera["bearing_deg"]) else f"{camera['bearing_deg']:.0f}°"),
        (t("card.place"), place(camera)),
        (t("card.position"), f"{camera['lat']:.5f}, {camera['lon']:.5f}"),
    ]
    return facts(pairs)


def reason(camera: Facts) -> str:
    """Why a camera has the status it has, in words."""
    words = t(f"reason.{camera['reason'] or 'never'}")
    return t("card.maintained_until", at=day(camera["maintenance_until"])) if _dated(camera) else words


def _dated(camera: Facts) -> bool:
    return bool(camera["status"] == "maintenance" and pd.notna(camera["maintenance_until"]))


def _figure(figure: Figure) -> str:
    quiet = " quiet" if figure.value in ("–", "") else ""
    unit = f'<span class="unit">{escape(figure.unit)}</span>' if figure.unit else ""
    note = f"<br>{escape(figure.note)}" if figure.note else ""
    return (
        f'<div><div class="value{quiet}">{escape(figure.value) or "–"}{unit}</div>'
        f'<div class="label">{escape(figure.label)}{note}</div></div>'
    )


def _svg(name: str, theme: Theme) -> str:
    colours = palette(theme)
    colour = colours.status(name) if name in STATUSES else colours.planned
    shape = {
        "up": f'<circle cx="12" cy="12" r="7" fill="{colour}"/>',
        "degraded": f'<path d="M12 4L21 20H3Z" fill="{colour}"/>',
        "down": f'<rect x="4" y="4" width="16" height="16" fill="{colour}"/>'
        f'<path d="M8 8l8 8M16 8l-8 8" stroke="{colours.casing}" stroke-width="2.4"/>',
        "maintenance": f'<path d="M12 3l9 9-9 9-9-9Z" fill="{colour}"/>',
        "unknown": f'<circle cx="12" cy="12" r="6.5" fill="none" stroke="{colour}" stroke-width="3"/>',
    }[name]
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24" height="24">{shape}</svg>'
