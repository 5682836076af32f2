"""The ground of cameras in a real browser: one coat, whose colour is that of the best that sees a place."""

import numpy as np
import pytest

from data.models import Status
from tests.browser.test_map_component import MATES, fail, open_map, page, served, spot  # noqa: F401
from tests.browser.test_map_component import picture as drawn_now
from tests.serving import until

BEHIND = 1  # 50 m west of the mast, and sees 83 m far
AHEAD_PX = 40  # east of the mast, where both of its cameras look
LAND, UP, DOWN = (247, 246, 242), (0, 114, 178), (213, 94, 0)
SOLID, LOST = 52 / 255, 80 / 255  # opacities of certain ground, see ui/tilelayers.py

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def over_land(colour: tuple[int, int, int], opacity: float) -> np.ndarray:
    return np.array(LAND) * (1 - opacity) + np.array(colour) * opacity


def test_ground_that_two_cameras_see_is_painted_once_and_stays_covered_while_one_of_them_works(page, served):  # noqa: F811
    open_map(page, served)
    x, y = (round(value) for value in spot(page, MATES[0]))

    def ahead() -> np.ndarray:
        return np.median(drawn_now(page)[y - 3 : y + 4, x + AHEAD_PX - 3 : x + AHEAD_PX + 4], axis=(0, 1))

    def is_like(colour: tuple[int, int, int], opacity: float) -> bool:
        return bool((np.abs(ahead() - over_land(colour, opacity)) <= 3).all())

    until(lambda: is_like(UP, SOLID), "ground in the tint of one working camera")
    fail(served.db, MATES[1], Status.DOWN)
    page.wait_for_timeout(4000)
    assert is_like(UP, SOLID)
    for camera in (MATES[0], BEHIND):
        fail(served.db, camera, Status.DOWN)
    until(lambda: is_like(DOWN, LOST), "ground in the tint of cameras that are down")
