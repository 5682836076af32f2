"""`takhai run`: the app, one worker and a demo's simulated cameras; started, watched and ended."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from data.census import Census, census
from data.database import Database, open_database
from data.ground.heights import check_heights
from data.intake.sources.record import SourceError
from data.settings import HOUSE, Settings
from data.signins import new_link
from web.child import Child
from web.files import missing

START_S = 90.0  # an app that does not answer by then is given up
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104  addresses that are listened on, not gone to


def launch(settings: Settings, port: int) -> int:
    """
    Run everything until told to stop (SIGTERM or Ctrl-C); returns the exit code.

    Nothing is started if a port is taken, a file of the pages is missing or the terrain model cannot be used.
    """
    say = Console(highlight=False, soft_wrap=True, markup=False).print
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if trouble := _trouble(settings.host, port, "--port") or _terrain(settings):
        say(f"takhai: {trouble}")
        return 1
    db = open_database(settings.url)
    cameras = _inventory(db, settings, port, say)
    if cameras is None or stop.is_set():
        return 1
    if cameras.demo and (trouble := _trouble(_LOOPBACK, settings.demo_port, "TAKHAI_DEMO_PORT")):
        say(f"takhai: the simulated cameras cannot start: {trouble}")
        return 1
    worker, *others = children = _children(settings, port, demo=cameras.demo > 0)
    try:
        for child in others:
            child.start()
        if trouble := _wait(settings.host, port, others[0], stop):
            say(f"takhai: {trouble}")
            return 1
        worker.start()  # only now: on a small machine the first page need not wait for the worker's first minute
        if not stop.is_set():
            _announce(say, db, settings, port, cameras)
        _tend(children, stop, say)
    finally:
        for child in children:  # the worker first: it closes its books while all else still stands
            child.end()
        db.dispose()
    say("takhai: stopped")
    return 0


def _tend(children: list[Child], stop: threading.Event, say: Any) -> None:
    while not stop.wait(0.5):
        for child in children:
            if news := child.tended():
                say(f"takhai: {news}")


def _children(settings: Settings, port: int, *, demo: bool) -> list[Child]:
    """Return what runs: the worker, the app and for a demo its cameras, in the order they end."""
    shared = {
        **os.environ,
        "TAKHAI_VAR": str(settings.var),
        "TAKHAI_DATABASE_URL": settings.database_url,
        "TAKHAI_HOST": settings.host,
        "TAKHAI_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }
    looking = dict(shared)
    logs = settings.var / "log"
    children = [Child("worker", [sys.executable, "-m", "cli", "worker"], looking, logs / "worker.log")]
    serve = ["streamlit", "run", "app.py", "--server.port", str(port), "--server.address", settings.host]
    children.append(Child("app", [sys.executable, "-m", *serve], shared, logs / "app.log"))
    if demo:
        networks = [str(network) for network in settings.camera_networks]
        looking["TAKHAI_CAMERA_NETWORKS"] = ",".join([*networks, f"{_LOOPBACK}/32"])
        canaries = settings.uplink_canaries or (f"{_LOOPBACK}:{settings.demo_port}",)
        looking["TAKHAI_UPLINK_CANARIES"] = ",".join(canaries)
        street = ["--port", str(settings.demo_port), "--seed", str(settings.demo_seed)]
        command = [sys.executable, "-m", "demo.cameras", *street]
        children.append(Child("simulated cameras", command, shared, logs / "cameras.log"))
    return children


def _trouble(host: str, port: int, way_out: str) -> str | None:
    """Say why nothing can listen on a port, or that files of the pages are missing; None if all is well."""
    if absent := missing():
        return f"files of the pages are missing ({', '.join(absent[:3])}); run `make setup` first"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = "something else listens there" if error.errno == errno.EADDRINUSE else error.strerror
            return f"port {port} of {host} cannot be used ({why}); choose another with {way_out}"
    return None


def _terrain(settings: Settings) -> str | None:
    """Say why the terrain model the settings name cannot be used; None if it can, or if there is none."""
    try:
        if settings.heights is not None:
            check_heights(settings.heights)
    except SourceError as error:
        return f"TAKHAI_HEIGHTS: {error}"
    return None


def _inventory(db: Database, settings: Settings, port: int, say: Any) -> Census | None:
    """Return how many cameras there are, a demo country if there were none; None if that could not be made."""
    found = census(db)
    if found.total:
        return found
    say(f"takhai: the inventory is empty; inventing a demo country of {settings.demo_cameras:,} cameras")
    # a process of its own: this floor does not know the demo's
    environment = _children(settings, port, demo=False)[0].environment
    done = subprocess.run(
        [sys.executable, "-m", "cli", "demo"], cwd=HOUSE, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    return census(db) if done.returncode == 0 else None


def _wait(host: str, port: int, app: Child, stop: threading.Event) -> str | None:
    """Wait until the app answers or we are told to stop; returns what is wrong if it does not."""
    assert app.process is not None
    until = time.monotonic() + START_S
    while time.monotonic() < until and app.process.poll() is None and not stop.is_set():
        asked = http.client.HTTPConnection(_reached_at(host), port, timeout=2)
        try:
            asked.request("GET", "/healthz")
            if asked.getresponse().status == http.client.OK:
                return None
        except (OSError, http.client.HTTPException):
            stop.wait(0.1)
        finally:
            asked.close()
    return None if stop.is_set() else f"the app does not start; the end of {app.log}:\n{app.last_lines()}"


def _announce(say: Any, db: Database, settings: Settings, port: int, cameras: Census) -> None:
    host = _reached_at(settings.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(
        f"\n  Takhai is running with {cameras.total:,} {'demo ' if cameras.demo else ''}cameras.\n\n"
        f"  Open this link within 15 minutes; it works once:\n\n"
        f"    {address}/login?token={new_link(db, datetime.now(UTC))}\n\n"
        f"  For another link: takhai link    Logs: {settings.var / 'log'}    To stop: Ctrl-C\n"
    )


def _reached_at(host: str) -> str:
    return _LOOPBACK if host in _EVERYWHERE else host
