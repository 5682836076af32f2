"""Which camera's picture is taken next: on screen first, then changed, then the oldest; and how many at all."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

AGAIN_S = 10.0  # between two pictures of one camera, be it on screen
HEALED_S = 60.0  # until a picture with a fault is looked at again
MOST_LOOKED_OVER = 200
STORM = 100  # cameras that changed at once; then every other picture is the oldest's
SAVED_S = 1.0  # of decoding that may be caught up on
FIRST_COST_S = 0.004  # of a picture, until it was measured


@dataclass
class Budget:
    """How much decoding may cost: `cores` seconds of processor time a second, by what pictures really took."""

    cores: float
    _saved_s: float = 0.0
    _cost_s: float = FIRST_COST_S
    _then_s: float | None = None
    _spent_s: float = 0.0

    def refill(self, now_s: float, spent_s: float, pictures: int) -> None:
        """Take account: what decoders have used since they were first started, and how many pictures are new."""
        passed_s = now_s - self._then_s if self._then_s is not None else 0.0
        used_s, self._spent_s, self._then_s = spent_s - self._spent_s, spent_s, now_s
        self._saved_s = min(self._saved_s + passed_s * self.cores - used_s, SAVED_S * self.cores)
        if pictures:
            self._cost_s += 0.1 * (min(used_s / pictures, 1.0) - self._cost_s)

    def allows(self, under_way: int) -> bool:
        """Whether one more picture may be begun while so many are not decoded yet."""
        return self._saved_s > under_way * self._cost_s


@dataclass
class Stills:
    """Order of pictures to take; the caller says what time it is, in seconds of a steady clock."""

    interval_s: float
    watchable: Callable[[int], bool]
    _taken_s: dict[int, float] = field(default_factory=dict)
    _due_s: dict[int, float] = field(default_factory=dict)
    _heap: list[tuple[float, int]] = field(default_factory=list)  # entries that _due_s does not confirm are old
    _wished: list[int] = field(default_factory=list)
    _changed: dict[int, None] = field(default_factory=dict)
    _got: dict[int, tuple[float, float]] = field(default_factory=dict)  # when the last came, and how far apart
    _turn: bool = False

    def add(self, ages_s: dict[int, float], now_s: float) -> None:
        """Add cameras with the age of the picture each has; without one it is due now."""
        for camera_id, age_s in ages_s.items():
            if camera_id not in self._taken_s:
                self._taken_s[camera_id] = now_s - age_s
                self._put(camera_id, now_s - age_s + self.interval_s)

    def keep_only(self, cameras: Iterable[int]) -> None:
        """Forget cameras that are gone."""
        for camera_id in self._taken_s.keys() - set(cameras):
            del self._taken_s[camera_id], self._due_s[camera_id]
            self._got.pop(camera_id, None)
            self._changed.pop(camera_id, None)

    def wish(self, cameras: Iterable[int]) -> None:
        """Somebody has these on screen now."""
        self._wished = [camera_id for camera_id in cameras if camera_id in self._taken_s]

    def changed(self, camera_id: int) -> None:
        """Something about this camera is new: a picture soon."""
        if camera_id in self._taken_s:
            self._changed[camera_id] = None

    def returned(self, camera_id: int, now_s: float) -> None:
        """A camera is back: it is due, but behind all that are overdue, however many return at once."""
        if self._due_s.get(camera_id, 0.0) > now_s:
            self._put(camera_id, now_s)

    def again(self, camera_id: int, now_s: float) -> None:
        """Look before long whether a camera's faulty picture healed."""
        if self._due_s.get(camera_id, 0.0) > now_s + HEALED_S:
            self._put(camera_id, now_s + HEALED_S)

    def got(self, camera_id: int, now_s: float) -> None:
        """A picture came."""
        then_s, every_s = self._got.get(camera_id, (now_s, 0.0))
        apart_s = now_s - then_s
        if apart_s > 0:
            every_s = every_s + (apart_s - every_s) / 4 if every_s else apart_s
        self._got[camera_id] = now_s, every_s

    def every_s(self, camera_id: int) -> float | None:
        """How far apart the last pictures of a camera were, a running mean; None before the second. [s]"""
        return self._got.get(camera_id, (0.0, 0.0))[1] or None

    def next(self, now_s: float) -> int | None:
        """Camera to take a picture of now; None if none is due."""
        for camera_id in sorted(self._wished, key=lambda one: self._taken_s.get(one, now_s)):
            if self._rested(camera_id, now_s):
                return self._start(camera_id, now_s)
        self._turn = not self._turn and len(self._changed) > STORM
        if self._turn:
            return self._oldest(now_s) or self._newest(now_s)
        return self._newest(now_s) or self._oldest(now_s)

    def _newest(self, now_s: float) -> int | None:
        for camera_id in list(itertools.islice(self._changed, MOST_LOOKED_OVER)):
            if not self.watchable(camera_id):
                del self._changed[camera_id]  # it is asked for again when it returns
            elif self._rested(camera_id, now_s):
                return self._start(camera_id, now_s)
        return None

    def _oldest(self, now_s: float) -> int | None:
        while self._heap and self._heap[0][0] <= now_s:
            due_s, camera_id = heapq.heappop(self._heap)
            if self._due_s.get(camera_id) != due_s:
                continue
            if self.watchable(camera_id):
                return self._start(camera_id, now_s)
            self._put(camera_id, now_s + AGAIN_S)
        return None

    def _rested(self, camera_id: int, now_s: float) -> bool:
        then_s = self._taken_s.get(camera_id)
        return then_s is not None and now_s - then_s >= AGAIN_S and self.watchable(camera_id)

    def _start(self, camera_id: int, now_s: float) -> int:
        self._taken_s[camera_id] = now_s
        self._changed.pop(camera_id, None)
        self._put(camera_id, now_s + self.interval_s)
        return camera_id

    def _put(self, camera_id: int, due_s: float) -> None:
        self._due_s[camera_id] = due_s
        heapq.heappush(self._heap, (due_s, camera_id))
