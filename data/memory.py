"""Memory of a process that lives for years: what is free goes back to the system, what stays is not searched."""

import ctypes
import gc
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of glibc's malloc.h


def give_back() -> None:
    """Hand memory that is free back to the system, where the C library can; takes some milliseconds."""
    if _LIBRARY is not None:
        _LIBRARY.malloc_trim(0)


def collect_rarely() -> None:
    """
    Let the garbage collector run after tens of thousands of new objects, not after hundreds.

    With a country of cameras in memory it took two fifths of the worker's time.
    """
    gc.set_threshold(50_000, 50, 1_000)


def settle() -> None:
    """Collect all garbage, and leave what stays out of the collections until this is called again."""
    gc.unfreeze()  # what was alive the last time may be garbage now
    gc.collect()
    gc.freeze()


def _c_library() -> ctypes.CDLL | None:
    """Return the C library, told that large arrays go back to the system as soon as they are let go."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, 2)  # else each thread keeps a store of its own
        library.mallopt(_MMAP_THRESHOLD, 2**20)
        library.malloc_trim  # noqa: B018  (not every C library has it)
        return library
    return None


_LIBRARY = _c_library()
