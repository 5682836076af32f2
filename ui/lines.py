"""What lines that are watched are called on a page."""

from data.geography import SHIPPED_LINES
from ui import cache
from ui.words import pick


def title(line: str) -> str:
    """Return a line, by its name, as people read it."""
    found = cache.watched(line)
    return pick(found.title_th, found.title_en)


def named(line: str) -> str:
    """Return a line as a sentence names it: what people call a line of theirs stands in quotes."""
    return title(line) if line in SHIPPED_LINES else f"“{title(line)}”"
