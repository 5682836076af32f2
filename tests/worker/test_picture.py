from datetime import UTC, datetime, timedelta

import numpy as np
from PIL import Image, ImageFilter

from tests.worker.street import picture
from worker.picture import Memory, find_fault, is_same, judge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def scene(seed: int = 0) -> np.ndarray:
    return picture(320, 180, seed)[:, :, 0]


def test_a_street_by_day_is_healthy():
    assert find_fault(scene()) == ""


def test_a_dark_street_by_night_is_not_black():
    assert find_fault((scene() // 6).astype(np.uint8)) == ""


def test_a_lens_cap_a_cloth_and_a_lens_out_of_focus_are_told_apart():
    rng = np.random.default_rng(1)
    assert find_fault(rng.normal(16, 1.5, (180, 320)).clip(0, 255).astype(np.uint8)) == "black"
    assert find_fault(rng.normal(120, 4, (180, 320)).clip(0, 255).astype(np.uint8)) == "covered"
    blurred = Image.fromarray(scene()).filter(ImageFilter.GaussianBlur(5))
    assert find_fault(np.asarray(blurred)) == "blurred"


def test_two_pictures_of_a_still_scene_are_not_the_same():
    assert not is_same(scene(0), scene(1))
    assert is_same(scene(0), scene(0))
    assert not is_same(scene(0), scene(0)[:90])


def follow(*looks: tuple[str, bool], moving: bool = True, apart_s: float = 15) -> list[str | None]:
    memory, verdicts = Memory(), []
    for number, (fault, same) in enumerate(looks):
        at = NOON + timedelta(seconds=apart_s * number)
        memory, verdict = judge(memory, fault, same=same, moving=moving, at=at)
        verdicts.append(verdict)
    return verdicts


def test_a_fault_needs_two_pictures_in_a_row_and_one_healthy_picture_heals():
    assert follow(("black", False), ("black", True), ("", False)) == [None, "black", ""]
    assert follow(("black", False), ("covered", False), ("covered", False)) == [None, None, "covered"]


def test_a_stream_is_frozen_after_twenty_seconds_of_one_picture():
    assert follow(("", False), ("", True), ("", True)) == ["", None, "frozen"]


def test_a_single_picture_may_rest_for_minutes():
    assert follow(*[("", False)] + 5 * [("", True)], moving=False)[-1] is None
    assert follow(*[("", False)] + 5 * [("", True)], moving=False, apart_s=61)[-1] == "frozen"
