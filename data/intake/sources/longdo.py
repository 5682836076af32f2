"""
The Longdo / iTIC feed of traffic cameras, as JSON or JSONP.

Its `lastupdate` is a filler, not freshness. Titles carry province and district.
"""

import re
from pathlib import Path
from typing import Any

from data.intake.sources import json_text
from data.intake.sources.record import Feed, SourceError, rows_of

NAME = "longdo"
COLUMNS = {
    "code": "camid",
    "name": "title",
    "owner": "organization",
    "province": "title",
    "district": "title",
    "lon": "longitude",
    "lat": "latitude",
    "stream": "hls_url",
    "snapshot": "imgurl",
}
_PROVINCE = re.compile(r"จ\.\s*([^\s)]+)")
_DISTRICT = re.compile(r"อ\.\s*([^\s)]+)")


def read(path: Path) -> Feed:
    """Return the feed of a saved Longdo answer."""
    content, encoding = json_text.load(path)
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise SourceError(
            f"{path.name} is no list of cameras as Longdo sends it; save the answer of the feed again"
        )
    records = [_record(entry) for entry in content]
    return Feed(NAME, rows_of(records, tuple(COLUMNS), {}), len(records), COLUMNS, encoding=encoding)


def _record(entry: dict[str, Any]) -> dict[str, object]:
    title = str(entry.get("title") or "")
    province, district = _PROVINCE.search(title), _DISTRICT.search(title)
    return {
        **{field: entry.get(key) for field, key in COLUMNS.items()},
        "province": province[1] if province else None,
        "district": district[1] if district else None,
        "stream": entry.get("hls_url") or entry.get("vdourl"),
    }
