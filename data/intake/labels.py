"""The text of a camera list as it may be kept: names, agencies and codes without secrets, in one writing."""

import hashlib

import numpy as np
import pandas as pd

from data.cells import BLANK
from data.intake.remarks import Mask, Remarks
from data.sealing import HINT, digest_key, redact

TEXT_MOST = 400
CODE_MOST = 100
_CONTROLS = "[\\x00-\\x20\\x7f\u0080-\u00a0\u2028\u2029]+"  # without \s, which data frames run slowly
_UNSEEN = "[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"  # they hide or turn what is read
_SECRET_RULE = "an internal address, user name or password may not stand in open text"  # noqa: S105


def tidy(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells without outer spaces; those that only say "nothing here" become missing."""
    tidied = {}
    for name, column in cells.items():
        plain = column.str.strip()
        tidied[name] = plain.where(~plain.str.lower().isin([*BLANK, ""]))
    return pd.DataFrame(tidied, index=cells.index)


def open_text(column: "pd.Series[str]", heading: str, remarks: Remarks) -> "pd.Series[str]":
    """Return text on one line, without hidden signs, without secrets, of bearable length; changes are remarked."""
    plain = _one_line(column)
    clean = _redacted(plain)
    secret = _differs(plain, clean)
    remarks.repair(secret, heading, clean, _SECRET_RULE, "take it out of the list; it was left out here")
    long = (clean.str.len() > TEXT_MOST).fillna(False).to_numpy(dtype=bool)
    if long.any():
        remarks.repair(
            long, heading, clean, f"text has at most {TEXT_MOST} characters", "shorten it; it was cut here"
        )
        clean = clean.str.slice(0, TEXT_MOST)
    return clean


def open_codes(column: "pd.Series[str]", heading: str, remarks: Remarks, *, make_key: bool) -> "pd.Series[str]":
    """Return codes; one that would tell an internal address is replaced by a digest, always the same."""
    plain = _one_line(column)
    remarks.reject(plain.isna().to_numpy(), heading, column, "a camera needs a code", "give it one that stays")
    long = (plain.str.len() > CODE_MOST).fillna(False).to_numpy(dtype=bool)
    remarks.reject(long, heading, plain, f"a code has at most {CODE_MOST} characters", "shorten it")
    clean = _redacted(plain)
    secret = _differs(plain, clean)
    if secret.any():
        remarks.repair(
            secret, heading, clean, _SECRET_RULE, "give the camera another code; it got a random one here"
        )
        key = digest_key("code", make=make_key)
        plain = plain.mask(
            secret, pd.Series([_digest(str(code), key) for code in plain], index=plain.index, dtype="str")
        )
    return plain


def built_codes(names: "pd.Series[str]", lon: pd.Series, lat: pd.Series) -> "pd.Series[str]":
    """Return codes made of name and position, for lists without any."""
    facts = zip(names.fillna(""), lon.round(6), lat.round(6), strict=True)
    return pd.Series([_digest(f"{name}|{x:.6f}|{y:.6f}") for name, x, y in facts], index=names.index, dtype="str")


def by_language(column: "pd.Series[str]") -> tuple["pd.Series[str]", "pd.Series[str]"]:
    """Return (Thai, other): each text stands in the one its letters belong to."""
    thai = column.str.contains("[ก-๙]", regex=True).fillna(False).to_numpy(dtype=bool)
    return column.where(thai), column.where(~thai)


def _one_line(column: "pd.Series[str]") -> "pd.Series[str]":
    for pattern, instead in ((_UNSEEN, ""), (_CONTROLS, " ")):
        column = column.str.replace(pattern, instead, regex=True)
    column = column.str.strip()
    return column.where(column != "")


def _redacted(column: "pd.Series[str]") -> "pd.Series[str]":
    codes, uniques = pd.factorize(column)
    texts = pd.Series(uniques, dtype="str")
    suspect = np.flatnonzero(texts.str.contains(HINT, regex=True))
    if not len(suspect):
        return column
    clean = texts.to_numpy(dtype=object, copy=True)
    clean[suspect] = [redact(text) for text in clean[suspect]]
    return pd.Series(np.array([*clean, None], dtype=object)[codes], index=column.index, dtype="str")


def _differs(before: "pd.Series[str]", after: "pd.Series[str]") -> Mask:
    return ((before != after) & before.notna()).fillna(False).to_numpy(dtype=bool)


def _digest(text: str, key: bytes = b"") -> str:
    return f"K-{hashlib.blake2b(text.encode(), key=key, digest_size=6).hexdigest()}"
