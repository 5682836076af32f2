"""A file -> the source it comes from, by what is in it; its name decides nothing."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from data.intake.sources import bmatraffic, csv_table, geojson, gpkg, json_text, longdo, milestone, osm, xlsx
from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import Feed, SourceError

READERS: dict[str, Callable[[Path], Feed]] = {
    module.NAME: module.read for module in (csv_table, xlsx, geojson, gpkg, longdo, bmatraffic, osm, milestone)
}
_MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|[a-z]+[\s>/])", re.IGNORECASE)


def open_feed(path: Path, source: str | None = None) -> Feed:
    """
    Return the feed of a file.

    Parameters
    ----------
    source
        A name of READERS; recognised from the content unless given.

    Raises
    ------
    SourceError
        If the file is missing, empty, broken or nothing we know.
    """
    if source is not None and source not in READERS:
        raise SourceError(f"there is no source {source!r}; there are {', '.join(READERS)}")
    if not path.is_file():
        raise SourceError(f"{path} is not there, or is no file; check the name")
    try:
        if path.stat().st_size == 0:
            raise SourceError(f"{path.name} is empty; export the list again")
        return READERS[source or recognise(path)](path)
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read ({error.strerror}); check its permissions") from error


def recognise(path: Path) -> str:
    """Return the name of the source a file comes from."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(b"SQLite format 3\x00"):
        return gpkg.NAME
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceError(f"{path.name} is an old .xls (or locked) workbook; save it as .xlsx without a password")
    encoding, _ = encoding_of(path)
    with path.open(encoding=encoding) as text:
        start = text.read(200_000).lstrip()
    if not start:
        raise SourceError(f"{path.name} is empty; export the list again")
    return _of_text(path, start, encoding)


def _zipped(path: Path) -> str:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if "doc.kml" in archive.namelist():
                raise SourceError(f"{path.name} is a KMZ of Google Earth; export the places as GeoJSON or .csv")
    return xlsx.NAME


def _of_text(path: Path, start: str, encoding: str) -> str:
    if bmatraffic.MARK.search(start) or (
        _MARKUP.match(start) and bmatraffic.MARK.search(path.read_text(encoding))
    ):
        return bmatraffic.NAME
    if _MARKUP.match(start):
        raise SourceError(f"{path.name} is a page or XML, not a list we know; export it as .csv, .xlsx or GeoJSON")
    if start[0] in "{[" or json_text.is_call(start):
        return _of_json(path)
    return milestone.NAME if milestone.is_hardware(csv_table.headings(path, encoding)) else csv_table.NAME


def _of_json(path: Path) -> str:
    content, _ = json_text.load(path)
    match content:
        case {"features": [{"properties": dict() as tags}, *_]} if osm.is_surveillance(tags):
            return osm.NAME
        case {"type": "FeatureCollection"}:
            return geojson.NAME
        case {"elements": list()}:
            return osm.NAME
        case [{"camid": _}, *_]:
            return longdo.NAME
    raise SourceError(f"{path.name} is JSON of a kind we do not know; export it as GeoJSON or .csv")
