"""Pictures of an invented street: sky, road, things that move, and a clock, drawn with numpy."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # height x width x RGB

WIDTH, HEIGHT = 640, 360
STRIP = 32  # rows of the clock strip
LOOP_S = 6.0  # everything that moves is back where it was after this time
BANGKOK_S = 7 * 3600

# 5 x 7 dots a digit, one number a row, the leftmost dot is 16
_DIGITS = (
    (14, 17, 19, 21, 25, 17, 14), (4, 12, 4, 4, 4, 4, 14), (14, 17, 1, 2, 4, 8, 31), (31, 2, 4, 2, 1, 17, 14),
    (2, 6, 10, 18, 31, 2, 2), (31, 16, 30, 1, 1, 17, 14), (6, 8, 16, 30, 17, 17, 14), (31, 1, 2, 4, 8, 8, 8),
    (14, 17, 17, 14, 17, 17, 14), (14, 17, 17, 15, 1, 2, 12),
)  # fmt: skip


_BARS = (
    (235, 235, 235),
    (235, 235, 16),
    (16, 235, 235),
    (16, 235, 16),
    (235, 16, 235),
    (235, 16, 16),
    (16, 16, 235),
)


class Look(StrEnum):
    """How the picture comes out of the camera."""

    CLEAR = "clear"
    BLACK = "black"
    BLURRED = "blurred"
    COVERED = "covered"
    MOVED = "moved"
    BARS = "bars"
    NO_SIGNAL = "no_signal"


_FLAT = frozenset({Look.COVERED, Look.BARS, Look.NO_SIGNAL})


@dataclass(frozen=True)
class Scene:
    """One place: where its road runs, what stands beside it, how much moves on it."""

    horizon: int
    vanish_x: int
    half_road: int  # half the road's width at the bottom edge [px]
    lanes: int
    ground: tuple[int, int, int]
    beside: str  # houses, trees or fence
    movers: int


SCENES = (
    Scene(120, 320, 260, 4, (112, 110, 104), "houses", 9),
    Scene(140, 210, 230, 2, (96, 118, 70), "trees", 5),
    Scene(110, 430, 150, 2, (150, 126, 88), "fence", 3),
    Scene(96, 320, 330, 6, (120, 118, 112), "houses", 11),
    Scene(150, 480, 280, 2, (84, 108, 66), "fence", 4),
    Scene(128, 150, 300, 4, (118, 108, 96), "trees", 7),
)


def is_night(at_s: float) -> bool:
    """Whether it is dark in Bangkok at a Unix time: before six, or from six in the evening."""
    return not 6 <= (at_s + BANGKOK_S) % 86_400 / 3600 < 18


def draw(
    scene: int, at_s: float, look: Look = Look.CLEAR, *, night: bool | None = None, clock_s: float | None = None
) -> Picture:
    """
    Picture of a scene at a Unix time, its clock included.

    Parameters
    ----------
    night
        Day or night; by the time unless told.
    clock_s
        Unix time the clock shows, if another.
    """
    if look is Look.BLACK:
        return np.full((HEIGHT, WIDTH, 3), 4, np.uint8)
    if look in _FLAT:
        return _flat(look).copy()
    dark = is_night(at_s) if night is None else night
    picture = _ground(scene, dark).copy()
    _traffic(picture, scene, at_s, dark)
    if look is Look.MOVED:
        picture = np.roll(picture, (-HEIGHT // 5, WIDTH // 3), axis=(0, 1))
    _clock(picture, at_s if clock_s is None else clock_s)
    return _blur(picture) if look is Look.BLURRED else picture


def enlarged(picture: Picture, scale: int) -> Picture:
    """Picture of more pixels, of the same things."""
    return picture if scale == 1 else picture.repeat(scale, axis=0).repeat(scale, axis=1)


@lru_cache(maxsize=32)
def _ground(index: int, night: bool) -> Picture:
    scene, rng = SCENES[index], np.random.default_rng(index)
    rows = np.arange(HEIGHT)[:, None]
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:] = np.array((148, 182, 214)) + np.clip(scene.horizon - rows, 0, None)[..., None] * 0.3
    picture[scene.horizon :] = scene.ground
    _beside(picture, scene, rng)
    depth = np.clip((rows - scene.horizon) / (HEIGHT - scene.horizon), 0, 1)
    middle, half = _road(scene, depth)
    columns = np.arange(WIDTH)[None, :]
    road = (np.abs(columns - middle) < half) & (rows > scene.horizon)
    picture[road] = (82, 82, 86)
    for edge in range(scene.lanes + 1):
        line_x = middle + half * (2 * edge / scene.lanes - 1)
        dashed = (edge in (0, scene.lanes)) | ((8 / (depth + 0.12)) % 2 < 1)
        picture[(np.abs(columns - line_x) < 1 + 3 * depth) & (rows > scene.horizon) & dashed] = (224, 222, 206)
    picture[scene.horizon :] += rng.normal(0, 3, (HEIGHT - scene.horizon, WIDTH, 1))
    if night:
        picture = picture * (0.20, 0.22, 0.28)
        for x in range(70, WIDTH, 170):  # street lamps and the pools of light below them
            pool = np.exp(-(((columns - x) / 46) ** 2) - ((rows - scene.horizon - 70) / 60) ** 2)
            picture += pool[..., None] * (92, 80, 52)
            picture[scene.horizon - 40 : scene.horizon - 34, x - 5 : x + 5] = (255, 240, 196)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _road(scene: Scene, depth: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle and half width of the road at a depth, 0 at the horizon and 1 at the bottom edge."""
    return scene.vanish_x + (WIDTH / 2 - scene.vanish_x) * depth, 4 + scene.half_road * depth


