"""What the map says of what was picked: a camera and its mast, a stretch of the border, who sees a place."""

from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from data import filters
from data.filters import CameraFilter
from data.finding.points import mgrs_of
from data.fleet import UP, Snapshot
from data.inventory import STATUS_WORDS
from data.settings import settings
from geo.line.chainage import chainage
from geo.see.levels import LEVELS_PX_M, Edition, level_name
from geo.see.sight import seen_from
from ui import cache, cards, findings, frame, glyphs, hiding, mapview, picked, state
from ui.labels import short_name
from ui.words import km, language, moment, t

MATES = 6  # of a mast, listed
SEEING = 12  # cameras that see a place, listed
MOST_PX_M = 9_999.0  # at the camera's own foot there is no end to it
BESIDE_LINE_M = 2_000.0  # a place this near to the border is told by its chainage too

CSS = """
.seeing{list-style:none;margin:6px 0 0!important;padding:0!important;font-size:14px}
.seeing li{margin:0!important;padding:4px 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.seeing .far{color:var(--soft);font-size:13px}
.st-key-card h3{font-size:17px;font-weight:600;line-height:1.5;margin:2px 24px 4px 0;padding:0}
"""


def camera(known: Snapshot, camera_id: int) -> None:
    """Show a camera's card, and who else hangs on its mast."""
    cards.camera_card(camera_id)
    row = known.row_of(camera_id)
    others = [] if row is None else mapview.neighbours(row)
    if others:
        st.html(f'<p class="soft fine">{escape(t("map.same_mast", count=len(others)))}</p>')
    for other in others[:MATES]:
        word = STATUS_WORDS[known.status[other]]
        label = f"{known.inventory['code'].iloc[other]} · {t(f'status.{word}')}"
        if st.button(cards.plain(label), key=f"mast-{known.ids[other]}", type="tertiary"):
            picked.camera(other)
            st.rerun()  # the whole page: the ring on the map moves too


def gap(from_m: float, to_m: float, chosen: CameraFilter) -> None:
    """Say what is known of a stretch of the border: how long, since when, through whom, what is near."""
    table = cache.gaps(chosen.level_px_m, chosen.light, "live")
    shared = np.minimum(table["to_m"], to_m) - np.maximum(table["from_m"], from_m)
    span = f"{chainage(from_m)}–{chainage(to_m)}"
    if not len(table) or shared.max() <= 0:
        st.html(f"<h3>{escape(t('map.gap', span=span))}</h3><p>{escape(t('map.gap_closed'))}</p>")
        return
    row = table.iloc[int(np.argmax(shared))]
    planned = cache.gaps(chosen.level_px_m, chosen.light, "planned")
    within = np.minimum(planned["to_m"], row["to_m"]) - np.maximum(planned["from_m"], row["from_m"])
    unbuilt_m = float(within.clip(lower=0).sum())
    crossing = short_name(row["nearest_crossing"]) if language() == "th" else row["nearest_crossing_en"]
    pairs = [
        (t("map.gap_length"), f"{row['length_m'] / 1000:,.2f} {t('unit.km')}"),
        (t("gaps.band"), t(f"band.{row['band']}")),
        (t("gaps.place"), findings.place_in_table(row)),
        *_darkened(row),
        (t("map.gap_planned"), f"{km(unbuilt_m)} {t('unit.km')}"),
        (t("gaps.camera"), f"{row['nearest_camera']} · {row['camera_m']:,.0f} {t('unit.m')}"),
        (t("gaps.crossing"), f"{crossing} · {km(row['crossing_m'])} {t('unit.km')}"),
    ]
    link = frame.link(
        "gaps", t("map.gap_open"),
        **{state.STRETCH_FROM: f"{row['from_m']:.0f}", state.STRETCH_TO: f"{row['to_m']:.0f}"},
    )  # fmt: skip
    st.html(
        f"<h3>{escape(t('map.gap', span=row['from'] + '–' + row['to']))}</h3>{cards.facts(pairs)}"
        f'<p class="soft fine">{escape(ground_words(chosen))}</p><p>{link}</p>'
    )


def point(known: Snapshot, lon: float, lat: float, chosen: CameraFilter) -> None:
    """Say where a place is and which cameras' ground holds it, the level of each there."""
    edition = Edition(settings().edition)
    least = min(LEVELS_PX_M[edition].values())
    seen = seen_from(known.inventory, lon, lat, chosen.light, least_px_m=least)
    flags = filters.keep(known, chosen)
    shown = np.ones(len(seen), bool) if flags is None else flags[seen["row"]]
    if chosen.codes is not None:
        shown &= np.isin(known.status[seen["row"]], list(chosen.codes))
    others, seen = int((~shown).sum()), seen[shown]
    works = known.status[seen["row"]] == UP
    now = int((works & seen["certain"]).sum())
    listed = "".join(_seeing(known, one, edition) for one in seen.head(SEEING).to_dict("records"))
    notes = [t("map.seen_more", count=len(seen) - SEEING)] if len(seen) > SEEING else []
    notes += [t("map.seen_outside", count=others)] if others else []
    notes.append(
        t("map.seen_how", edition=edition, light=t(f"light.{chosen.light}"), ground=hiding.ground_words(known))
    )
    said = "".join(f'<p class="soft fine">{escape(note)}</p>' for note in notes)
    st.html(
        f"<h3>{escape(seen_words(now, len(seen) - now))}</h3>{cards.facts(_whereabouts(lon, lat))}"
        f'<ul class="seeing">{listed}</ul>{said}'
    )


def seen_words(now: int, perhaps: int) -> str:
    """How many cameras see a place, certainly now and perhaps."""
    if not now and not perhaps:
        return t("map.seen_none")
    return t("map.seen", now=now) + (t("map.seen_perhaps", count=perhaps) if perhaps else "")


def _darkened(row: "pd.Series[Any]") -> list[tuple[str, str | None]]:
    """Since when and through whom; nothing where no broken camera has a part in it."""
    if not row["opened_by"]:
        return []
    since = moment(row["since"]) if pd.notna(row["since"]) else None
    return [(t("gaps.since"), since), (t("gaps.opened_by"), row["opened_by"])]


def ground_words(chosen: CameraFilter) -> str:
    """Level and light something was worked out at."""
    return f"{chosen.level_px_m:g} {t('unit.px_m')} · {t(f'light.{chosen.light}')}"


def _whereabouts(lon: float, lat: float) -> list[tuple[str, str | None]]:
    at_m, off_m = cache.border_line().locate(lon, lat)
    told: list[tuple[str, str | None]] = [
        (t("card.position"), f"{lat:.5f}, {lon:.5f}"),
        (t("map.mgrs"), mgrs_of(lon, lat)),
    ]
    if abs(off_m) <= BESIDE_LINE_M:
        told.append((t("map.beside"), t("map.beside_km", at=chainage(at_m), off=f"{abs(off_m):,.0f}")))
    return told


def _seeing(known: Snapshot, one: Mapping[Hashable, Any], edition: Edition) -> str:
    camera, density = known.camera(int(one["row"])), float(one["density_px_m"])
    how = " · ".join(
        [
            t("band.certain" if one["certain"] else "band.possible"),
            f"{t(f'level.{level_name(density, edition)}')} {min(density, MOST_PX_M):,.0f} {t('unit.px_m')}",
            f"{one['distance_m']:,.0f} {t('unit.m')}",
        ]
    )
    return (
        f"<li>{glyphs.html(camera['status'])} {cards.camera_link(camera)}"
        f' <span class="soft">{escape(t("status." + camera["status"]))}</span><br>'
        f'<span class="far">{escape(how)}</span></li>'
    )
