"""Availability added up over agencies, provinces or cameras: figures as a table, never without unknown time."""

import numpy as np
import pandas as pd


def grouped(known: pd.DataFrame, cameras: pd.DataFrame, by: str) -> pd.DataFrame:
    """
    Availability by group, worst first; groups nobody ever watched come last.

    Parameters
    ----------
    known
        As `data.watch.availability.by_camera` gives it.
    cameras
        id, code, owner, province.
    by
        "agency" (the owner), "province" or "camera".

    Returns
    -------
    table
        name, cameras, availability (0-1, NaN if never watched), unknown (share of all time), down_s, outages,
        mttr_s (NaN without a repair). A camera's row also has camera_id.
    """
    facts = cameras[["id", "code", "owner", "province"]].merge(known, left_on="id", right_on="camera_id")
    facts["repairing_s"] = facts["mttr_s"].fillna(0) * facts["repairs"]
    column = {"agency": "owner", "province": "province", "camera": "id"}[by]
    sums = facts.assign(cameras=1).groupby(column, dropna=False, observed=True)[
        ["cameras", "watched_s", "down_s", "unknown_s", "outages", "repairs", "repairing_s"]
    ].sum()  # fmt: skip
    table = pd.DataFrame(
        {
            "name": sums.index,
            "cameras": sums["cameras"],
            "availability": 1 - _ratio(sums["down_s"], sums["watched_s"]),
            "unknown": _ratio(sums["unknown_s"], sums["unknown_s"] + sums["watched_s"]),
            "down_s": sums["down_s"],
            "outages": sums["outages"],
            "mttr_s": _ratio(sums["repairing_s"], sums["repairs"]),
        }
    ).reset_index(drop=True)
    if by == "camera":
        codes = facts.set_index("id")["code"]
        table["camera_id"], table["name"] = table["name"], table["name"].map(codes)
    order = ["availability", "down_s"]
    return table.sort_values(order, ascending=[True, False], na_position="last", ignore_index=True)


def total(known: pd.DataFrame) -> pd.Series:
    """Return the same figures over all cameras at once."""
    nobody = pd.DataFrame({"id": known["camera_id"], "code": "", "owner": "", "province": ""})
    table = grouped(known, nobody, "agency")
    return table.iloc[0] if len(table) else pd.Series(dtype=float)


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0, np.nan)
