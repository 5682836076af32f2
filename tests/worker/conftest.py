"""What the worker's tests share: a street of cameras on this machine."""

from collections.abc import Iterator

import pytest

from data.database import Database
from tests.worker.street import Street
from tests.worker.studio import Studio


@pytest.fixture
def street() -> Iterator[Street]:
    """Cameras that answer as the test tells them."""
    with Street() as opened:
        yield opened


@pytest.fixture
def studio(database: Database) -> Studio:
    """A photographer of the cameras on the street."""
    return Studio(database)
