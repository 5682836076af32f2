"""Look now, and the pictures kept of a fault, through the worker as it really runs."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from data.database import Database
from data.models import Still
from data.watch.desk import look_now
from data.watch.tables import LookNow
from data.watch.thumbnails import media_type
from tests.worker.street import Street, http, jpeg, now, picture, rtp, rtsp_camera, units
from tests.worker.studio import Studio, camera, take
from tests.worker.test_loop import fill, states, table, until, worker


def refusal(db: Database, camera_id: int) -> str:
    with db.read() as session:
        look = session.get(LookNow, camera_id)
        return look.reason if look else ""


def shown(db: Database, camera_id: int) -> list:
    with db.read() as session:
        return [s.captured_at for s in session.exec(select(Still).where(Still.camera_id == camera_id))]


def test_a_camera_looked_at_has_a_fresh_picture_again_and_again_and_then_no_more(
    street: Street, database: Database, var: Path
):
    asked = 0

    def fresh(*_: object) -> bytes:
        nonlocal asked
        asked += 1
        return http(jpeg(picture(seed=asked)))

    street.replies["/a"] = fresh
    ids = fill(database, {"a": (None, street.url("/a"))})
    with worker(var, still_interval_s=600):
        until(lambda: bool(shown(database, ids["a"])))
        [before] = shown(database, ids["a"])
        seen = set()
        end = look_now(database, ids["a"], now(), 6)

        def watch() -> bool:
            seen.update(at for at in shown(database, ids["a"]) if at > before)
            return now() > end

        until(watch)
        assert 2 <= len(seen) <= 7
        assert refusal(database, ids["a"]) == ""
        time.sleep(2.5)  # the last one may be under way
        last = shown(database, ids["a"])
        time.sleep(2.5)
        assert shown(database, ids["a"]) == last


def test_why_a_camera_cannot_be_looked_at_is_said(street: Street, database: Database, var: Path):
    street.replies["/closed"] = http(b"", "text/plain", "401 Unauthorized")
    street.replies["/dead"] = rtsp_camera(after_play=b"")
    wanted = {
        "closed": (None, street.url("/closed")),
        "none": (None, None),
        "outside": (None, "http://127.0.0.2:9/x"),
        "dead": (street.url("/dead", "rtsp"), None),
    }
    ids = fill(database, wanted)
    with worker(var, still_interval_s=600):
        until(lambda: ids["closed"] in states(database))
        for camera_id in ids.values():
            look_now(database, camera_id, now(), 60)
        until(lambda: all(refusal(database, camera_id) for camera_id in ids.values()))
    said = {code: refusal(database, camera_id) for code, camera_id in ids.items()}
    assert said == {"closed": "unauthorised", "none": "no_address", "outside": "not_allowed", "dead": "stalled"}


@pytest.mark.parametrize("path", ["/image", "/h264"])
async def test_a_still_is_webp_where_that_is_set(street: Street, database: Database, path: str):
    street.replies |= {
        "/image": http(jpeg()),
        "/h264": rtsp_camera("h264", after_play=rtp("h264", units("libx264"))),
    }
    address = street.url(path, "rtsp" if path == "/h264" else "http")
    [taken] = await take(Studio(database, form="webp"), camera(address))
    assert taken.picture is not None
    assert media_type(taken.picture.body) == "image/webp"
    assert (taken.picture.width, taken.picture.height) == (320, 180)


def test_a_worker_set_to_webp_writes_webp(street: Street, database: Database, var: Path):
    street.replies["/a"] = http(jpeg())
    ids = fill(database, {"a": (None, street.url("/a"))})
    with worker(var, still_format="webp"):
        until(lambda: bool(shown(database, ids["a"])))
    [still] = table(database, Still)
    assert still.path.endswith(f"{ids['a']}.webp")
    assert (var / "stills" / still.path).read_bytes()[8:12] == b"WEBP"
    assert now() - still.captured_at < timedelta(minutes=2)
