"""Are *we* fast enough? What we were too slow for says nothing about cameras. Pure; the caller feeds it."""

from collections import deque
from dataclasses import dataclass, field

VOID_SHARE = 0.05  # of a sweep's looks: with more of them void, the sweep was not watched
_STEPS_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, float("inf"))


@dataclass
class Pace:
    """
    Our own lateness: of the loop, which makes answers look missing, and of the looks themselves.

    Attributes
    ----------
    interval_s
        In which each camera should be looked at once: a sweep.
    limit_s
        Lateness of the loop from which on a missing answer proves nothing.
    """

    interval_s: float
    limit_s: float
    _lags: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=600))
    _steps: list[int] = field(default_factory=lambda: [0] * len(_STEPS_S))
    _worst_lag_s: float = 0.0
    _behind: deque[float] = field(
        default_factory=deque
    )  # when looks began too late or proved void, a sweep of them
    _looks: deque[float] = field(default_factory=deque)

    def lagged(self, now_s: float, lag_s: float) -> None:
        """The loop came round so much later than it should have."""
        self._worst_lag_s = max(self._worst_lag_s, lag_s)
        if lag_s > self.limit_s:
            self._lags.append((now_s, lag_s))

    def was_late(self, since_s: float) -> bool:
        """Whether the loop lagged past the limit since a time."""
        return any(when_s >= since_s for when_s, _ in reversed(self._lags))

    def began(self, now_s: float, due_s: float) -> None:
        """A look begins that was due at a time."""
        late_s = max(0.0, now_s - due_s)
        self._steps[next(i for i, step_s in enumerate(_STEPS_S) if late_s <= step_s)] += 1
        self._looks.append(now_s)
        if late_s > self.interval_s:
            self._behind.append(now_s)
        self._drop(now_s)

    def voided(self, now_s: float) -> None:
        """A look proved nothing because we were late."""
        self._behind.append(now_s)

    def keeps_up(self, now_s: float) -> bool:
        """Whether this last sweep was watched: nearly every look of it in time and worth something."""
        self._drop(now_s)
        return len(self._behind) <= max(1, VOID_SHARE * len(self._looks))

    def _drop(self, now_s: float) -> None:
        for times in (self._looks, self._behind):
            while times and times[0] < now_s - self.interval_s:
                times.popleft()

    def tell(self) -> dict[str, float]:
        """Lateness since last told: 99th percentile of looks (upper end of its step), worst of the loop. [s]"""
        total, seen, p99_s = sum(self._steps), 0, 0.0
        for count, step_s in zip(self._steps, _STEPS_S, strict=True):
            seen += count
            if total and seen >= 0.99 * total:
                p99_s = step_s
                break
        told = {"late_p99_s": p99_s, "lag_s": round(self._worst_lag_s, 2)}
        self._steps, self._worst_lag_s = [0] * len(_STEPS_S), 0.0
        return told
