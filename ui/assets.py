"""What the app serves under /assets/ that is drawn here, not kept in a file."""

from ui import basemap, glyphs, labels, layers


def files() -> dict[str, tuple[bytes, str]]:
    """Return name -> (content, media type): atlases, map styles, outlines and places."""
    return {**glyphs.files(), **labels.files(), **basemap.files(), **layers.files()}
