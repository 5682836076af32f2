"""What is kept of a camera for longer: choose a moment and see the pictures around it; none of them looks live."""

from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any

import streamlit as st

from data.filters import CameraFilter, keep
from data.settings import settings
from data.watch.archived import Archived, open_archived
from data.watch.availability import of_camera
from data.watch.history import outages_of
from data.watch.holes import Hole, Why, holes, usually
from data.watch.spool import EPOCH, MICROSECOND, Entry
from ui import cache, state
from ui.words import BANGKOK, clock, day, moment, span, t

AROUND = 3  # pictures before and after the one that is nearest
STEP = timedelta(minutes=5)
BEYOND = timedelta(days=3)
NOON = time(12)


@st.fragment
def show(row: int) -> None:
    """Ask for a moment, and show what was kept of a camera around it."""
    try:
        archived = open_archived(settings())
        hours = archived.hours() if archived else []
    except (ValueError, OSError):
        _say(t("archive.away"))
        return
    if archived is None or not hours:
        _say(t("archive.nowhere") if archived is None else t("archive.nothing"))
        return
    with st.container(key="archive"):
        at = _ask(hours)
        if at is None:
            _say(t("archive.hint", begin=moment(hours[0])))
            return
        try:
            _around(archived, row, at, hours[0])
        except OSError:
            _say(t("archive.away"))


def finding(camera_id: int, captured: list[datetime], at: datetime, hole: Hole | None) -> str:
    """
    Say how near the pictures kept are to a moment, and if none is, why; plain text.

    Parameters
    ----------
    captured
        When those around it were captured, the oldest first.
    hole
        The span without a picture the moment lies in.
    """
    if not captured:
        return " ".join([t("archive.none"), *_why(camera_id, captured, hole)])
    nearest = min(captured, key=lambda one: abs(one - at))
    if abs(nearest - at) <= usually(settings()):
        return t("archive.near", at=moment(at))
    side = "earlier_by" if nearest < at else "later_by"
    said = t(f"archive.{side}", at=moment(at), age=span(abs(at - nearest)))
    return " ".join([said, *_why(camera_id, captured, hole)])


def _ask(hours: list[datetime]) -> datetime | None:
    """Return the moment the reader chose, of the days there are; None until there is one."""
    days = sorted({hour.astimezone(BANGKOK).date() for hour in hours}, reverse=True)
    if st.session_state.get(state.ARCHIVE_DAY) not in days:  # none yet, or one that was let go meanwhile
        st.session_state.pop(state.ARCHIVE_DAY, None)
        _go(st.query_params.get(state.MOMENT, ""), days)
    chosen = st.selectbox(
        t("archive.day"),
        days,
        index=None,
        key=state.ARCHIVE_DAY,
        format_func=_day,
        placeholder=t("archive.choose"),
    )
    st.session_state.setdefault(state.ARCHIVE_TIME, NOON)
    at = st.time_input(t("archive.time"), key=state.ARCHIVE_TIME, step=STEP)
    if chosen is None or at is None:
        return None
    st.query_params[state.MOMENT] = f"{chosen}T{at:%H:%M}"  # a link that shows the same to others
    return datetime.combine(chosen, at, BANGKOK)


def _around(archived: Archived, row: int, at: datetime, begins_at: datetime) -> None:
    camera = cache.camera(row)
    camera_id = int(camera["id"])
    before, after = archived.around(camera_id, at, AROUND + 1)
    there = [*before, *after]
    nearest = min(there, key=lambda entry: abs(entry.captured_at - at), default=None)
    captured = [entry.captured_at for entry in there]
    said = finding(camera_id, captured, at, _hole(row, captured, at, begins_at))
    st.html(f'<p class="sight">{escape(said)}</p>')
    if nearest is None:
        return
    middle = there.index(nearest)
    _steps(there, middle)
    shown = there[max(0, middle - AROUND) : middle + AROUND + 1]
    large = _figure(camera, nearest, large=True)
    row_ = "".join(_figure(camera, entry, chosen=entry is nearest) for entry in shown)
    st.html(f'<div class="kept">{large}<div class="kept-row">{row_}</div></div>')