def _beside(picture: NDArray[np.float64], scene: Scene, rng: np.random.Generator) -> None:
    horizon = scene.horizon
    if scene.beside == "fence":
        for x in range(0, WIDTH, 22):
            picture[horizon - 16 : horizon + 26, x : x + 3] = (70, 72, 74)
        for y in range(horizon - 12, horizon + 24, 9):
            picture[y : y + 2] = (104, 106, 108)
        return
    for x in range(0, WIDTH, 46):
        height, shade = int(rng.integers(18, 62)), rng.integers(-28, 28)
        colour = (168, 150, 132) if scene.beside == "houses" else (58, 92, 44)
        picture[horizon - height : horizon + 6, x : x + 40] = np.array(colour) + shade
        for y in range(horizon - height + 5, horizon - 6, 12):
            picture[y : y + 5, x + 4 : x + 36 : 9] = (88, 96, 108) if scene.beside == "houses" else (44, 78, 36)


def _traffic(picture: Picture, index: int, at_s: float, night: bool) -> None:
    scene = SCENES[index]
    for mover in range(scene.movers):
        lane, rounds = mover % scene.lanes, 1 + mover % 2
        away = lane < scene.lanes / 2
        way = (at_s / LOOP_S * rounds + mover * 0.618) % 1.0
        depth = np.array((1 - way if away else way) ** 2)
        middle, half = (float(value) for value in _road(scene, depth))
        x = middle + half * ((2 * lane + 1) / scene.lanes - 1)
        y = scene.horizon + (HEIGHT - scene.horizon) * float(depth)
        wide, high = max(half / scene.lanes * 1.1, 2), max(half / scene.lanes * (0.9 + 0.5 * (mover % 3)), 2)
        colour = np.array(((196, 40, 36), (236, 236, 232), (40, 64, 120), (232, 186, 40), (60, 60, 64))[mover % 5])
        _box(picture, x - wide / 2, y - high, wide, high, colour * (0.35 if night else 1.0))
        _box(picture, x - wide * 0.4, y - high * 0.9, wide * 0.8, high * 0.3, np.array((38, 44, 52)))
        lamp = np.array((250, 60, 40) if away else (255, 250, 214)) * (1.0 if night else 0.7)
        for side in (-0.45, 0.27):
            _box(picture, x + wide * side, y - high * 0.3, wide * 0.18, high * 0.14, lamp)


def _box(picture: Picture, x: float, y: float, wide: float, high: float, colour: NDArray[np.float64]) -> None:
    left, top = max(round(x), 0), max(round(y), STRIP)
    picture[top : max(round(y + high), top), left : max(round(x + wide), left)] = colour.astype(np.uint8)


def _clock(picture: Picture, at_s: float) -> None:
    """Bangkok's time as 14:05 and the seconds as a bar, so that no two pictures of a live camera are the same."""
    second = int(at_s + BANGKOK_S) % 86_400
    picture[:STRIP] = 16
    for place, digit in enumerate(
        f"{second // 36_000}{second // 3600 % 10}{second // 600 % 6}{second // 60 % 10}"
    ):
        dots = (np.array(_DIGITS[int(digit)])[:, None] >> np.arange(4, -1, -1)) & 1
        x = 12 + 26 * place + 14 * (place > 1)
        picture[2:30, x : x + 20][np.kron(dots, np.ones((4, 4))).astype(bool)] = 235
    picture[8:14, 66:70] = picture[19:25, 66:70] = 235
    picture[6:26, 160 : 160 + 8 * (second % 60)] = 200


@lru_cache(maxsize=4)
def _flat(look: Look) -> Picture:
    """Pictures without a scene: a hand before the lens, colour bars, a recorder's plain blue."""
    if look is Look.COVERED:
        return _hand()
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    picture[:] = (16, 24, 180)
    if look is Look.BARS:
        picture[:] = np.array(_BARS, np.uint8)[np.arange(WIDTH) * len(_BARS) // WIDTH]
    return picture


def _hand() -> Picture:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    shade = 58 + 5 * np.cos(columns / WIDTH * 3) + 5 * rows / HEIGHT
    covered: Picture = (shade[..., None] * (1.0, 0.86, 0.78)).astype(np.uint8)
    return covered


def _blur(picture: Picture, factor: int = 20) -> Picture:
    """Out of focus: averaged over squares, then blended smoothly back to full size."""
    small = picture.reshape(HEIGHT // factor, factor, WIDTH // factor, factor, 3).mean(axis=(1, 3))
    for axis, size in ((0, HEIGHT), (1, WIDTH)):
        place = np.clip((np.arange(size) + 0.5) / factor - 0.5, 0, small.shape[axis] - 1)
        low = np.minimum(place.astype(int), small.shape[axis] - 2)
        part = (place - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        small = np.take(small, low, axis) * (1 - part) + np.take(small, low + 1, axis) * part
    blurred: Picture = small.astype(np.uint8)
    return blurred
