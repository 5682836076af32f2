"""JSON and JSONP of a file as Python values, with every way it can be broken told in one sentence."""

import json
import re
from pathlib import Path
from typing import Any

from data.intake.sources.encoding import encoding_of
from data.intake.sources.record import SourceError

BYTES_MOST = 150_000_000  # a few hundred thousand cameras; as Python values ten times as much
_CALL = re.compile(r"^\s*(?:/\*.{0,200}?\*/\s*)?(?:typeof\s[^;]{0,200};\s*)?[\w$.]{1,100}\s*\(", re.DOTALL)


def load(path: Path) -> tuple[Any, str]:
    """
    Return (value, encoding) of a JSON or JSONP file.

    Raises
    ------
    SourceError
        If it is too large, not text or not JSON.
    """
    if path.stat().st_size > BYTES_MOST:
        raise SourceError(
            f"{path.name} is larger than {BYTES_MOST // 1_000_000} MB; save the list as .csv or .gpkg"
        )
    encoding, _ = encoding_of(path)
    content = path.read_text(encoding=encoding)
    if called := _CALL.match(content):
        content = content[called.end() : content.rindex(")")] if ")" in content else ""
    try:
        return json.loads(content), encoding
    except RecursionError:
        raise SourceError(f"{path.name} nests brackets deeper than any camera list; it is no list") from None
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "a number"
        raise SourceError(f"{path.name} is no valid JSON near {where}; the file may be only half there") from None


def is_call(start: str) -> bool:
    """Return whether text begins like JSONP: a function's name, a bracket, a value."""
    called = _CALL.match(start)
    return called is not None and start[called.end() :].lstrip()[:1] in ("[", "{")
