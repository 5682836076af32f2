"""Who has linked how many cameras, against the 20 % goal: a compact table of bars, worst first."""

from collections.abc import Hashable
from html import escape
from typing import Any

from ui import cache
from ui.words import percent, province, t

FULL = 0.5  # share at which a bar fills its track: beyond twice the goal there is nothing to tell


def bars(by: str) -> str:
    """Return the table by `province` or `agency` as HTML."""
    table = cache.linked_share(by)
    said = province if by == "province" else str
    rows = "".join(_row(row, said(row["name"])) for row in table.to_dict("records"))
    heading = (
        f'<h2>{escape(t(f"overview.linked_{by}"))}<span class="goal">│ {escape(t("overview.goal"))}</span></h2>'
    )
    return f'{heading}<div class="scroll" tabindex="0"><table class="shares"><tbody>{rows}</tbody></table></div>'


def _row(row: dict[Hashable, Any], said: str) -> str:
    share, short, name = float(row["share"]), int(row["short"]), escape(said)
    width = 100 * min(share / FULL, 1)
    left = t("overview.short", count=f"{short:,}") if short else t("overview.met")
    return (
        f'<tr class="{"short" if short else "met"}"><td title="{name}">{name}</td>'
        f'<td class="bar"><span class="track"><i style="width:{width:.1f}%"></i>'
        f'<u style="left:{100 * cache.LINKED_GOAL / FULL:.0f}%"></u></span></td>'
        f'<td class="num">{percent(share)}%</td><td class="num soft">{escape(left)}</td></tr>'
    )
