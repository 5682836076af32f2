import asyncio
import csv
import gzip
import io
import time

import mapbox_vector_tile
import pytest
import requests
from sqlmodel import delete, select

from data.filters import CameraFilter
from data.models import StillWish
from data.watch.tables import StillKept
from data.watch.thumbnails import still_path
from geo.tile.tiles import tile_of
from tests.web.conftest import CAMERAS, CAPTURED_AT, DOWN, JPEG, LAT, LON, NEVER_SEEN, PICTURED, fill
from web.files import FILES, missing
from web.stills import WISH_EVERY_S, Wishes
from web.tiles import TileCache


@pytest.fixture(scope="module")
def visitor(served):
    with served.signed_in() as session:
        yield session


@pytest.fixture(scope="module")
def version(served, visitor) -> str:
    return visitor.get(f"{served.url}/asof.json").json()["version"]


def tile_url(served, z: int, **query: str) -> str:
    x, y = tile_of(LON + 20 / 2000, LAT, z)
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{served.url}/tiles/{z}/{x}/{y}.mvt?{asked}"


def layers(content: bytes) -> dict[str, list[dict]]:
    return {name: layer["features"] for name, layer in mapbox_vector_tile.decode(content).items()}


def test_far_out_there_is_one_cluster_with_the_count_of_each_status(served, visitor, version):
    answer = visitor.get(tile_url(served, 5, v=version))
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    [cluster] = layers(answer.content)["clusters"]
    said = cluster["properties"]
    assert (said["n"], said["down"], said["unknown"], said["up"]) == (CAMERAS, 1, 1, CAMERAS - 2)


def test_near_there_are_cameras_with_their_status_and_ground(served, visitor, version):
    places = [tile_of(LON + number / 2000, LAT, 13) for number in (DOWN, NEVER_SEEN)]
    status = {}
    for x, y in places:
        found = layers(visitor.get(f"{served.url}/tiles/13/{x}/{y}.mvt?v={version}").content)
        status |= {feature["id"]: feature["properties"]["st"] for feature in found["cams"]}
    assert set(status) <= set(range(1, CAMERAS + 1))
    assert (status[DOWN], status[NEVER_SEEN], status[PICTURED]) == (2, 0, 1)
    x, y = tile_of(LON + DOWN / 2000, LAT, 15)
    near = layers(visitor.get(f"{served.url}/tiles/15/{x}/{y}.mvt?v={version}").content)
    drawn = {feature["id"]: feature["properties"] for feature in near["sectors"]}
    assert set(drawn) >= {feature["id"] for feature in near["cams"]}
    assert drawn[DOWN] == {"st": 2, "poss": 0}


def test_a_filter_in_the_address_narrows_clusters_cameras_and_ground_alike(served, visitor, version):
    [cluster] = layers(visitor.get(tile_url(served, 5, v=version, status="down&status=unknown")).content)[
        "clusters"
    ]
    assert cluster["properties"]["n"] == 2
    [cluster] = layers(visitor.get(tile_url(served, 5, v=version, q="c7")).content)["clusters"]
    assert cluster["properties"]["n"] == 1
    x, y = tile_of(LON + DOWN / 2000, LAT, 15)
    near = layers(visitor.get(f"{served.url}/tiles/15/{x}/{y}.mvt?v={version}&status=down").content)
    assert [f["id"] for f in near["cams"]] == [f["id"] for f in near["sectors"]] == [DOWN]
    assert visitor.get(tile_url(served, 5, v=version, province="แม่ฮ่องสอน")).status_code == 204


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"status": "9"}, "status= takes unknown, up, down, degraded, maintenance, got '9'\n"),
        ({"light": "noon"}, "light= takes day or night, got 'noon'\n"),
        ({"level": "-1"}, "level= takes pixels per metre above 0, got '-1'\n"),
    ],
)
def test_a_filter_that_means_nothing_is_told_what_it_could_be(served, visitor, version, query, answer):
    refused = visitor.get(tile_url(served, 5, v=version, **query))
    assert (refused.status_code, refused.text) == (404, answer)


