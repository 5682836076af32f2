"""How long work says how far it is: a function the front door hands down."""

from collections.abc import Callable

Tick = Callable[[int, int, str], None]  # done, total, what


def quiet(done: int, total: int, what: str) -> None:
    """Say nothing."""
