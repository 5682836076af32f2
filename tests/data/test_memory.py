"""Memory of a process that lives for years."""

import gc
import weakref

import pytest

from data import memory


class Knot:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before():
    yield
    gc.unfreeze()


def test_what_was_alive_once_and_is_garbage_now_is_let_go():
    knot = Knot()
    seen = weakref.ref(knot)
    memory.settle()
    del knot
    assert seen() is not None
    memory.settle()
    assert seen() is None


def test_what_stays_is_left_out_of_later_collections():
    knot = Knot()
    memory.settle()
    assert gc.get_freeze_count() > 0
    assert knot.itself is knot