def test_a_tile_is_compressed_once_and_kept_by_the_browser_for_its_version(served, visitor, version):
    answer = visitor.get(tile_url(served, 13, v=version))
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"
    assert int(answer.headers["Content-Length"]) < len(answer.content)
    again = visitor.get(tile_url(served, 13, v=version), headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = visitor.get(tile_url(served, 13, v=version), headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.content == answer.content


@pytest.mark.parametrize("other", ["", "0", "zzzz-9-9", "x" * 500])
def test_a_tile_of_another_version_is_true_now_and_kept_by_nobody(served, visitor, version, other):
    answer = visitor.get(tile_url(served, 13, v=other))
    assert answer.content == visitor.get(tile_url(served, 13, v=version)).content
    assert answer.headers["Cache-Control"] == "no-store"


def test_empty_sea_is_no_content(served, visitor):
    answer = visitor.get(f"{served.url}/tiles/13/0/0.mvt")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("address", ["17/0/0", "5/32/0", "5/0/32", "99999999999999999999/0/0"])
def test_a_tile_that_does_not_exist_is_not_found_in_words(served, visitor, address):
    answer = visitor.get(f"{served.url}/tiles/{address}.mvt")
    assert answer.status_code == 404
    assert answer.text == f"there is no tile {address}: zoom 0-16, x and y below 2^zoom\n"


@pytest.mark.parametrize(
    "path",
    ["tiles/-1/0/0.mvt", "tiles/a/b/c.mvt", "tiles/5/1/1.png", "tiles/", "stills/x.jpg", "stills/../5.jpg",
     "stills/..%2f..%2ftakhai.key", "stills/-5.jpg", "stills/5.jpg/x", "exports/x", "assets/../guard.py",
     "assets/..%2f..%2fguard.py", "assets/"],
)  # fmt: skip
def test_nothing_else_lies_behind_our_own_addresses(served, visitor, path):
    prepared = requests.Request("GET", served.url, cookies=visitor.cookies).prepare()
    prepared.url = f"{served.url}/{path}"  # as it stands, not tidied up
    answer = visitor.send(prepared)
    assert answer.status_code in {400, 404}
    assert "<html" not in answer.text.lower()


async def test_the_tile_cache_is_bounded_and_lets_the_longest_unused_go():
    class Moment:
        def __init__(self, version):
            self.version = version
            self.tiles, self.status = self, None
            self.asked = []

        def tile(self, *address):
            self.asked.append(address)
            return bytes(str(address), "ascii")

    now = Moment("1")
    everything = CameraFilter()
    cache = TileCache(most_bytes=3 * len(gzip.compress(bytes(str((3, 1, 0, None)), "ascii"))) + 1)
    for y in (0, 1, 2, 0, 3):
        await cache.get(now, 3, 1, y, everything)
    assert len(now.asked) == 4
    await cache.get(now, 3, 1, 0, everything)  # used twice: still there
    assert len(now.asked) == 4
    await cache.get(now, 3, 1, 1, everything)  # gone
    assert len(now.asked) == 5
    later = Moment("2")
    await cache.get(later, 3, 1, 0, everything)
    assert len(later.asked) == 1


def test_a_still_says_when_it_was_captured_and_is_kept_by_nobody(served, visitor):
    answer = visitor.get(f"{served.url}/stills/{PICTURED}.jpg")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Captured-At"] == CAPTURED_AT.isoformat()
    assert answer.headers["X-Captured-By"] == "stream"


@pytest.mark.parametrize("camera", [1, 999_999, 10**30])
def test_without_a_still_there_is_a_grey_picture_and_404(served, visitor, camera):
    answer = visitor.get(f"{served.url}/stills/{camera}.jpg")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "image/svg+xml")
    assert answer.text.startswith("<svg")


def test_a_file_of_a_camera_the_inventory_does_not_hold_is_not_shown(served, visitor, monkeypatch):
    stray = served.var / "stills" / still_path(777_777).relative_to(still_path(777_777).parents[1])
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(JPEG)
    assert visitor.get(f"{served.url}/stills/777777.jpg").status_code == 404


def test_a_still_cannot_be_posted(served, visitor):
    assert visitor.post(f"{served.url}/stills/{PICTURED}.jpg", data=b"x").status_code == 405


def wished(served, camera: int):
    with served.db.read() as session:
        return session.get(StillWish, camera)


def test_a_still_on_screen_is_wished_for(served, visitor):
    visitor.get(f"{served.url}/stills/7.jpg")
    visitor.get(f"{served.url}/stills/999999.jpg?wish=1")
    visitor.get(f"{served.url}/stills/8.jpg?wish=1")
    until = time.monotonic() + 10
    while wished(served, 8) is None and time.monotonic() < until:
        time.sleep(0.05)
    assert wished(served, 8) is not None
    assert wished(served, 7) is None
    assert wished(served, 999_999) is None


async def test_wishes_are_told_together_and_each_once_in_a_while(database, at):
    fill(database, 3)
    seconds = [0.0]
    wishes = Wishes(database, lambda: seconds[0], wait_s=0.01)

    async def told(*asked: list[int]) -> set[int]:
        with database.write() as session:
            session.exec(delete(StillWish))
        for ids in asked:
            wishes.ask(ids)
        await asyncio.sleep(0.5)
        with database.read() as session:
            return set(session.exec(select(StillWish.camera_id)))

    assert await told([1, 2], [1], [99]) == {1, 2}
    assert await told([1, 3]) == {3}
    seconds[0] = WISH_EVERY_S
    assert await told([1]) == {1}


def test_pages_ask_when_the_pictures_on_screen_were_captured(served, visitor):
    said = visitor.get(f"{served.url}/stills/times.json?ids={PICTURED},9,999999").json()
    assert said["times"] == {str(PICTURED): CAPTURED_AT.timestamp(), "9": None}
    until = time.monotonic() + 10
    while wished(served, 9) is None and time.monotonic() < until:
        time.sleep(0.05)
    assert wished(served, 9) is not None


@pytest.mark.parametrize(("ids", "rule"), [("a", "numbers"), (",".join(map(str, range(201))), "at most 200")])
def test_what_cannot_be_asked_for_is_said(served, visitor, ids, rule):
    answer = visitor.get(f"{served.url}/stills/times.json?ids={ids}")
    assert answer.status_code == 400
    assert rule in answer.text


def test_a_picture_the_browser_has_is_not_sent_again(served, visitor):
    tag = visitor.get(f"{served.url}/stills/{PICTURED}.jpg").headers["ETag"]
    again = visitor.get(f"{served.url}/stills/{PICTURED}.jpg", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_kept_pictures_are_shown_by_name(served, visitor):
    (served.var / "stills" / "kept.jpg").write_bytes(JPEG)
    with served.db.write() as session:
        session.merge(StillKept(camera_id=DOWN, which="good", captured_at=CAPTURED_AT, path="kept.jpg"))
    answer = visitor.get(f"{served.url}/stills/{DOWN}.jpg?which=good")
    assert (answer.content, answer.headers["X-Captured-At"]) == (JPEG, CAPTURED_AT.isoformat())
    assert visitor.get(f"{served.url}/stills/{DOWN}.jpg?which=bad").status_code == 404
    assert visitor.get(f"{served.url}/stills/{DOWN}.jpg?which=last").status_code == 400


@pytest.mark.parametrize("query", ["status=down", "status=unknown&status=down", "q=C1", "province=Atlantis", ""])
def test_a_filter_in_the_address_narrows_files_and_tiles_alike(served, visitor, version, query):
    z, (x, y) = 5, tile_of(LON, LAT, 5)
    tile = visitor.get(f"{served.url}/tiles/{z}/{x}/{y}.mvt?v={version}&{query}").content
    clusters = layers(tile)["clusters"] if tile else []
    on_screen = sum(cluster["properties"]["n"] for cluster in clusters)
    answer = visitor.get(f"{served.url}/exports/cameras.csv?{query}")
    assert len(list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))) == on_screen
    assert ("-part.csv" in answer.headers["Content-Disposition"]) is bool(query)
    said = visitor.get(f"{served.url}/exports/cameras.geojson?{query}").json()
    assert len(said["features"]) == said["takhai"]["cameras"] == on_screen
    ground = visitor.get(f"{served.url}/exports/coverage.geojson?when=planned&{query}").json()
    assert len({one["properties"]["camera_code"] for one in ground["features"]}) == on_screen
    assert ground["takhai"]["cameras"] == on_screen
    assert ground["takhai"]["filter"] == said["takhai"]["filter"]


