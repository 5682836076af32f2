"""Two thousand cameras, hundreds of faults on order, a real worker: its journal against what the cameras know."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from sqlmodel import SQLModel, col, select

from data.database import Database, next_number, open_database
from data.models import INVENTORY, Agency, Camera, CameraState, Outage, Status, Still, StillWish, WatchSpan
from data.watch.maintenance import Scope
from data.watch.maintenance import plan as plan_maintenance
from data.watch.tables import Incident, IncidentCamera, Spell, SpellKind, StillKept
from demo.cameras import Street
from demo.faults import Told
from demo.hookups import build_of, network_of, site_of
from tests.serving import environment, module, until
from tests.worker.lively import Lively, events, lateness, lively_street
from tests.worker.ordered import BAD_PICTURES, CODES, DEAF, Plan, plan, truth
from worker.schedule import JITTER, LONG_DEAD_S
from worker.still.picture import FROZEN_S, HITS
from worker.still.stills import AGAIN_S

pytestmark = [pytest.mark.slow, pytest.mark.timeout(700)]
SEED = 11
INTERVAL_S, TIMEOUT_S = 6.0, 4.0
END_S = 132.0  # of orders
SETTLE_S = 25.0  # until what was ordered last is found
EARLY_S = TIMEOUT_S  # a look that a fault meets was under way when it came, so long at most
SLACK_S = 1.5  # what a look may be later than its jitter allows, on a machine that others use too
PICTURE_S = 6.0  # from the turn of a picture to its verdict
STREAM_S = 12.0  # a simulated camera shows a fault in the segments it listed before as well, so long ago at most


@dataclass
class Watched:
    """
    A watch that is over.

    Attributes
    ----------
    log
        What the cameras were told, and when.
    late_s
        By how much the worker itself says its looks were late, at most.
    began_at, ended_at
        Of the orders, and of what came after them.
    """

    db: Database
    ids: dict[str, int]
    plan: Plan
    log: list[Told]
    late_s: float
    began_at: datetime
    ended_at: datetime

    def rows(self, of: type[SQLModel]) -> dict[str, list]:
        """Rows of a table by the camera's code, oldest first."""
        codes = {camera_id: code for code, camera_id in self.ids.items()}
        found = defaultdict(list)
        with self.db.read() as session:
            for row in session.exec(select(of).where(col(of.camera_id).is_not(None)).order_by(of.began_at)):
                found[codes[row.camera_id]].append(row)
        return found


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """
    The whole watch, once for every test here.

    Once more where the machine was too busy with others: a worker that says itself that it was not watching, or
    lost a street of this very machine, proves nothing about what it finds.
    """
    for _ in range(2):
        found, log = watch(tmp_path_factory.mktemp("truth"))
        if not events(log, "not_watching", "uplink_lost"):
            break
        found.db.dispose()
    assert not events(log, "failed", "not_watching", "uplink_lost")
    yield found
    found.db.dispose()


def watch(folder: Path) -> tuple[Watched, Path]:
    """Let a worker watch the street while everything planned is ordered; what it found, and its log."""
    var, log = folder / "var", folder / "worker.log"
    drawn = plan(SEED, INTERVAL_S, END_S)
    db = open_database(f"sqlite:///{var / 'takhai.db'}")
    surroundings = environment(
        var, camera_networks="127.0.0.1/32", probe_interval_s=INTERVAL_S, probe_timeout_s=TIMEOUT_S,
        still_interval_s=900, still_cores=0.3,
    )  # fmt: skip
    with lively_street() as cameras:
        ids = fill(db, cameras.street, drawn)
        with module("cli", "worker", log=log, surroundings=surroundings):
            until(lambda: settled(db), "every camera has its first verdict", 90)
            began_at = datetime.now(UTC)
            break_them(cameras, drawn)
            time.sleep(SETTLE_S)
            ended_at = datetime.now(UTC)
    told = list(cameras.street.faults.log)
    return Watched(db, ids, drawn, told, lateness(log, INTERVAL_S), began_at, ended_at), log


