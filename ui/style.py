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


def chosen(word: str) -> Theme:
    """Return the theme a link asks for; anything but "light" is dark."""
    return "light" if word == "light" else "dark"


def send(*sheets: str, shown: Theme | None = None) -> None:
    """Send the style sheet of the page: the common part and the given ones; `shown` unless the browser decides."""
    drawn = shown or theme()
    st.html(f"<style>{_tokens(palette(drawn), drawn)}{COMMON}{''.join(sheets)}</style>")


def fill(key: str) -> str:
    """Return the rules that make the map `key` fill the nearest positioned box around it."""
    box = f".st-key-{key}"
    parts = ("stElementContainer", "stFullScreenFrame", "stDeckGlJsonChart")
    inner = ",".join(f"[data-testid={part}]" for part in parts)
    return (
        f"{box}{{position:absolute!important;inset:0;height:100%!important;width:100%!important;gap:0}}"
        f"{box} :is({inner}){{height:100%!important;width:100%!important}}"
    )


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
[data-testid=stHeader],[data-testid=stToolbar],[data-testid=stDecoration],[data-testid=stStatusWidget],[data-testid=stSidebar]{display:none!important}
.stApp{font-variant-numeric:tabular-nums;line-height:1.6;background:var(--land)}
.stMainBlockContainer{padding:calc(var(--bar) + 0px) 32px 40px!important;max-width:1680px!important}
@media (max-width:900px){.stMainBlockContainer{padding:var(--bar) 16px 32px!important}}
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
.brand{font-size:18px;font-weight:600;margin-right:6px}
.st-key-bar{position:fixed!important;top:0;left:0;right:0;height:var(--bar)!important;min-height:var(--bar);box-sizing:border-box;z-index:1000;width:100%!important;padding:0 16px;
 background:var(--land);border-bottom:1px solid var(--line);flex-wrap:nowrap!important;align-items:center;gap:12px!important;overflow-x:auto;overflow-y:hidden;
 scrollbar-width:none}
.st-key-bar>*{flex-shrink:0} .st-key-bar [data-testid=stHtml]{white-space:nowrap}
.st-key-bar [data-testid=stPageLink] a,.st-key-bar [data-testid=stPageLink-NavLink]{padding:0 9px!important;min-height:0;background:none!important;border-radius:0;color:var(--soft)!important;
 line-height:calc(var(--bar) - 3px);border-bottom:2px solid transparent}
.st-key-bar [data-testid=stPageLink-NavLink] *{color:inherit!important;font-weight:400}
.st-key-bar [data-testid=stPageLink-NavLink]:hover{color:var(--text)!important}
.switch{background:none;border:0;padding:6px;cursor:pointer;display:block} .switch span{display:block;width:14px;height:14px;border-radius:50%;border:1.5px solid var(--soft);
 background:linear-gradient(90deg,var(--soft) 50%,transparent 50%)} .switch:hover span{border-color:var(--text)}
.bar-clock{font-size:13px;color:var(--soft)} body[data-stale=server] .bar-clock,body[data-stale=data] .bar-clock{color:var(--down);font-weight:600}
.demo{font-size:12px;color:var(--soft);border:1px dashed var(--soft);border-radius:3px;padding:0 6px;line-height:20px;display:inline-block}
@media (max-width:1180px){.st-key-bar{gap:4px!important} .st-key-bar [data-testid=stPageLink-NavLink]{padding:0 6px!important}}
[data-testid=stDeckGlJsonChart] *:focus{outline:none}
[data-testid=stFullScreenFrame]:has([data-testid=stDeckGlJsonChart]) [data-testid=stElementToolbar]{display:none}
/* old data is hatched grey over the panel itself, with the time it stopped */
.panel{position:relative}
body:is([data-stale=server],[data-stale=data]) .panel::after{content:'';position:absolute;inset:0;z-index:9;pointer-events:none;
 background:repeating-linear-gradient(45deg,color-mix(in srgb,var(--unknown) 45%,transparent) 0 2px,color-mix(in srgb,var(--land) 45%,transparent) 2px 9px)}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media print{.st-key-bar{display:none!important}}