def test_every_file_a_page_needs_is_there(served, visitor):
    assert missing() == []
    for name in FILES:
        answer = visitor.get(f"{served.url}/assets/{name}")
        assert (name, answer.status_code) == (name, 200)
        assert len(answer.content) > 100


@pytest.mark.parametrize("name", ["glyphs-light.png", "glyphs.json", "provinces.geojson"])
def test_what_is_drawn_at_start_is_served_beside_them(served, visitor, name):
    answer = visitor.get(f"{served.url}/assets/{name}")
    assert answer.status_code == 200
    again = visitor.get(f"{served.url}/assets/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_app_says_how_old_its_knowledge_is(served, visitor):
    said = visitor.get(f"{served.url}/asof.json")
    assert said.headers["Cache-Control"] == "no-store"
    facts = said.json()
    assert facts["seq"] == 1
    assert 0 < facts["now"] - facts["asof"] < 3600
    assert facts["worker_alive"] is (facts["now"] - facts["asof"] <= 30)
    assert len(facts["boot"]) == 16


def test_ready_means_that_a_worker_watches(served, visitor):
    answer = visitor.get(f"{served.url}/readyz")
    facts = answer.json()
    assert facts["database"] == "ok"
    assert answer.status_code == (200 if facts["worker_alive"] else 503)
