"""Health of pictures: every way a camera sees badly against every way it sees well."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.clips import Codec, View, clips
from demo.scenes import SCENES, Look, draw
from tests.worker.street import jpeg
from worker.still.baselines import LEARNT, Base, learn
from worker.still.measures import BLOCKS, Metrics, changed_blocks, measure
from worker.still.picture import BOTTOM, TOP, Memory, find_fault, judge
from worker.still.snapshot import from_image, from_keyframe

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)
NOON_S = NOON.timestamp()
ALL = range(len(SCENES))


def seen(pixels: np.ndarray) -> Metrics:
    """Metrics of a picture as they come out of a camera's JPEG."""
    small = from_image(jpeg(pixels))
    return measure(small.luma, small.colour)


@cache
def scene(number: int, look: Look = Look.CLEAR, *, night: bool = False, at_s: float = NOON_S) -> np.ndarray:
    return draw(number, at_s, look, night=night)


def noisy(pixels: np.ndarray, seed: int, sigma: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, sigma, pixels.shape[:2])[..., None]
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def faded(pixels: np.ndarray, contrast: float, grey: float) -> np.ndarray:
    return grey + (pixels.astype(float) - grey) * contrast


@cache
def usual(number: int, *, night: bool = False) -> Base:
    base = None
    for seed in range(LEARNT + 5):
        base = learn(base, seen(noisy(scene(number, night=night, at_s=NOON_S + seed), seed)))
    assert base is not None
    return base


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("night", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_a_street_is_healthy_by_day_and_by_night_in_fog_and_in_infrared(number: int, night: bool, known: bool):
    clear = scene(number, night=night)
    base = usual(number, night=night) if known else None
    grey = np.repeat(clear.mean(axis=2)[..., None], 3, axis=2)
    for name, pixels in {
        "clear": clear,
        "fog": faded(clear, 0.2, 170),
        "infrared": grey * 0.6 + 40,
        "dim": clear * 0.5 if not night else clear,
        "bright": clear * 1.3,
    }.items():
        assert find_fault(seen(noisy(pixels, 99)), base) == "", name


@pytest.mark.parametrize("number", ALL)
def test_thick_fog_is_no_hand_before_the_lens_where_the_camera_is_known(number: int):
    fog = seen(noisy(faded(scene(number), 0.1, 180), 99, sigma=1))
    assert fog.std < 7
    assert find_fault(fog, usual(number)) == ""


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("look", "fault"),
    [
        (Look.CLEAR, ""),
        (Look.BLACK, "black"),
        (Look.COVERED, "covered"),
        (Look.BLURRED, "blurred"),
        (Look.BARS, "no_signal"),
        (Look.NO_SIGNAL, "no_signal"),
    ],
)
def test_each_fault_is_told_from_the_others_in_coded_video(codec: Codec, known: bool, look: Look, fault: str):
    small = from_keyframe(clips().keyframe(View(0, codec, look), NOON_S), codec.value)
    assert find_fault(measure(small.luma, small.colour), usual(0) if known else None) == fault


@pytest.mark.parametrize("number", ALL)
@pytest.mark.parametrize("night", [False, True])
def test_a_camera_that_was_turned_away_shows_the_same_light_and_another_shape(number: int, night: bool):
    turned = seen(noisy(scene(number, Look.MOVED, night=night), 99))
    assert find_fault(turned, usual(number, night=night)) == "moved"


@pytest.mark.parametrize("number", ALL)
def test_dusk_and_the_switch_to_infrared_do_not_turn_a_camera(number: int):
    day = usual(number)
    assert find_fault(seen(noisy(scene(number, night=True), 5)), day) == ""
    grey = np.repeat(scene(number).mean(axis=2)[..., None], 3, axis=2)
    assert find_fault(seen(noisy(grey * 0.5 + 90, 5)), day) == ""


