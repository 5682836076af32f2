"""Rows of the table: a figure, and the target it has to meet if there is one."""

from typing import Any

Row = dict[str, Any]


def just(what: str, value: float, unit: str) -> Row:
    """Row of a figure without target."""
    return {"what": what, "value": round(float(value), 4), "unit": unit, "target": None, "met": None}


def at_most(what: str, value: float, unit: str, most: float) -> Row:
    """Row of a figure that may not be larger."""
    return just(what, value, unit) | {"target": f"<= {most:g}", "met": bool(value <= most)}


def at_least(what: str, value: float, unit: str, least: float) -> Row:
    """Row of a figure that may not be smaller."""
    return just(what, value, unit) | {"target": f">= {least:g}", "met": bool(value >= least)}