"""

OVERVIEW = """
.stMainBlockContainer h2{font-size:15px;font-weight:600;padding:0;margin:0 0 6px;line-height:1.6}
.six{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.six>div{padding:12px 18px 10px;border-left:1px solid var(--line)} .six>div:first-child{border-left:0;padding-left:0}
.six .label{font-size:13px;color:var(--soft);line-height:1.5} .six .value{font-size:32px;font-weight:600;line-height:1.35;white-space:nowrap}
.six .note{font-size:13px;color:var(--soft);line-height:1.5}
@media (max-width:1240px){.six{grid-template-columns:repeat(3,minmax(0,1fr))} .six>div:nth-child(n+4){border-top:1px solid var(--line)}
 .six>div:nth-child(4){border-left:0;padding-left:0}}
@media (max-width:1440px){.six .value{font-size:27px} .six>div{padding-left:14px;padding-right:8px}}
.st-key-split{display:grid!important;grid-template-columns:5fr 4fr 5fr;gap:28px!important;width:100%!important}
.st-key-split>*{min-width:0;width:100%!important}
.st-key-country-box{position:relative;height:100%!important;min-height:560px!important;overflow:hidden;border-radius:6px;border:1px solid var(--line)}
@media (max-width:1100px){.st-key-split{grid-template-columns:1fr 1fr} .st-key-split>:nth-child(3){grid-column:1/3}}
@media (max-width:640px){.st-key-split{grid-template-columns:1fr} .st-key-split>:nth-child(3){grid-column:1}}
.map-key{position:absolute;left:10px;bottom:8px;display:flex;flex-direction:column;font-size:12px;line-height:1.6;color:var(--soft);z-index:3}
.disc{display:inline-block;width:11px;height:11px;border-radius:50%;margin-right:6px;vertical-align:-1px;background:var(--cluster)} .disc.hollow{background:var(--land);border:2px solid var(--unknown)}
.disc.down{background:conic-gradient(var(--down) 28%,transparent 0);mask:radial-gradient(circle,transparent 3px,#000 3.5px)}
.gaps{list-style:none;margin:0!important;padding:0!important}
.gaps li{margin:0!important;border-top:1px solid var(--line);font-size:15px} .gaps li:last-child{border-bottom:1px solid var(--line)}
.gaps a{display:grid;grid-template-columns:1fr auto;gap:0 12px;padding:7px 0;color:var(--text)!important;text-decoration:none!important;align-items:baseline}
.gaps a:hover{background:var(--sea)} .gaps b{font-weight:600;font-size:18px} .gaps small{font-size:13px;color:var(--soft);grid-column:1/3;line-height:1.5;overflow-wrap:anywhere}
.shares{width:100%;border-collapse:collapse;font-size:13px;line-height:1.5} .shares td{padding:2.5px 0;border:0!important;white-space:nowrap}
.shares td:first-child{max-width:150px;overflow:hidden;text-overflow:ellipsis;padding-right:10px} .shares td.bar{width:55%} .shares td.num{text-align:right;padding-left:10px}
.shares .track{position:relative;height:12px;display:block;background:var(--sea)} .shares .track i{position:absolute;left:0;top:0;bottom:0;background:var(--quiet)}
.shares .short .track i{background:color-mix(in srgb,var(--quiet) 55%,var(--sea))} .shares .track u{position:absolute;top:-3px;bottom:-3px;width:0;border-left:1.5px solid var(--text)}
.scroll{max-height:228px;overflow-y:auto;scrollbar-width:thin;border-bottom:1px solid var(--line);margin-bottom:14px}
.goal{float:right;font-weight:400;font-size:13px;color:var(--soft)}
.strip-legend{font-size:13px;color:var(--soft)}
"""

WALL = """
.stMainBlockContainer{padding:0!important;max-width:none!important} .stMain{overflow:hidden!important}
.stApp{background:var(--sea)}
.st-key-wall{position:fixed!important;inset:0;padding:1.6vmin;display:grid!important;grid-template:minmax(0,1fr) auto/60fr 40fr;
 grid-template-areas:'map side' 'strip strip';gap:1.6vmin!important;height:100dvh!important;width:100vw!important}
.st-key-wall>*{min-width:0;min-height:0;width:100%!important;height:100%!important}
.st-key-wall>:nth-child(1){grid-area:map} .st-key-wall>:nth-child(2){grid-area:side} .st-key-wall>:nth-child(3){grid-area:strip}
.st-key-mapbox,.st-key-stripbox{position:relative;height:100%!important;overflow:hidden} .st-key-mapbox{border-radius:6px}
[data-testid=stDeckGlJsonChartZoomButton]{display:none}
.st-key-side{height:100%!important;overflow:hidden;position:relative} .wall-side{position:absolute;inset:0}
@media (min-width:3000px) and (min-height:1600px){.st-key-stripbox>*{zoom:2}}
.wall-side{display:flex;flex-direction:column;gap:2vmin;height:100%}
.wall-clock{display:flex;justify-content:flex-end;gap:1.4vmin;font-size:1.9vmin;color:var(--soft);align-items:center;min-height:3vmin}
.wall-clock [data-clock]{color:var(--text)} body:is([data-stale=server],[data-stale=data]) .wall-clock [data-clock]{color:var(--down);font-weight:600}
.wall-clock .demo{font-size:1.5vmin;line-height:2.2vmin}
.wall-finding{font-size:3.3vmin;line-height:1.42;margin:0;text-wrap:balance} .wall-finding em{font-style:normal;color:var(--gap-live)} .wall-finding .figure{font-weight:600}
.wall-figures{display:grid;grid-template-columns:auto auto auto;gap:2.4vmin;justify-content:space-between}
.wall-figures .value{font-size:6vmin;line-height:1.2;font-weight:600;white-space:nowrap} .wall-figures .unit{font-size:2vmin} .wall-figures .label{font-size:1.75vmin;color:var(--soft);white-space:nowrap}
.wall-list{flex:1;min-height:0;display:flex;flex-direction:column;overflow:hidden} .wall-list h2{font-size:1.9vmin;font-weight:400;color:var(--soft);padding:0 0 .6vmin;margin:0}
.wall-row{display:grid;grid-template-columns:auto 1fr auto;gap:0 1.4vmin;align-items:center;border-top:1px solid var(--line);padding:.7vmin 0;font-size:2vmin;line-height:1.4;flex:none}
.wall-row img{height:4.8vmin;aspect-ratio:16/9;object-fit:cover;border-radius:4px;background:var(--land);color:transparent} .wall-row.first img{height:8.4vmin}
.wall-row .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap} .wall-row small{display:block;font-size:1.7vmin;color:var(--soft);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.wall-row time{font-size:2.1vmin;color:var(--soft)}
.st-key-stripbox [data-testid=stElementToolbar]{display:none}
body:is([data-stale=server],[data-stale=data]) :is(.st-key-mapbox,.st-key-stripbox)::after{content:'';position:absolute;inset:0;z-index:9;
 background:repeating-linear-gradient(45deg,rgba(138,146,153,.5) 0 2px,rgba(14,19,24,.55) 2px 9px)}
body:is([data-stale=server],[data-stale=data]) :is(.st-key-mapbox,.st-key-stripbox)::before{content:var(--stale-text);position:absolute;z-index:10;left:50%;top:50%;
 transform:translate(-50%,-50%);padding:.4em 1em;font-size:2.6vmin;color:var(--text);background:var(--sea);border:1px solid var(--soft);border-radius:6px;white-space:nowrap}
body:is([data-stale=server],[data-stale=data]) .wall-side .panel{filter:grayscale(1);opacity:.55}
"""

MAP = """
.stMainBlockContainer{padding:0!important;max-width:none!important} .stMain{overflow:hidden!important}
.st-key-sheet{position:fixed!important;inset:var(--bar) 0 0 0;height:calc(100dvh - var(--bar))!important;width:100vw!important;z-index:0}
[data-testid=stDeckGlJsonChartZoomButton]{top:auto!important;bottom:86px!important;right:42px!important}
.st-key-sheet *{border-radius:0!important}
.st-key-top{position:fixed!important;top:calc(var(--bar) + 12px);left:12px;right:12px;z-index:5;width:auto!important;pointer-events:none;flex-wrap:wrap!important;gap:8px!important}
.st-key-top>*{pointer-events:auto}
.st-key-top :is(input,[data-baseweb=input],[data-baseweb=input]>div){background:var(--card)!important}
.st-key-found,.st-key-legend,.st-key-card{background:var(--card);border:1px solid var(--line);border-radius:6px;z-index:6}
.st-key-found{position:fixed!important;top:calc(var(--bar) + 56px);left:12px;width:300px!important;padding:4px;gap:0!important;box-shadow:0 2px 12px rgba(0,0,0,.16)}
.st-key-found button{justify-content:flex-start;text-align:left;min-height:32px;border:0;background:none}
.st-key-legend{position:fixed!important;bottom:12px;left:12px;width:auto!important;max-width:calc(100vw - 100px);padding:6px 12px;font-size:13px}
.st-key-card{position:fixed!important;top:calc(var(--bar) + 12px);right:12px;width:340px!important;max-height:calc(100dvh - var(--bar) - 24px);overflow-y:auto;padding:14px 16px;
 box-shadow:0 2px 12px rgba(0,0,0,.16)}
.st-key-close-card{position:absolute!important;top:8px;right:8px;width:auto!important;z-index:2}
.note{margin:4px 8px;font-size:13px} .fine{font-size:12px;line-height:1.5}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:center} .legend .n{color:var(--soft);margin-left:3px}
"""