def test_grey_without_any_grain_is_no_signal_and_a_cloth_is_a_cover():
    flat = np.full((360, 640, 3), 128, np.uint8)
    assert find_fault(seen(flat)) == "no_signal"
    assert find_fault(seen(noisy(flat, 1, sigma=8))) == "covered"
    text = flat.copy()
    text[150:200, 200:440:8] = 255
    text[..., :2] = text[..., :2] // 8  # blue with white letters
    assert find_fault(seen(text)) == "no_signal"


def follow(
    looks: list[tuple[str, bytes]], *, moving: bool = True, apart_s: float = 15, memory: Memory | None = None
) -> list[str | None]:
    memory, verdicts = memory or Memory(), []
    for number, (fault, prints) in enumerate(looks):
        at = NOON + timedelta(seconds=apart_s * number)
        memory, verdict = judge(memory, fault, prints, moving=moving, at=at)
        memory = Memory.unpack(memory.pack())  # as over a restart
        verdicts.append(verdict)
    return verdicts


def prints(*seeds: int) -> list[tuple[str, bytes]]:
    return [("", np.random.default_rng(seed).bytes(BLOCKS)) for seed in seeds]


def test_a_fault_needs_two_pictures_in_a_row_and_one_healthy_picture_heals():
    [(_, a), (_, b), (_, c)] = prints(1, 2, 3)
    assert follow([("black", a), ("black", b), ("", c)]) == [None, "black", ""]
    assert follow([("black", a), ("covered", b), ("covered", c)]) == [None, None, "covered"]
    assert follow([("moved", a), ("moved", b), ("moved", c)]) == [None, None, "moved"]
    assert follow([("garbage", b""), ("garbage", b"")]) == [None, "garbage"]


def test_a_stream_is_frozen_after_twenty_seconds_of_one_picture():
    assert follow(prints(1, 1, 1)) == ["", None, "frozen"]
    assert follow(prints(1, 1, 2, 1, 1)) == ["", None, "", "", None]


def test_a_single_picture_may_rest_for_minutes():
    assert follow(prints(*[1] * 6), moving=False)[-1] is None
    assert follow(prints(*[1] * 6), moving=False, apart_s=61)[-1] == "frozen"


@pytest.mark.parametrize("codec", list(Codec))
def test_a_picture_that_stands_still_is_frozen_though_its_clock_runs_on(codec: Codec):
    view = View(0, codec, frozen_at=NOON_S, clock_runs=True)
    looks = []
    for number in range(7):
        small = from_keyframe(clips().keyframe(view, NOON_S + 14 * number), codec.value)
        looks.append(("", measure(small.luma, small.colour).prints))
    assert looks[0] != looks[1]
    assert follow(looks)[-1] == "frozen"
    assert "frozen" not in follow(looks)[:4]


def test_a_quiet_night_with_hardly_any_grain_is_not_frozen():
    quiet = scene(2, night=True)
    looks = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        grain = rng.integers(-1, 2, quiet.shape[:2])[..., None] * (rng.random(quiet.shape[:2])[..., None] < 0.5)
        small = from_image(jpeg((quiet + grain).clip(0, 255).astype(np.uint8)))
        looks.append(("", measure(small.luma).prints))
    assert set(follow(looks)) == {""}


def test_a_car_at_the_bottom_of_a_picture_without_grain_is_no_clock():
    one, passing = prints(1)[0][1], []
    for number in range(6):
        changed = bytearray(one)
        changed[BLOCKS - 16 + 2 * number] ^= 0x40
        passing.append(("", bytes(changed)))
    assert "frozen" not in follow(passing)


@given(st.binary(min_size=BLOCKS, max_size=BLOCKS), st.sets(st.integers(0, BLOCKS - 1)))
def test_changed_blocks_are_found_where_they_are(one: bytes, where: set[int]):
    other = bytes(byte ^ 0x80 if place in where else byte for place, byte in enumerate(one))
    assert changed_blocks(one, other) == sum(1 << place for place in where)


