"""A whole running Takhai for a test: `takhai run` in a folder of its own, on ports of its own."""

import json
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from data.settings import HOUSE
from tests.conftest import free_port
from tests.serving import end, environment

START_S = 240.0
LINK = re.compile(r"http://127\.0\.0\.1:\d+/login\?token=\S+")


@dataclass
class Country:
    """A running country: where it answers, and where its database lies."""

    var: Path
    port: int
    demo_port: int
    environment: dict[str, str]
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Address of the app."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of its database."""
        return f"sqlite:///{self.var / 'takhai.db'}"

    def order(self, code: str, fault: str) -> None:
        """Break a simulated camera."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.demo_port}/faults/{code}",
            data=json.dumps({"fault": fault}).encode(), method="POST",
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as reply:
            assert reply.status == 200

    def link(self) -> str:
        """A fresh one-time link, as `takhai link` prints it."""
        done = subprocess.run(
            [sys.executable, "-m", "cli", "link", "--json"],
            cwd=HOUSE, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return LINK.search(done.stdout).group().rstrip('"}')


@contextmanager
def running(var: Path, **settings: object) -> Iterator[tuple[Country, str]]:
    """Run `takhai run` on a folder until the block ends; yields the country and the link it printed."""
    port, demo_port = free_port(), free_port()
    country = Country(var, port, demo_port, environment(var, port=port, demo_port=demo_port, **settings))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "run"],
        cwd=HOUSE, env=country.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    ready = threading.Event()

    def listen() -> None:
        for line in process.stdout:
            country.said.append(line.rstrip())
            if LINK.search(line):
                ready.set()
        ready.set()  # it ended

    reader = threading.Thread(target=listen, daemon=True)
    reader.start()
    try:
        assert ready.wait(START_S), f"no link within {START_S:.0f} s: {country.said}"
        links = [found.group() for line in country.said if (found := LINK.search(line))]
        assert links, f"it ended without a link: {country.said}"
        yield country, links[0]
    finally:
        end(process, 30)
        reader.join(5)
        process.stdout.close()