def _steps(there: list[Entry], middle: int) -> None:
    """Offer the picture before and the one after."""
    with st.container(key="archive-steps", horizontal=True):
        for name, index in (("earlier", middle - 1), ("later", middle + 1)):
            other = there[index] if 0 <= index < len(there) else None
            st.button(
                t(f"archive.{name}"), key=f"archive-{name}", disabled=other is None,
                on_click=_set, args=(other.captured_at if other else EPOCH,),
            )  # fmt: skip


def _set(at: datetime) -> None:
    local = at.astimezone(BANGKOK)
    st.session_state[state.ARCHIVE_DAY] = local.date()
    st.session_state[state.ARCHIVE_TIME] = local.time().replace(microsecond=0, second=0)


def _go(asked: str, days: list[date]) -> None:
    """Go where the link says, `2026-11-25T14:05` in Bangkok, if that is kept."""
    try:
        at = datetime.fromisoformat(asked)
        local = at.astimezone(BANGKOK) if at.tzinfo else at.replace(tzinfo=BANGKOK)
    except (ValueError, OverflowError):
        return
    if local.date() in days:
        _set(local)


def _hole(row: int, captured: list[datetime], at: datetime, begins_at: datetime) -> Hole | None:
    """Return the span without a picture that a moment lies in."""
    known, given = cache.snapshot(), settings()
    flags = keep(known, CameraFilter.read(given.archive_filter))
    # further off than pictures are thinned to: on a side without any, thinning is not why
    begin, end = min([at, *captured]), max([at, *captured])
    begin, end = begin - BEYOND * (begin == at), end + BEYOND * (end == at)
    chosen = flags is None or bool(flags[row])
    found = holes(captured, begin, end, cache.now(), given=given, begins_at=begins_at, chosen=chosen)
    return next((hole for hole in found if hole.began_at <= at < hole.ended_at), None)


def _why(camera_id: int, captured: list[datetime], hole: Hole | None) -> list[str]:
    """Sentences on why there is none."""
    if hole is None:
        return []
    if hole.why is Why.LET_GO:
        return [t("archive.let_go", days=f"{settings().archive_keep_days:g}")]
    if hole.why is not Why.NONE_CAME:
        return [t(f"archive.{hole.why}", at=moment(hole.ended_at))]
    db, over = cache.database(), (hole.began_at, hole.ended_at)
    outages = outages_of(db, camera_id, *over)
    said = [t("archive.none_came")] if captured and captured[0] < hole.ended_at else [t("archive.first")]
    if not outages.empty:
        last = outages.iloc[0]
        said.append(t("archive.down", at=moment(last["began_at"]), reason=t(f"reason.{last['reason']}")))
    elif (kept := of_camera(db, camera_id, *over)) is None or kept.unknown_s > (
        hole.ended_at - hole.began_at
    ).total_seconds() / 2:
        said.append(t("archive.unwatched"))
    return said


def _figure(camera: dict[str, Any], entry: Entry, *, large: bool = False, chosen: bool = False) -> str:
    at = entry.captured_at
    address = f"/archive/{int(camera['id'])}/{(at - EPOCH) // MICROSECOND}.jpg"
    age = t("archive.ago", age=span(max(cache.now() - at, timedelta(0))))
    when = f"{day(at)} {clock(at, seconds=True)}" if large else f"{day(at)} {clock(at)}"
    by = f" · {t(f'archive.clock_{entry.clock}')}" if large else ""
    alt = escape(f"{t('card.picture_of', code=camera['code'])} · {when}")
    return (
        f'<figure class="{"kept-large" if large else "kept-small"}{" chosen" if chosen else ""}">'
        f'<span class="kept-mark">{escape(t("archive.mark"))}</span>'  # above it: cameras write on their pictures
        f'<div class="still"><img src="{address}" alt="{alt}" loading="lazy"></div>'
        f"<figcaption><b>{escape(when)}</b><span>{escape(age)}{escape(by)}</span></figcaption></figure>"
    )


def _day(chosen: date) -> str:
    return day(datetime.combine(chosen, NOON, BANGKOK))


def _say(text: str) -> None:
    st.html(f'<p class="soft">{escape(text)}</p>')