def test_the_strips_are_the_top_and_the_bottom_of_the_picture():
    assert [place for place in range(BLOCKS) if not (TOP | BOTTOM) >> place & 1] == list(range(32, 112))


def test_a_memory_and_a_baseline_survive_being_packed():
    base = usual(0)
    again = Base.unpack(base.pack())
    assert again is not None
    assert again.learnt
    assert again.turned(seen(scene(0)).gradients) == base.turned(seen(scene(0)).gradients)
    memory = Memory("blurred", 3, bytes(range(BLOCKS)), NOON, 4, NOON - timedelta(minutes=1), TOP | BOTTOM)
    assert Memory.unpack(memory.pack()) == memory
    assert Memory.unpack(b"older") == Memory()
    assert Base.unpack(b"older") is None
    metrics = seen(scene(0))
    packed = Metrics.unpack(metrics.pack())
    assert packed.pack() == metrics.pack()
    assert packed.std == pytest.approx(metrics.std)
    assert (packed.gradients, packed.prints) == (metrics.gradients, metrics.prints)


def day(number: int, at: datetime, rng: np.random.Generator) -> np.ndarray:
    """A street at a time: the sun rises and sets, shadows turn, some mornings are foggy, at night lamps burn."""
    hour = (at + timedelta(hours=7)).hour + at.minute / 60
    light = float(np.clip(np.sin((hour - 6) / 12 * np.pi) * 3, 0, 1))
    pixels = _small(number, night=False, at_s=float(at.timestamp() % 6)) * light
    pixels = pixels + _small(number, night=True, at_s=float(at.timestamp() % 6)) * (1 - light)
    if 6 < hour < 18:
        shadow = np.clip((np.arange(320) / 320 - (hour - 6) / 12) * 6, -1, 1) * 9
        pixels = pixels * (0.85 + 0.15 * np.sin(at.toordinal())) + shadow[None, :]
    if hour < 8 and at.toordinal() % 4 == 0:
        pixels = faded(pixels, 0.15, 120)  # fog
    if at.toordinal() % 5 == 0 and 13 < hour < 16:
        pixels = faded(pixels, 0.5, 110) + rng.normal(0, 6, pixels.shape)  # rain
    return (pixels + rng.normal(0, 2, pixels.shape)).clip(0, 255).astype(np.uint8)


@cache
def _small(number: int, *, night: bool, at_s: float) -> np.ndarray:
    return draw(number, at_s, night=night).mean(axis=2).reshape(180, 2, 320, 2).mean(axis=(1, 3))


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 2, 5])
def test_thirty_days_of_a_working_camera_bring_no_verdict_and_the_next_hour_every_fault(number: int):
    rng = np.random.default_rng(number)
    bases: dict[int, Base] = {}
    memory, at = Memory(), NOON

    def look(pixels: np.ndarray, colour: float = 5.0) -> str | None:
        nonlocal memory
        hour = (at + timedelta(hours=7)).hour
        metrics = measure(pixels, colour)
        base = bases.get(hour)
        fault = find_fault(metrics, base if base is not None and base.learnt else None)
        memory, verdict = judge(memory, fault, metrics.prints, moving=True, at=at)
        if verdict == "":
            bases[hour] = learn(base, metrics)
        return verdict

    for _ in range(30 * 24 * 4):
        assert look(day(number, at, rng)) == "", at
        at += timedelta(minutes=15)
    turned = np.roll(day(number, at, rng), (-36, 107), axis=(0, 1))
    hand = rng.normal(60, 4, (180, 320)).clip(0, 255).astype(np.uint8)
    assert [look((turned + rng.integers(0, 3, turned.shape)).astype(np.uint8)) for _ in range(3)][-1] == "moved"
    assert [look(np.roll(hand, n)) for n in range(2)][-1] == "covered"
    assert [look(np.full((180, 320), 60, np.uint8), 90.0) for _ in range(2)][-1] == "no_signal"
