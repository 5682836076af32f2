"""What the numbers say in words: the sentence every page opens with, and the overview's six figures."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

import geopandas as gpd

from data.lines import border
from geo.see import coverage
from geo.see.levels import BORDER_LEVEL_PX_M
from ui import cache, frame, state
from ui.words import band, km, language, moment, pick, t

OLD_AFTER = timedelta(seconds=90)
WHOLE = 0.995  # of a checkpoint's zone: what is missing is less than its outline is known
CODES_SHOWN = 3


@dataclass(frozen=True)
class BorderNow:
    """How much of the border is seen, and how sure we are of it. Lengths in metres."""

    total_m: float
    certain_m: float
    possible_m: float  # seen by day, certainly or possibly
    night_certain_m: float
    night_possible_m: float
    lost_m: float  # open now, though some camera would see it if all worked
    planned_certain_m: float
    planned_possible_m: float
    as_of: datetime | None
    old: bool  # nobody has looked lately, or ever: the figures say nothing of now


def border_now() -> BorderNow:
    """Return the border as the cameras see it at this moment."""
    day, night, planned = (
        cache.border_sums(BORDER_LEVEL_PX_M, light, when)
        for light, when in (
            (coverage.DAY, border.LIVE), (coverage.NIGHT, border.LIVE), (coverage.DAY, border.PLANNED)
        )
    )  # fmt: skip
    as_of = cache.snapshot().as_of
    return BorderNow(
        total_m=day["total_m"],
        certain_m=day["certain_m"],
        possible_m=day["certain_m"] + day["possible_m"],
        night_certain_m=night["certain_m"],
        night_possible_m=night["certain_m"] + night["possible_m"],
        lost_m=max(0.0, day["open_m"] - planned["open_m"]),
        planned_certain_m=planned["certain_m"],
        planned_possible_m=planned["certain_m"] + planned["possible_m"],
        as_of=as_of,
        old=as_of is None or cache.now() - as_of > OLD_AFTER,
    )


def sentence(found: BorderNow, page: str = "overview") -> str:
    """Return the finding as HTML. When nobody has looked lately it says so and claims nothing of now."""
    if found.old:
        known = {"certain": km(found.planned_certain_m), "possible": km(found.planned_possible_m)}
        planned = t("overview.finding_planned", **known, total=km(found.total_m), km=t("unit.km"))
        stopped = (
            t("overview.finding_old", time=moment(found.as_of)) if found.as_of else t("overview.finding_never")
        )
        return f'<span class="old">{escape(stopped)}</span> · {escape(planned)}'
    ends = km(found.certain_m), km(found.possible_m)
    words = {"certain": _figure(ends[0]), "possible": _figure(ends[1])}
    key = f"{page}.finding" if ends[0] == ends[1] else f"{page}.finding_band"
    whole = t(key, **words, total=_figure(km(found.total_m)), km=t("unit.km"))
    if found.lost_m < border.SHORTEST_GAP_M:
        return f"{whole} · {escape(t('overview.finding_whole'))}"
    lost = t("overview.finding_down", lost=_figure(km(found.lost_m)), km=t("unit.km"))
    return f"{whole} · <em>{lost}</em>"


def six(found: BorderNow) -> list[str]:
    """Return the six figures of the overview as HTML."""
    return [_known(), _working(found), _border(found), _linked(), _checkpoints(found), _largest(found)]


def figure(label: str, value: str, unit: str = "", note: str = "") -> str:
    """One figure with its label above and what belongs to it below; everything but `note` is escaped."""
    return (
        f'<div><div class="label">{escape(label)}</div><div class="value">{escape(value)}'
        f'<span class="unit">{escape(unit)}</span></div><div class="note">{note}</div></div>'
    )


def largest_gaps(most: int) -> str:
    """Return the largest live gaps as a list of links to the gaps page, as HTML."""
    gaps = cache.gaps()
    heading = f"<h2>{escape(t('overview.gaps_title'))}</h2>"
    if gaps.empty:
        return f'{heading}<p class="soft">{escape(t("overview.gaps_none"))}</p>'
    rows = gaps.sort_values("length_m", ascending=False).head(most).to_dict("records")
    items = "".join(f"<li>{_gap(row)}</li>" for row in rows)
    more = frame.link("gaps", t("overview.gaps_all", count=f"{len(gaps):,}"))
    return f'{heading}<ol class="gaps">{items}</ol><p class="fine">{more}</p>'


def map_key() -> str:
    """Return what the discs of the country map mean, as HTML."""
    looks = ("known", "hollow", "down")
    parts = "".join(f'<span><i class="disc {css}"></i>{escape(t(f"legend.disc_{css}"))}</span>' for css in looks)
    return f'<div class="map-key">{parts}</div>'


def place(row: Mapping[Hashable, Any]) -> str:
    """Subdistrict and district of a gap, or its province, or its chainage, as far as they are known."""
    if not row["subdistrict_th"]:
        return _province(row) or str(row["from"])
    names = (pick(row[f"{part}_th"], row[f"{part}_en"]) for part in ("subdistrict", "district"))
    prefixes = ("ต.", "อ.") if language() == "th" else ("", "")
    return (" " if language() == "th" else ", ").join(p + name for p, name in zip(prefixes, names, strict=True))


def short_place(row: Mapping[Hashable, Any]) -> str:
    """Subdistrict of a gap, or its province, or its chainage, as far as they are known."""
    if not row["subdistrict_th"]:
        return _province(row) or str(row["from"])
    return ("ต." if language() == "th" else "") + pick(row["subdistrict_th"], row["subdistrict_en"])


def place_in_table(row: Mapping[Hashable, Any]) -> str:
    """Subdistrict and district of a gap without their titles, or its province; a dash where nothing is known."""
    if row["subdistrict_th"]:
        return " · ".join(pick(row[f"{part}_th"], row[f"{part}_en"]) for part in ("subdistrict", "district"))
    return pick(row["province_th"], row["province_en"]) or "–"


def _province(row: Mapping[Hashable, Any]) -> str:
    name = pick(row["province_th"], row["province_en"])
    return f"จ.{name}" if name and language() == "th" else name


def _gap(row: dict[Hashable, Any]) -> str:
    at = frame.address(
        "gaps", **{state.STRETCH_FROM: f"{row['from_m']:.0f}", state.STRETCH_TO: f"{row['to_m']:.0f}"}
    )
    key = "possible" if row["band"] == "possible" else "open" if row["opened_by"] else "gap-planned"
    return (
        f'<a href="{at}" target="_self"><span><i class="key {key}"></i> {escape(place(row))}</span>'
        f'<b>{km(row["length_m"])}<span class="unit">{escape(t("unit.km"))}</span></b>'
        f"<small>{row['from']}–{row['to']} · {escape(_why(row))}</small></a>"
    )


def _why(row: dict[Hashable, Any]) -> str:
    codes = [code for code in str(row["opened_by"] or "").split(", ") if code]
    if not codes:
        return t("overview.unseen" if row["band"] == "open" else "band.possible")
    more = f" +{len(codes) - CODES_SHOWN}" if len(codes) > CODES_SHOWN else ""
    since = moment(row["since"].to_pydatetime())
    return t("overview.opened_by", codes=", ".join(codes[:CODES_SHOWN]) + more, since=since)


def _known() -> str:
    frame_ = cache.snapshot().inventory
    note = t(
        "overview.known_note",
        agencies=f"{frame_['owner_id'].nunique():,}",
        provinces=f"{frame_['province_code'].nunique():,}",
    )
    return figure(t("overview.known"), f"{len(frame_):,}", t("unit.camera"), escape(note))


def _working(found: BorderNow) -> str:
    counts = cache.counts()
    note = t("overview.working_note", **{name: f"{counts[name]:,}" for name in ("down", "degraded", "unknown")})
    return figure(t("overview.working"), "–" if found.old else f"{counts['up']:,}", t("unit.camera"), escape(note))


def _border(found: BorderNow) -> str:
    note = t(
        "overview.border_note",
        night="–" if found.old else band(found.night_certain_m, found.night_possible_m),
        total=km(found.total_m),
        km=t("unit.km"),
    )
    value = "–" if found.old else band(found.certain_m, found.possible_m)
    unit = t("overview.of_km", total=km(found.total_m), km=t("unit.km"))
    return figure(t("overview.border"), value, unit, escape(note))


def _linked() -> str:
    table = cache.linked_share("province")
    note = t("overview.provinces_note", short=f"{int(table['short'].sum()):,}")
    of = t("overview.of", total=f"{len(table):,}")
    return figure(t("overview.provinces"), f"{int((table['short'] == 0).sum()):,}", of, escape(note))


def _checkpoints(found: BorderNow) -> str:
    table = cache.checkpoint_coverage(BORDER_LEVEL_PX_M, coverage.DAY, border.LIVE)
    whole = table["certain"] >= WHOLE
    none = table["certain"] + table["possible"] <= 1 - WHOLE
    note = t("overview.checkpoints_note", partly=int((~whole & ~none).sum()), none=int(none.sum()))
    value = "–" if found.old else f"{int(whole.sum()):,}"
    return figure(t("overview.checkpoints"), value, t("overview.of", total=f"{len(table):,}"), escape(note))


def _largest(found: BorderNow) -> str:
    gaps: gpd.GeoDataFrame = cache.gaps()
    opened = gaps[gaps["band"] == "open"]
    if found.old or opened.empty:
        return figure(t("overview.largest"), "–" if found.old else t("overview.no_gap"))
    row = opened.loc[opened["length_m"].idxmax()]
    name = pick(row["subdistrict_th"], row["subdistrict_en"])
    note = t("overview.largest_note", place=name, chainage=row["from"])
    return figure(t("overview.largest"), km(row["length_m"]), t("unit.km"), escape(note))


def _figure(text: str) -> str:
    return f'<span class="figure">{escape(text)}</span>'
