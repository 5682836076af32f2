"""What the worker's tests share: a street of cameras on this machine."""

from collections.abc import Iterator

import pytest

from tests.worker.street import Street


@pytest.fixture
def street() -> Iterator[Street]:
    """Cameras that answer as the test tells them."""
    with Street() as opened:
        yield opened
