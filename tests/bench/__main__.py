"""
The measurements: `python -m tests.bench [NAME ...] [--json] [--write]`.

A measurement is a module beside this one with `measure() -> Iterable[Row]`; its parts may lie in a folder,
such as `million`. Times vary with the machine, so the figures to trust are ratios of two ways measured in one run.
"""

import argparse
import importlib
import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "docs" / "performance.md"
NAMES = sorted(file.stem for file in HERE.glob("[a-z]*.py"))
Row = dict[str, Any]  # what, value, unit, target, met


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure, and print a row a figure."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; all unless given")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    parser.add_argument("--write", action="store_true", help="put the rows into docs/performance.md")
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in NAMES:
            parser.error(f"there is no measurement {name!r}; there are {', '.join(NAMES)}")
    for name in chosen.names or NAMES:
        rows: list[Row] = []
        for row in importlib.import_module(f"tests.bench.{name}").measure():
            rows.append(row)
            print(json.dumps(row, ensure_ascii=False) if chosen.json else text(row), flush=True)
        if chosen.write:
            write(name, rows)


def text(row: Row) -> str:
    verdict = {True: "met", False: "NOT MET", None: ""}[row["met"]]
    return f"{row['what']:<72} {figure(row['value']):>12} {row['unit']:<8} {row['target'] or '':<14} {verdict}"


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(name: str, rows: list[Row]) -> None:
    """Replace one measurement's section of the page, with machine and date."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    lines = [
        f"## {name}",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}.",
        "",
        "| what | value | unit | target | met |",
        "| --- | ---: | --- | --- | --- |",
        *(
            f"| {r['what']} | {figure(r['value'])} | {r['unit']} | {r['target'] or ''} | "
            f"{ {True: 'yes', False: 'no', None: ''}[r['met']] } |"
            for r in rows
        ),
        "",
    ]
    page = TABLE.read_text(encoding="utf-8")
    section = re.compile(rf"^## {name}\n.*?(?=^## |\Z)", flags=re.M | re.S)
    body = "\n".join(lines) + "\n"
    page = section.sub(lambda _: body, page) if section.search(page) else page.rstrip("\n") + "\n\n" + body
    TABLE.write_text(page.rstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