def fill(db: Database, cameras: Street, drawn: Plan) -> dict[str, int]:
    """Put the cameras into the inventory, some of them on screen and some in maintenance."""
    at = datetime.now(UTC)
    with db.write() as session:
        session.add(Agency(id=1, name_th="เทศบาลทดสอบ"))
        session.flush()
        rows = [
            Camera(
                code=code, owner_id=1, lon=100 + number / 1000, lat=13.6, updated_at=at, site=site_of(code),
                network=network_of(code), **addresses(cameras, number, code, drawn),
            )
            for number, code in enumerate(CODES)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        ids = {row.code: row.id for row in rows}
        session.add_all(
            StillWish(camera_id=ids[code], wanted_at=at + timedelta(hours=1)) for code in sorted(drawn.shown)
        )
        next_number(session, INVENTORY)
    hour = timedelta(hours=1)
    for code in sorted(drawn.kept):
        plan_maintenance(db, Scope.CAMERA, code, at - hour, at + hour, reason="เปลี่ยนสาย", by="ช่าง", at=at)
    return ids


def addresses(cameras: Street, number: int, code: str, drawn: Plan) -> dict[str, str]:
    """Where a camera is looked at: by HLS, RTSP, a moving or a single JPEG."""
    if number % 10 < 8 or code in drawn.shown:
        rtsp = "rtsp/sub" if build_of(code).substream else "rtsp"  # 360 lines: coding more would slow all others
        return {"stream_address": cameras.address(code, rtsp if number % 10 > 5 else "live.m3u8")}
    if number % 10 == 8:
        return {"stream_address": cameras.address(code, "live.mjpg")}
    return {"snapshot_address": cameras.address(code, "still.jpg")}


def settled(db: Database) -> bool:
    with db.read() as session:
        found = session.exec(select(CameraState.status)).all()
    return len(found) == len(CODES) and set(found) == {Status.UP, Status.MAINTENANCE}


def break_them(cameras: Lively, drawn: Plan) -> None:
    """Give every order when its time comes."""
    begun_s = time.monotonic()
    for order in drawn.orders:
        time.sleep(max(0.0, begun_s + order.at_s - time.monotonic()))
        cameras.order(order.name, order.fault, order.for_s)
    time.sleep(max(0.0, begun_s + END_S - time.monotonic()))


def between(at: datetime, since_s: float, within_s: float) -> bool:
    return since_s - EARLY_S <= at.timestamp() <= since_s + within_s


def test_each_outage_is_found_when_it_was_none_is_missed_and_none_invented(watched: Watched):
    broken, outages = truth(watched.log, DEAF, watched.ended_at.timestamp()), watched.rows(Outage)
    look_s = INTERVAL_S * (1 + JITTER) + watched.late_s + SLACK_S
    wrong, found = [], 0
    for code in CODES:
        expected = [] if code in watched.plan.kept else broken[code]
        if len(expected) != len(outages[code]):
            wrong.append((code, expected, outages[code]))
            continue
        for ordered, outage in zip(expected, outages[code], strict=True):
            found += 1
            lasted_s = (ordered.until or ordered.since) - ordered.since
            # Looks at what is down long become rarer, and begin an interval after the last one ended.
            rarer_s = INTERVAL_S * lasted_s / LONG_DEAD_S + TIMEOUT_S
            began = between(outage.began_at, ordered.since, look_s)
            ended = (
                outage.ended_at is None
                if ordered.until is None
                else outage.ended_at is not None and between(outage.ended_at, ordered.until, look_s + rarer_s)
            )
            if not (began and ended):
                wrong.append((code, ordered, outage))
    assert not wrong, f"{len(wrong)} of {found}: {wrong[:5]}"
    assert found > 400


def test_whoever_wants_a_sign_in_is_unknown_meanwhile_and_everybody_else_is_known_all_the_time(watched: Watched):
    shut, spans = truth(watched.log, ("401",), watched.ended_at.timestamp()), watched.rows(WatchSpan)
    look_s = INTERVAL_S * (1 + JITTER) + watched.late_s + SLACK_S
    for code in CODES:
        known = spans[code]
        if code in watched.plan.kept:
            assert known == [], code
            continue
        assert known[0].began_at < watched.began_at, code
        assert known[-1].ended_at is None, code
        for ordered, (before, after) in zip(shut[code], pairwise(known), strict=True):
            assert between(before.ended_at, ordered.since, look_s), (code, ordered, before)
            assert between(after.began_at, ordered.until, look_s), (code, ordered, after)
    assert sum(map(len, shut.values())) == len(watched.plan.shut) > 0


def test_a_bad_picture_on_screen_is_told_while_it_lasts_and_no_other_is(watched: Watched):
    bad, spells = truth(watched.log, BAD_PICTURES, watched.ended_at.timestamp()), watched.rows(Spell)
    seen_s = HITS * AGAIN_S + PICTURE_S
    for code in CODES:
        spells_ = [one for one in spells[code] if one.kind is SpellKind.DEGRADED]
        assert [one.reason for one in spells_] == [BAD_PICTURES[one.fault] for one in bad[code]], code
        for ordered, spell in zip(bad[code], spells_, strict=True):
            found_s = seen_s + AGAIN_S + (FROZEN_S + AGAIN_S if spell.reason == "frozen" else 0)
            assert between(spell.began_at, ordered.since, found_s), (code, ordered, spell)
            # busy decoders may leave one turn out
            assert between(spell.ended_at, ordered.until, 2 * AGAIN_S + PICTURE_S), (code, ordered, spell)
    assert sum(map(len, bad.values())) > 20
    with watched.db.read() as session:
        assert len(session.exec(select(Still.camera_id)).all()) > 1_000


def test_the_last_good_picture_and_the_first_bad_one_of_a_fault_are_kept(watched: Watched):
    with watched.db.read() as session:
        kept = {(one.camera_id, one.which): one for one in session.exec(select(StillKept))}
    stills = Path(watched.db.writer.url.database).parent / "stills"
    bad = truth(watched.log, BAD_PICTURES, watched.ended_at.timestamp())
    for code in CODES:
        for ordered in bad[code]:
            good_one, bad_one = kept[watched.ids[code], "good"], kept[watched.ids[code], "bad"]
            # the first picture of a frozen stream is as good as any: only the next one is the same again
            good_s = STREAM_S + (AGAIN_S + PICTURE_S if ordered.fault == "frozen" else 0.0)
            assert good_one.captured_at.timestamp() <= ordered.since + good_s, (code, ordered, good_one)
            bad_s = bad_one.captured_at.timestamp() - ordered.since
            twice_s = AGAIN_S if ordered.fault == "frozen" else 0.0
            assert -STREAM_S <= bad_s <= AGAIN_S + twice_s + PICTURE_S, (code, ordered, bad_one)
            assert good_one.reason == bad_one.reason == BAD_PICTURES[ordered.fault]
            light, dark = brightness(stills / good_one.path), brightness(stills / bad_one.path)
            assert ordered.fault != "black" or dark < light / 2, (code, dark, light)


def brightness(path: Path) -> float:
    """Mean grey of a picture, 0-255."""
    with Image.open(path) as opened:
        return ImageStat.Stat(opened.convert("L")).mean[0]


def test_what_fell_with_its_switch_or_network_is_one_incident_of_it_and_no_other_is_told(watched: Watched):
    ordered = {one.code: one for one in watched.log if one.code in watched.plan.places}
    with watched.db.read() as session:
        told = session.exec(select(Incident).where(col(Incident.kind).in_(("site", "network")))).all()
        children = defaultdict(set)
        for row in session.exec(select(IncidentCamera)):
            children[row.incident_id].add(row.camera_id)
    # a switch whose cameras happen to be looked at first is told before its network, which then takes them over
    for passed_on in (one for one in told if not children[one.id]):
        network = {network_of(code) for code in CODES if site_of(code) == passed_on.key}
        assert network <= ordered.keys(), passed_on
        assert all(ordered[key].since - EARLY_S <= passed_on.began_at.timestamp() for key in network), passed_on
        assert passed_on.ended_at is not None
    told = [one for one in told if children[one.id]]
    assert sorted(one.key for one in told) == sorted(ordered)
    for incident in told:
        hung = {code for code in CODES if incident.key in (site_of(code), network_of(code))}
        assert children[incident.id] == {watched.ids[code] for code in hung}, incident
        assert between(incident.began_at, ordered[incident.key].since, INTERVAL_S + watched.late_s + SLACK_S)
        assert incident.ended_at is not None
        assert incident.ended_at.timestamp() >= ordered[incident.key].until - EARLY_S


def test_nothing_is_an_outage_in_maintenance(watched: Watched):
    spells, outages = watched.rows(Spell), watched.rows(Outage)
    for code in watched.plan.kept:
        assert [one.kind for one in spells[code]] == [SpellKind.MAINTENANCE], code
        assert spells[code][0].ended_at is None
        assert not outages[code]
