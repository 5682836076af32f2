"""One of the processes that share the cameras: `python -m worker.share NAME INDEX OF`, started by the first."""

import sys

from data.database import open_database
from data.settings import settings
from worker.loop import run_share
from worker.shares import Share


def main() -> None:
    """Look until stdin ends."""
    name, index, of = sys.argv[1:]
    run_share(open_database(settings().url), settings(), Share(int(index), int(of)), name)


if __name__ == "__main__":
    main()
