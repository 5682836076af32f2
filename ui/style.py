"""
The whole style sheet, sent once a page; colours come from the palette as custom properties.

Only `.st-key-*` and `data-testid` are named: Streamlit's generated class names change with every release.
"""

import streamlit as st

from ui.palette import STATUSES, Palette, Theme, palette

BAR_PX = 48


def theme() -> Theme:
    """Return the theme the browser shows now."""
    return "dark" if st.context.theme.type == "dark" else "light"


def send(*sheets: str, chosen: Theme | None = None) -> None:
    """Send the style sheet of the page: the common part and the given ones."""
    shown = chosen or theme()
    st.html(f"<style>{_tokens(palette(shown), shown)}{COMMON}{''.join(sheets)}</style>")


def _tokens(colours: Palette, shown: Theme) -> str:
    names = (
        "sea",
        "land",
        "line",
        "text",
        "soft",
        "card",
        "quiet",
        "casing",
        "gap_live",
        "gap_planned",
        *STATUSES,
    )
    values = "".join(f"--{name.replace('_', '-')}:{getattr(colours, name)};" for name in names)
    return f":root{{{values}--glyphs:url(/assets/glyphs-{shown}.png);--bar:{BAR_PX}px;color-scheme:{shown}}}"


COMMON = """
[data-testid=stHeader],[data-testid=stToolbar],[data-testid=stDecoration],[data-testid=stStatusWidget]{display:none!important}
.stApp{font-variant-numeric:tabular-nums;line-height:1.6;background:var(--land)}
.stMainBlockContainer{padding:calc(var(--bar) + 24px) 32px 40px!important;max-width:1680px!important}
@media (max-width:900px){.stMainBlockContainer{padding:calc(var(--bar) + 16px) 16px 32px!important}}
.stMainBlockContainer>.stVerticalBlock{gap:16px}
[data-testid=stElementContainer]:has(>[data-testid=stHtml]>style:only-child),
[data-testid=stElementContainer]:has(>[data-testid=stHtml]>script:only-child){display:none}
body[data-stale=server] [data-testid=stDialog]{display:none!important}
.stApp a{color:var(--quiet)}
.soft,.unit{color:var(--soft)} .unit{font-size:.55em;font-weight:400;margin-left:.3em}
.glyph{display:inline-block;width:1.05em;height:1.05em;vertical-align:-.16em;flex:none;
 background:var(--glyphs) no-repeat;background-size:calc(1.05em*24) auto;background-position:calc(-1.05em*var(--i)) 0}
.hollow{opacity:.7}
.finding{font-size:28px;line-height:1.45;margin:0;text-wrap:balance} .finding em{font-style:normal;color:var(--gap-live)}
.finding .figure{font-weight:600;white-space:nowrap} .finding .old{color:var(--soft)}
@media (max-width:900px){.finding{font-size:22px}}
.key{display:inline-block;width:18px;height:10px;border-radius:2px;vertical-align:0;margin-right:4px}
.key.certain{background:var(--up)} .key.possible{background:repeating-linear-gradient(135deg,var(--up) 0 1.5px,transparent 1.5px 4px);
 outline:1px solid var(--up);outline-offset:-1px} .key.open{height:0;border-top:5px solid var(--gap-live);vertical-align:3px}
.key.gap-planned{height:0;border-top:3px solid var(--gap-planned);vertical-align:3px}
/* the bar */
.st-key-bar{position:fixed!important;top:0;left:0;right:0;height:var(--bar);z-index:1000;width:100%!important;padding:0 16px;
 background:var(--land);border-bottom:1px solid var(--line);flex-wrap:nowrap!important;align-items:center;gap:12px!important;overflow-x:auto;overflow-y:hidden;
 scrollbar-width:none}
.st-key-bar>*{flex:none} .st-key-bar [data-testid=stHtml]{white-space:nowrap}
.bar-nav{display:flex;gap:2px;align-items:center;height:var(--bar)}
.bar-nav b{font-size:18px;font-weight:600;margin-right:14px;color:var(--text)}
.bar-nav a{color:var(--soft)!important;text-decoration:none!important;padding:0 9px;line-height:calc(var(--bar) - 4px);border-bottom:2px solid transparent;margin-bottom:-1px}
.bar-nav a:hover{color:var(--text)!important} .bar-nav a[aria-current]{color:var(--text)!important;border-color:var(--quiet)}
.bar-clock{font-size:13px;color:var(--soft)} body[data-stale=server] .bar-clock,body[data-stale=data] .bar-clock{color:var(--down);font-weight:600}
.demo{font-size:12px;color:var(--soft);border:1px dashed var(--soft);border-radius:3px;padding:0 6px;line-height:20px;display:inline-block}
@media (max-width:1180px){.bar-nav a{padding:0 6px} .bar-nav b{margin-right:6px}}
/* old data is hatched grey over the panel itself, with the time it stopped */
.panel{position:relative}
body:is([data-stale=server],[data-stale=data]) .panel::after{content:'';position:absolute;inset:0;z-index:9;pointer-events:none;
 background:repeating-linear-gradient(45deg,color-mix(in srgb,var(--unknown) 45%,transparent) 0 2px,color-mix(in srgb,var(--land) 45%,transparent) 2px 9px)}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media print{.st-key-bar{display:none!important}}
"""

MAP = """
.stMainBlockContainer{padding:0!important;max-width:none!important} .stMain{overflow:hidden!important}
.st-key-map{position:fixed!important;inset:var(--bar) 0 0 0;height:calc(100dvh - var(--bar))!important;width:100vw!important;z-index:0}
.st-key-map *:focus{outline:none} .st-key-map [data-testid=stElementToolbar]{display:none}
[data-testid=stDeckGlJsonChartZoomButton]{top:auto!important;bottom:24px;right:24px!important}
.st-key-top{position:fixed!important;top:calc(var(--bar) + 12px);left:12px;right:12px;z-index:5;width:auto!important;pointer-events:none;flex-wrap:wrap!important;gap:8px!important}
.st-key-top>*{pointer-events:auto}
.st-key-top :is(input,[data-baseweb=input]){background:var(--card)}
.st-key-found,.st-key-legend,.st-key-card{background:var(--card);border:1px solid var(--line);border-radius:6px;z-index:6}
.st-key-found{position:fixed!important;top:calc(var(--bar) + 56px);left:12px;width:300px!important;padding:4px;gap:0!important;box-shadow:0 2px 12px rgba(0,0,0,.16)}
.st-key-found button{justify-content:flex-start;text-align:left;min-height:32px;border:0;background:none}
.st-key-legend{position:fixed!important;bottom:12px;left:12px;width:auto!important;max-width:calc(100vw - 100px);padding:6px 12px;font-size:13px}
.st-key-card{position:fixed!important;top:calc(var(--bar) + 12px);right:12px;width:340px!important;max-height:calc(100dvh - var(--bar) - 24px);overflow-y:auto;padding:14px 16px;
 box-shadow:0 2px 12px rgba(0,0,0,.16)}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:center} .legend .n{color:var(--soft);margin-left:3px}
"""
