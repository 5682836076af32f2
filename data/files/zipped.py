"""Files into one zip, the same bytes for the same files: sorted names, one time, one way to pack."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip knows
_MODE = 0o100644 << 16  # an ordinary file that everybody may read
_UNIX = 3
_PIECE = 1 << 20


def write(files: Mapping[str, Path], path: Path) -> None:
    """Write files under their names into a zip."""
    with ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = ZipInfo(name, _TIME)
            entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, _MODE, _UNIX
            entry.file_size = files[name].stat().st_size
            with archive.open(entry, "w") as out, files[name].open("rb") as file:
                while piece := file.read(_PIECE):
                    out.write(piece)
