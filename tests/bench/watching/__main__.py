"""One part of the measurement alone: `python -m tests.bench.watching thumbnails`."""

import importlib
import sys

from tests.bench.__main__ import text

for name in sys.argv[1:]:
    for row in importlib.import_module(f"tests.bench.watching.{name}").measure():
        print(text(row), flush=True)
