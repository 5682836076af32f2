"""Stream and snapshot addresses of a camera list: which can be meant, and what is wrong with the others."""

import re
from urllib.parse import urlsplit

SCHEMES = ("rtsp", "rtsps", "http", "https")
_LONGEST = 2_000
_PLACEHOLDERS = ("X.X.X.X", "x.x.x.x", ":YYYY", "//<", "//{")
_PLAIN = re.compile(r"(?:rtsp|http)s?://(?:[^\s/?#@]+@)?[a-zA-Z0-9.-]+(?::\d{1,4})?(?:[/?#][!-~]*)?")


def address_fault(address: str) -> str | None:
    """Return the rule an address breaks, or None for one that may be tried."""
    if len(address) > _LONGEST or not address.isprintable() or " " in address:
        return f"an address is one word of at most {_LONGEST} characters"
    if any(mark in address for mark in _PLACEHOLDERS):
        return "the address is a placeholder, not a camera's"
    if "tempsus" in address:
        return "the stream is suspended"
    if _PLAIN.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme.lower() not in SCHEMES or not host:
        return f"an address begins with {', '.join(SCHEMES)} and a host"
    return None
