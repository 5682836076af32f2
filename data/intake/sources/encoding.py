"""Bytes of a text file -> which encoding they are in: UTF-8 or UTF-16 by mark, UTF-8, else Thai cp874."""

import codecs
from pathlib import Path

from data.intake.sources.record import SourceError

_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_UTF8_THAI = (b"\xe0\xb8", b"\xe0\xb9")  # every Thai letter in UTF-8 begins with one of these


def encoding_of(path: Path) -> tuple[str, int]:
    """
    Return (encoding, line breaks) of a text file, having decoded all of it.

    Raises
    ------
    SourceError
        If it is no text, or text with a fault in the middle: guessing there would fill the inventory with rubbish.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is None and b"\x00" in head:
        raise SourceError(f"{path.name} is no text and no known format; save the list as .xlsx or .csv")
    for name in [marked] if marked else ["utf-8", "cp874"]:
        try:
            return name, _read_through(path, name)
        except UnicodeDecodeError as error:
            if marked or any(sign in head for sign in _UTF8_THAI):
                raise SourceError(
                    f"{path.name} is {name} with a broken character ({error.reason}); save it again as UTF-8"
                ) from None
    raise SourceError(f"{path.name} is neither UTF-8 nor Thai cp874 text; save it again as UTF-8")


def _read_through(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if "\x00" in text:
                raise SourceError(f"{path.name} holds NUL bytes, so it is no text; save the list as .xlsx or .csv")
            lines += text.count("\n")
    decoder.decode(b"", final=True)
    return lines
