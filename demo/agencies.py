"""Invented agencies; every name carries a mark, so that nobody takes one for the real thing."""

import numpy as np
import pandas as pd

from data.geography import load_provinces

MARK, _MARK_EN = " (สาธิต)", " (demo)"
LINKER = f"ศูนย์เชื่อมโยงกล้องกลาง{MARK}"
_ROADS = f"หน่วยทางหลวง{MARK}"
_POLICE = f"หน่วยตำรวจท้องที่{MARK}"
_BORDER = f"หน่วยเฝ้าระวังชายแดน{MARK}"
_GATE = f"หน่วยด่านตรวจและท่าอากาศยาน{MARK}"
_MAINTAINERS = tuple(f"ผู้รับจ้างบำรุงรักษา {letter}{MARK}" for letter in "กขค")
_NATIONAL = {
    LINKER: "Central camera linking centre",
    _ROADS: "Highways unit",
    _POLICE: "Local police unit",
    _BORDER: "Border watch unit",
    _GATE: "Checkpoint and airport unit",
} | {name: f"Maintenance contractor {letter}" for name, letter in zip(_MAINTAINERS, "ABC", strict=True)}


def names() -> dict[str, str]:
    """English name of every demo agency by its Thai name."""
    held = {name: f"{english}{_MARK_EN}" for name, english in _NATIONAL.items()}
    for province in load_provinces().itertuples():
        for thai, english in (("เทศบาลตัวอย่าง", "Sample municipality"), ("อบต.ตัวอย่าง", "Sample subdistricts")):
            held[f"{thai} จ.{province.name_th}{MARK}"] = f"{english}, {province.name_en}{_MARK_EN}"
    return held


def owners(cameras: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Owner of each camera of a province: by role and by lot; needs role and province."""
    lot = rng.random(len(cameras))
    return [
        _owner(role, province, float(drawn))
        for role, province, drawn in zip(cameras["role"], cameras["province"], lot, strict=True)
    ]


def maintainers(number: int, rng: np.random.Generator) -> list[str | None]:
    """Maintainer of each camera; some have none."""
    held = (*_MAINTAINERS, None)
    return [held[at] for at in rng.choice(len(held), number, p=(0.4, 0.3, 0.18, 0.12))]


def _owner(role: str, province: str, drawn: float) -> str:
    if role == "border":
        return _BORDER if drawn < 0.7 else f"อบต.ตัวอย่าง จ.{province}{MARK}"
    if role == "spot":
        return _GATE
    if drawn < 0.10:
        return _ROADS
    if drawn < 0.22:
        return _POLICE
    return f"{'เทศบาลตัวอย่าง' if drawn < 0.66 else 'อบต.ตัวอย่าง'} จ.{province}{MARK}"
