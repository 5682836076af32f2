"""What stands around every page but the wall: the slim bar, the language and theme switches, the age clock."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from ui import cache, state, style
from ui.words import language, t

PAGES = {  # name -> address, in the order of the bar
    "overview": "",
    "map": "map",
    "gaps": "gaps",
    "whatif": "whatif",
    "overtime": "overtime",
    "checkpoints": "checkpoints",
    "cameras": "cameras",
    "gallery": "gallery",
    "alarms": "alarms",
    "maintenance": "maintenance",
    "uptime": "uptime",
}
APART = {"camera": "camera", "wall": "wall"}  # reached by links, not from the bar
_KEPT = (state.LANGUAGE,)


def navigation() -> st.Page:
    """Return the page asked for; every page of the project is in this one list, by path."""
    pages = [
        st.Page(f"pages/{name}.py", title=t(f"nav.{name}"), url_path=path, default=name == "overview")
        for name, path in (PAGES | APART).items()
    ]
    return st.navigation(pages, position="hidden")


def open_page(name: str, *sheets: str) -> None:
    """Begin a page: its style sheets and the bar with this page marked."""
    style.send(*sheets, _marked(name))
    _bar(name)
    # a clock that speaks only while nobody watches: no worker is left to raise an alarm of it
    unwatched = {name: t(f"clock.unwatched_{name}") for name in ("stopped", "idle")}
    st.html(f'<p data-clock class="nobody-watches" role="alert" {_spoken(unwatched)}></p>')
    scripts()


def scripts() -> None:
    """Load the scripts that run the age clocks, the theme switch, and pictures that keep themselves current."""
    names = ("clock", "theme", "stills", "looks")
    tags = "".join(f'<script type="module" src="/assets/{name}.js"></script>' for name in names)
    st.html(tags, unsafe_allow_javascript=True)


def force_theme(page: str, theme: str) -> None:
    """Have the browser show a page in one theme, whatever it prefers: kept by the page's address, read at load."""
    key, wanted = f"stActiveTheme-/{(PAGES | APART)[page]}-v2", theme.capitalize()
    st.html(
        f"""<script>(() => {{ const key = {key!r}, wanted = '"{wanted}"';
        if (localStorage.getItem(key) !== wanted) {{ localStorage.setItem(key, wanted); location.reload() }} }})()
        </script>""",
        unsafe_allow_javascript=True,
    )


def clock(css_class: str = "") -> str:
    """Return an age clock as HTML; the browser fills it."""
    words = {name: t(f"clock.{name}") for name in ("now", "stopped", "server", "idle", "units")}
    return f'<span data-clock class="{css_class}" {_spoken(words)}></span>'


def _spoken(words: dict[str, str]) -> str:
    """What a clock says, as attributes."""
    said = words | {"locale": "th-TH" if language() == "th" else "en-GB"}
    return " ".join(f'data-{name}="{escape(text)}"' for name, text in said.items())


def address(page: str, **query: str) -> str:
    """Return the address of a page, the language kept, ready to stand in HTML."""
    asked = {name: st.query_params[name] for name in _KEPT if name in st.query_params} | query
    return escape(f"/{(PAGES | APART)[page]}" + (f"?{urlencode(asked)}" if asked else ""))


def link(page: str, label: str, **query: str) -> str:
    """Return a link to a page as HTML; the label is escaped."""
    return f'<a href="{address(page, **query)}" target="_self">{escape(label)}</a>'


def _bar(current: str) -> None:
    kept = {name: st.query_params[name] for name in _KEPT if name in st.query_params}
    with st.container(key="bar", horizontal=True, wrap=False, vertical_alignment="center"):
        st.html(f'<b class="brand">{escape(t("app.name"))}</b>', width="content")
        for name in PAGES:
            with st.container(key=f"nav-{name}", width="content"):
                st.page_link(f"pages/{name}.py", label=t(f"nav.{name}"), query_params=kept)
        st.space("stretch")
        if cache.demo():
            st.html(f'<span class="demo">{escape(t("app.demo"))}</span>', width="content")
        st.html(clock("bar-clock"), width="content")
        _switches(current)


def _switches(current: str) -> None:
    other = "en" if language() == "th" else "th"
    asked = st.query_params.to_dict() | {state.LANGUAGE: other}
    with st.container(key="other-language", width="content"):
        st.page_link(
            f"pages/{current}.py", label=t("app.english" if other == "en" else "app.thai"), query_params=asked
        )
    paths = " ".join(f"/{path}" for name, path in (PAGES | APART).items() if name != "wall")
    wanted = "Light" if style.theme() == "dark" else "Dark"
    label = escape(t(f"app.{wanted.lower()}"))
    st.html(
        f'<button class="switch" data-theme-to="{wanted}" data-paths="{paths}" title="{label}"'
        f' aria-label="{label}"><span></span></button>',
        width="content",
    )


def _marked(name: str) -> str:
    return f".st-key-nav-{name} a{{color:var(--text)!important;border-color:var(--quiet)!important}}"
