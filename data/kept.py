"""Things worked out once and handed to everybody who asks: few, the longest unused go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

MOST = 24
T = TypeVar("T")


class Kept:
    """Values by key. Whoever asks first works a value out, the others wait for it; a failure is not kept."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, Future[Any]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made if nobody has asked for it yet."""
        with self._lock:
            mine = key not in self._values
            future = self._values.setdefault(key, Future())
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    self._values.pop(key, None)
                future.set_exception(error)
        value: T = future.result()
        return value
