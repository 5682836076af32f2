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

from data.database import Database, open_database
from data.geography import load_checkpoints
from data.journal import summary
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

    Nothing is started if a port is taken or a file of the pages is missing.
    """
    say = Console(highlight=False, soft_wrap=True, markup=False).print
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if trouble := _trouble(settings.host, port, "--port"):
        say(f"takhai: {trouble}")
        return 1
    db = open_database(settings.url)
    load_checkpoints(db)
    facts = _inventory(db, settings, port, say)
    if facts is None or stop.is_set():
        return 1
    if facts["demo"] and (trouble := _trouble(_LOOPBACK, settings.demo_port, "TAKHAI_DEMO_PORT")):
        say(f"takhai: the simulated cameras cannot start: {trouble}")
        return 1
    children = _children(settings, port, demo=facts["demo"])
    try:
        for child in children:
            child.start()
        if not _answers(settings.host, port, children[-1], stop):
            if not stop.is_set():
                say(f"takhai: the app does not start; the end of {children[-1].log}:\n{children[-1].last_lines()}")
            return 0 if stop.is_set() else 1
        _announce(say, db, settings, port, facts)
        while not stop.wait(0.5):
            for child in children:
                if news := child.tended():
                    say(f"takhai: {news}")
    finally:
        # the worker first, so that it closes its books while everything else still stands
        for child in sorted(children, key=lambda child: child.name != "worker"):
            child.end()
        db.dispose()
    say("takhai: stopped")
    return 0


def _children(settings: Settings, port: int, *, demo: bool) -> list[Child]:
    """Return the processes in the order they start; the app is the last."""
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
    children = []
    if demo:
        networks = [str(network) for network in settings.camera_networks]
        looking["TAKHAI_CAMERA_NETWORKS"] = ",".join([*networks, f"{_LOOPBACK}/32"])
        canaries = settings.uplink_canaries or (f"{_LOOPBACK}:{settings.demo_port}",)
        looking["TAKHAI_UPLINK_CANARIES"] = ",".join(canaries)
        street = ["--port", str(settings.demo_port), "--seed", str(settings.demo_seed)]
        command = [sys.executable, "-m", "demo.cameras", *street]
        children.append(Child("simulated cameras", command, shared, logs / "cameras.log"))
    children.append(Child("worker", [sys.executable, "-m", "cli", "worker"], looking, logs / "worker.log"))
    serve = ["streamlit", "run", "app.py", "--server.port", str(port), "--server.address", settings.host]
    children.append(Child("app", [sys.executable, "-m", *serve], shared, logs / "app.log"))
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


def _inventory(db: Database, settings: Settings, port: int, say: Any) -> dict[str, Any] | None:
    """Return what the inventory holds, a demo country if it was empty; None if that could not be made."""
    facts = summary(db, datetime.now(UTC))
    if facts["total"]:
        return facts
    say(f"takhai: the inventory is empty; inventing a demo country of {settings.demo_cameras:,} cameras")
    # a process of its own: this floor does not know the demo's
    environment = _children(settings, port, demo=False)[0].environment
    command = [sys.executable, "-m", "cli", "demo"]
    done = subprocess.run(  # noqa: S603  our own command
        command, cwd=HOUSE, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    return summary(db, datetime.now(UTC)) if done.returncode == 0 else None


def _answers(host: str, port: int, app: Child, stop: threading.Event) -> bool:
    """Wait until the app answers; False if it ended, took too long, or we were told to stop."""
    assert app.process is not None
    until = time.monotonic() + START_S
    while time.monotonic() < until and app.process.poll() is None and not stop.is_set():
        asked = http.client.HTTPConnection(_reached_at(host), port, timeout=2)
        try:
            asked.request("GET", "/healthz")
            if asked.getresponse().status == http.client.OK:
                return True
        except (OSError, http.client.HTTPException):
            stop.wait(0.1)
        finally:
            asked.close()
    return False


def _announce(say: Any, db: Database, settings: Settings, port: int, facts: dict[str, Any]) -> None:
    host = _reached_at(settings.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(
        f"\n  Takhai is running with {facts['total']:,} {'demo ' if facts['demo'] else ''}cameras.\n\n"
        f"  Open this link within 15 minutes; it works once:\n\n"
        f"    {address}/login?token={new_link(db, datetime.now(UTC))}\n\n"
        f"  For another link: takhai link    Logs: {settings.var / 'log'}    To stop: Ctrl-C\n"
    )


def _reached_at(host: str) -> str:
    return _LOOPBACK if host in _EVERYWHERE else host
