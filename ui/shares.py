"""Who has linked how many cameras, against the 20 % goal: a compact table of bars, worst first."""

from collections.abc import Hashable
from html import escape
from typing import Any

from data.geography import load_provinces
from ui import cache
from ui.words import percent, pick, t

FULL = 0.5  # share at which a bar fills its track: beyond twice the goal there is nothing to tell


def bars(by: str) -> str:
    """Return the table by `province` or `agency` as HTML."""
    table = cache.linked_share(by)
    said = _province_names() if by == "province" else {}
    rows = "".join(_row(row, said.get(row["name"], row["name"])) for row in table.to_dict("records"))
    heading = (
        f'<h2>{escape(t(f"overview.linked_{by}"))}<span class="goal">│ {escape(t("overview.goal"))}</span></h2>'
    )
    return f'{heading}<div class="scroll" tabindex="0"><table class="shares"><tbody>{rows}</tbody></table></div>'


def _province_names() -> dict[str, str]:
    known = load_provinces()
    return {th: pick(th, en) for th, en in zip(known["name_th"], known["name_en"], strict=True)}


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
