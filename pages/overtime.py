"""The border over time: what was seen of it day by day, what opened and closed its gaps, and any moment again."""

from datetime import datetime, timedelta
from html import escape

import streamlit as st

from data.fleet import DOWN
from data.lines import border
from data.lines.openings import UNWATCHED
from data.lines.past import SORTS
from data.settings import settings
from geo.see.coverage import DAY, LIGHTS, NIGHT
from ui import cache, cards, filters, frame, gaptable, hiding, lines, overtime, state, strip_view, style
from ui.words import km, language, moment, percent, t

OPENINGS_MOST = 500  # a browser is not sent more
theme = style.theme()


def finding(hours: dict[str, dict[str, float]]) -> str:
    """Say in a sentence how much of the line was seen, and of how much nobody knows."""
    title = lines.named(line)
    whole = {light: sum(hours[light].values()) for light in LIGHTS}
    total = sum(whole.values())
    unknown = sum(hours[light]["unknown"] for light in LIGHTS) / total if total else 1.0
    if not any(hours[light][sort] for light in LIGHTS for sort in ("certain", "possible")):
        return t("over_time.finding_never", days=days, line=title)
    seen = {light: percent(hours[light]["certain"] / whole[light]) for light in LIGHTS if whole[light]}
    return t(
        "over_time.finding",
        line=title,
        days=days,
        day=seen.get(DAY, "–"),
        night=seen.get(NIGHT, "–"),
        unknown=percent(unknown),
    )


def figures(hours: dict[str, dict[str, float]]) -> None:
    """Show border kilometre-hours by sort, by day and by night."""
    row = []
    for sort in SORTS:
        light, dark = hours[DAY][sort], hours[NIGHT][sort]
        note = t("over_time.day_night", day=f"{light:,.0f}", night=f"{dark:,.0f}")
        row.append(cards.Figure(f"{light + dark:,.0f}", t("over_time.km_h"), t(f"over_time.{sort}"), note))
    cards.figures(row)


def heading(word: str) -> None:
    """Head a part of the page."""
    cards.part(t(f"over_time.{word}"))


def moments() -> list[datetime]:
    """The hours one may go back to, the oldest first."""
    begin, end = cache.past_window(days)
    return [begin + timedelta(hours=number) for number in range(int((end - begin) / timedelta(hours=1)) + 1)]


def then(choices: list[datetime]) -> datetime:
    """Ask which moment of the past is looked at; the link keeps it."""
    asked = st.query_params.get(state.THEN, "")
    try:
        told = datetime.fromisoformat(asked) if asked else choices[-1]
    except ValueError:
        told = choices[-1]
    if told.tzinfo is None or not choices[0] <= told <= choices[-1] + timedelta(hours=1):
        told = choices[-1]
    choices = sorted({*choices, told})
    if st.session_state.get(state.THEN) not in choices:
        st.session_state[state.THEN] = told
    chosen: datetime = st.select_slider(
        t("over_time.moment"), choices, key=state.THEN, format_func=moment, label_visibility="collapsed"
    )
    st.query_params[state.THEN] = chosen.isoformat()
    return chosen


@st.fragment
def replay() -> None:
    """Show the border as it was at a moment."""
    at = then(moments())
    status = cache.status_then(at, level, line)
    lengths = {light: cache.border_sums_then(at, level, light, line) for light in LIGHTS}
    said = t(
        "over_time.then", at=moment(at), day=km(lengths[DAY]["certain_m"]), night=km(lengths[NIGHT]["certain_m"]),
        total=km(lengths[DAY]["total_m"]), down=f"{int((status == DOWN).sum()):,}",
    )  # fmt: skip
    st.html(f'<p class="soft">{escape(said)}</p>')
    st.altair_chart(
        cache.strip_then(at, level, theme, language(), line),
        theme=None,
        key="strip-then",
        width="stretch",
        alt=t("over_time.then_alt", line=lines.named(line)),
    )
    st.html(strip_view.key_of(border.LIVE))
    gaps = gaptable.ranked(cache.gaps_then(at, level, line))
    if gaps.empty:
        cards.empty(t("over_time.no_gaps"), "")
        return
    gaptable.show(gaps, theme, key="gaps-then")


frame.open_page("overtime", cards.CSS, strip_view.CSS, overtime.CSS, gaptable.CSS)
if not len(cache.snapshot().ids):
    cards.empty(t("gaps.no_cameras"), t("gaps.no_cameras_todo"))
    st.stop()
sentence, head = st.container(), st.container(key="head")
with head:
    left = st.container()
    days, level, line = filters.over_time()
cards.remark(filters.unknown_line())
past = cache.covered_time(days, level, line)
hours = {light: past.km_hours(light) for light in LIGHTS}
with sentence:
    cards.sentence(finding(hours))
with left:
    figures(hours)
heading("by_day")
with st.container(key="strip-days"):
    st.altair_chart(
        overtime.days_chart(cache.covered_by_day(days, level, line), theme), theme=None, key="days-chart",
        alt=t("over_time.days_alt"),
    )  # fmt: skip
heading("by_stretch")
with st.container(key="strip-stretches"):
    st.altair_chart(
        overtime.stretches_chart(
            {light: cache.seen_shares(days, level, light, line) for light in LIGHTS}, theme
        ), theme=None, key="stretches-chart", alt=t("over_time.stretches_alt"),
    )  # fmt: skip
st.html(overtime.key())
heading("openings")
everything = cache.openings(days, level, line)
found = everything[everything["reason"] != UNWATCHED]
if hidden := len(everything) - len(found):
    st.html(f'<p class="soft fine">{escape(t("over_time.hidden", count=f"{hidden:,}"))}</p>')
if found.empty:
    cards.empty(t("over_time.no_openings"), "")
else:
    if clicked := overtime.openings_table(found.head(OPENINGS_MOST)):
        st.session_state[state.THEN] = clicked
        st.query_params[state.THEN] = clicked.isoformat()
    if len(found) > OPENINGS_MOST:
        said = t("over_time.more", shown=f"{OPENINGS_MOST:,}", count=f"{len(found):,}")
        st.html(f'<p class="soft fine">{escape(said)}</p>')
heading("replay")
with st.container(key="then-box"):
    replay()
how = {"level": f"{level:g}", "edition": settings().edition, "ground": hiding.ground_words(cache.snapshot())}
cards.how(t("over_time.how", until=moment(past.end)), t("over_time.how_numbers", **how))
