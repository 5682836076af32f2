"""The C library's memory, told to keep little: else what a load takes in passing stays with the process."""

import ctypes
from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # of glibc's malloc.h


def give_back() -> None:
    """Hand memory that is free back to the system, where the C library can; takes some milliseconds."""
    if _LIBRARY is not None:
        _LIBRARY.malloc_trim(0)


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
