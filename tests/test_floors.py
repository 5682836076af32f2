"""The rule of the floors: imports go down, never up, never in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "geo": {"geo"},
    "data": {"data", "geo"},
    "worker": {"worker", "data"},
    "web": {"web", "data", "geo"},
    "ui": {"ui", "data", "geo"},
    "pages": {"ui", "data", "geo"},
    "demo": {"demo", "data", "geo"},
    "app.py": {"ui", "web"},
    "commands": {"commands", "data", "geo"},
    "cli.py": {"commands", "data", "worker", "demo", "web"},
}
HOMES = {
    "streamlit": {"ui", "pages", "app.py"},
    "pydeck": {"ui"},
    "folium": {"ui"},
    "sqlmodel": {"data"},
    "sqlalchemy": {"data"},
    "streamlink": {"worker"},
    "aiohttp": {"worker"},
    "av": {"worker", "demo"},
    "typer": {"commands", "cli.py"},
    "fsspec": {"data"},
    "rasterio": {"data"},
    "typst": {"data"},
}
LONGEST_LINES = 400


def files(floor: str) -> list[Path]:
    """Python files of a floor, or the one file that is a floor by itself."""
    place = HOUSE / floor
    return [place] if place.is_file() else sorted(p for p in place.rglob("*.py") if "node_modules" not in p.parts)


def modules(file: Path) -> set[str]:
    """Return the full names of the modules a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def imports(floor: str) -> set[str]:
    """Return the top-level packages a floor imports."""
    return {name.split(".")[0] for file in files(floor) for name in modules(file)}


@pytest.mark.parametrize("floor", MAY_IMPORT)
def test_imports_go_down_the_floors(floor):
    ours = {name.removesuffix(".py") for name in MAY_IMPORT}
    allowed = {name.removesuffix(".py") for name in MAY_IMPORT[floor]}
    assert files(floor), f"{floor} is empty"
    assert imports(floor) & ours <= allowed


@pytest.mark.parametrize("library", HOMES)
def test_libraries_stay_in_their_rooms(library):
    assert {floor for floor in MAY_IMPORT if library in imports(floor)} <= HOMES[library]


@pytest.mark.parametrize("page", files("pages"), ids=lambda page: page.stem)
def test_no_page_knows_another_page(page):
    assert not {name for name in modules(page) if name.split(".")[0] == "pages"}


def test_modules_do_not_import_each_other_in_a_circle():
    known = {
        ".".join(file.relative_to(HOUSE).with_suffix("").parts): file
        for floor in MAY_IMPORT
        for file in files(floor)
    }
    arrows = {name: {m for m in modules(file) if m in known} for name, file in known.items()}
    assert list(TopologicalSorter(arrows).static_order())  # raises CycleError, naming the circle


@pytest.mark.parametrize("floor", [*MAY_IMPORT, "tests"])
def test_no_room_is_too_large_to_read(floor):
    assert [file.name for file in files(floor) if len(file.read_text().splitlines()) > LONGEST_LINES] == []


@pytest.mark.parametrize("floor", ["geo", "data"])
def test_nothing_below_the_worker_reads_the_clock(floor):
    calls = {
        f"{file.name}:{node.lineno}"
        for file in files(floor)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"datetime.now", "time.time", "datetime.utcnow"}
    }
    assert calls == set()
