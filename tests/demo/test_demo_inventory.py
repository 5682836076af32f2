"""The invented country: the same for the same seed, plausible, and never taken for a real one."""

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlmodel import col, or_, select

from data.database import open_database
from data.geography import SA_KAEO, load_border, load_crossings, load_provinces
from data.inventory import ALL, load_cameras
from data.lines import border
from data.models import INVENTORY, Agency, Camera, CameraState, Checkpoint, Counter, Linked
from data.progress import quiet
from data.sealing import join_address
from data.settings import settings
from demo import agencies
from demo.inventory import fill
from demo.places import LEAST, spots

SEALED = {"stream_sealed", "snapshot_sealed", "substream_sealed"}
OPEN = or_(
    col(Camera.stream_address).is_not(None),
    col(Camera.snapshot_address).is_not(None),
    col(Camera.substream_address).is_not(None),
)


def invent(db, at, cameras=2_000, seed=7):
    return fill(db, cameras=cameras, seed=seed, port=8601, at=at, tick=quiet)


def contents(db):
    """Every row of the inventory, addresses opened: what is sealed differs by nature."""
    with db.read() as session:
        cameras = session.exec(select(Camera).order_by(Camera.id)).all()
        named = [(agency.id, agency.name_th, agency.name_en) for agency in session.exec(select(Agency)).all()]
    addresses = [
        (
            join_address(c.stream_address, c.stream_sealed),
            join_address(c.snapshot_address, c.snapshot_sealed),
            join_address(c.substream_address, c.substream_sealed),
        )
        for c in cameras
    ]
    return [camera.model_dump(exclude=SEALED) for camera in cameras], addresses, named


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """The whole country of 20,000 cameras, made once, and what was said of it."""
    folder = tmp_path_factory.mktemp("country")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TAKHAI_VAR", str(folder))
        settings.cache_clear()
        db = open_database(settings().url)
        report = invent(db, datetime(2026, 11, 23, 5, tzinfo=UTC), cameras=20_000)
        frame = load_cameras(db, columns=ALL).astype({"code": object})  # packed texts know no patterns
        rows, opened, named = contents(db)
        with db.read() as session:
            assert len(session.exec(select(Checkpoint)).all()) == report["checkpoints"]
            in_the_open = session.exec(select(Camera.id).where(OPEN)).all()
        db.dispose()
    settings.cache_clear()
    assert in_the_open == []
    assert all("(demo)" in english for _, _, english in named)
    return frame, report, opened, rows


def test_the_same_seed_invents_the_same_country_row_by_row_and_another_seed_another(database, tmp_path, at):
    other = open_database(f"sqlite:///{tmp_path / 'other.db'}")
    assert invent(database, at) == invent(other, at)
    assert contents(database) == contents(other)
    invent(other, at, seed=8)
    assert contents(database)[0] != contents(other)[0]
    other.dispose()


def test_a_second_demo_takes_the_place_of_the_first(database, at):
    invent(database, at, seed=1)
    with database.write() as session:
        camera = session.exec(select(Camera)).first()
        session.add(CameraState(camera_id=camera.id, status="up", since=at, seq=1))
    invent(database, at)
    rows, _, named = contents(database)
    with database.read() as session:
        assert len(rows) == 2_000
        assert len(named) == len({name for _, name, _ in named}) == 8 + 2 * 77
        assert session.exec(select(CameraState)).all() == []
        assert session.get(Counter, INVENTORY).value == 2 * (1 + 4 + 1)  # each with its layers and tours


def test_a_database_with_real_cameras_is_left_alone(database, at):
    with database.write() as session:
        session.add(Agency(id=1, name_th="เทศบาลจริง"))
        session.flush()
        session.add(Camera(code="R-1", owner_id=1, lon=102.5, lat=13.7, updated_at=at))
    with pytest.raises(ValueError, match="1 cameras that are not demo"):
        invent(database, at)
    rows, _, named = contents(database)
    assert [row["code"] for row in rows] == ["R-1"]
    assert len(named) == 1


def test_too_few_cameras_for_a_country_are_refused(database, at):
    with pytest.raises(ValueError, match="needs at least"):
        invent(database, at, cameras=1_500)
    assert contents(database)[0] == []


def test_every_row_and_every_agency_says_that_it_is_demo(country):
    frame, report, *_ = country
    assert frame["demo"].all()
    assert report["demo"] is True
    for name in ("owner", "maintainer", "linker"):
        assert frame[name].dropna().str.endswith(agencies.MARK).all()


def test_counts_are_those_asked_for(country):
    frame, report, *_ = country
    by_province = frame["province_code"].value_counts()
    assert len(frame) == report["cameras"] == 20_000
    assert len(by_province) == 77
    assert by_province.min() >= LEAST
    assert by_province[SA_KAEO] == 1_500
    assert by_province["10"] == by_province.max()
    assert 0.12 <= by_province["10"] / 20_000 <= 0.18
    assert 450 <= report["border_cameras"] <= 550


def test_a_small_country_keeps_sa_kaeo_and_every_province(database, at):
    report = invent(database, at)
    by_province = load_cameras(database)["province_code"].value_counts()
    assert by_province.sum() == 2_000
    assert by_province[SA_KAEO] == 300
    assert by_province.min() >= LEAST
    assert report["provinces"] == 77


def test_every_camera_stands_in_its_own_province(country):
    frame, *_ = country
    for code, ground in load_provinces().set_index("code").geometry.items():
        here = frame[frame["province_code"] == code]
        assert shapely.contains_xy(ground, here["lon"], here["lat"]).all(), code


def test_sa_kaeos_cameras_stand_west_of_the_line(country):
    frame, *_ = country
    line = load_border().lonlat
    here = frame[frame["province_code"] == SA_KAEO]
    # the line runs from north to south: a point on Thai ground has a whole number of pairs of it to its east
    for row in here.itertuples():
        begin, end = line[:-1], line[1:]
        crosses = (begin[:, 1] > row.lat) != (end[:, 1] > row.lat)
        at_lon = begin[:, 0] + (row.lat - begin[:, 1]) / (end[:, 1] - begin[:, 1] + 1e-15) * (
            end[:, 0] - begin[:, 0]
        )
        east = int((crosses & (at_lon > row.lon)).sum())
        inside_span = line[-1, 1] < row.lat < line[0, 1]
        assert not inside_span or east % 2 == 1, row.code


def test_border_poles_stand_30_to_400_m_from_the_line_and_name_their_subdistrict(country):
    frame, report, *_ = country
    border_rows = frame[frame["code"].str.fullmatch(r"SKW-(TP|KS|AR|KH)-\d{4}")]
    assert len(border_rows) == report["border_cameras"]
    away = [load_border().locate(row.lon, row.lat)[1] for row in border_rows.itertuples()]
    assert min(away) >= 30
    assert max(away) <= 400
    assert border_rows["subdistrict"].notna().all()
    assert set(border_rows["district"]) == {"ตาพระยา", "โคกสูง", "อรัญประเทศ", "คลองหาด"}
    assert set(border_rows["kind"]) == {"fixed", "ptz", "thermal"}
    assert 10 <= border_rows["bearing_deg"].isna().sum() <= 80


def test_the_border_is_seen_in_part_with_holes_and_most_at_aranyaprathet(country):
    frame, *_ = country
    cover = border.cover(load_border(), frame, 20)
    nobody_looked = np.zeros(len(frame), np.uint8)
    planned = border.stretches(cover, nobody_looked, "planned")
    total = border.sums(planned)
    assert 0.55 <= total["certain_m"] / total["total_m"] <= 0.70
    holes = planned[planned["band"] == "open"]
    lengths = holes["to_m"] - holes["from_m"]
    assert 2 <= (lengths > 1_000).sum() <= 20
    assert lengths.max() < 9_000
    cells = border.by_cell(cover, nobody_looked, "planned")
    part = np.select(
        [cells["from_m"] < 49_000, cells["from_m"].between(83_000, 99_000)], ["ta phraya", "khlong luek"], "else"
    )
    seen = cells["certain_m"].groupby(part).mean()
    assert seen["khlong luek"] > 1.5 * seen["ta phraya"]


def test_every_crossing_and_airport_has_three_to_eight_cameras_close_by(country):
    frame, *_ = country
    for spot in spots():
        held = frame[frame["code"].str.contains(f"-{spot.code}-", regex=False)]
        assert 3 <= len(held) <= 8, spot.code
        assert set(held["province_code"]) == {spot.province_code}
    near = gpd.GeoSeries.from_xy(frame["lon"], frame["lat"], crs=4326)
    crossings = load_crossings()
    covered = [near.iloc[near.sindex.query(point.buffer(0.0045))].size > 0 for point in crossings.geometry]
    assert np.mean(covered) == 1.0


def test_what_the_list_leaves_out_is_plausible(country):
    frame, report, opened, _ = country
    assert 0.12 <= frame["bearing_deg"].isna().mean() <= 0.18
    assert report["bearing_unknown_share"] == pytest.approx(frame["bearing_deg"].isna().mean(), abs=0.001)
    assert 0.06 <= np.mean([not stream and not still for stream, still, _ in opened]) <= 0.10
    assert 0.02 <= frame["pixels_h"].isna().mean() <= 0.10
    assert 0.05 <= frame["ir_range_m"].isna().mean() <= 0.20
    assert set(frame["kind"]) == {"fixed", "ptz", "dome", "fisheye", "thermal"}
    assert frame["bearing_deg"].dropna().between(0, 360, inclusive="left").all()
    dated = frame["verified_on"].dropna()
    assert 0.6 <= len(dated) / len(frame) <= 0.9
    assert all(2020 <= day.year <= 2026 for day in dated)  # a Buddhist year would be 2563 and more


def test_about_a_fifth_is_linked_and_some_provinces_miss_the_goal(country):
    frame, *_ = country
    linked = frame["linked"] == Linked.LINKED
    by_province = linked.groupby(frame["province_code"]).mean()
    assert 0.17 <= linked.mean() <= 0.25
    assert 20 <= (by_province < 0.20).sum() <= 50
    assert frame.loc[linked, "linker"].notna().all()
    assert frame.loc[~linked, "linker"].isna().all()
    assert (frame["has_stream"] | frame["has_snapshot"])[linked].all()


def test_codes_are_unique_and_addresses_are_sealed_and_of_every_kind(country):
    frame, report, opened, _ = country
    assert frame["code"].is_unique
    assert frame["code"].str.fullmatch(r"[A-Z]{3}-[A-Z0-9]{2,6}-\d{4}").all()
    streams = [stream for stream, *_ in opened if stream]
    ends = {stream.rpartition("/")[2] for stream in streams if stream.startswith("http://127.0.0.1:8601/c/")}
    assert ends == {"live.m3u8", "master.m3u8", "live.mjpg"}
    assert sum(stream.startswith("rtsp://127.0.0.1:8601/c/") for stream in streams) > 3_000
    assert report["checkpoints"] == 56


def test_most_rtsp_cameras_have_a_small_picture_of_their_own_and_no_others_have(country):
    opened = country[2]
    has_small = {bool(small): 0 for small in (True, False)}
    for stream, _, small in opened:
        if stream and stream.startswith("rtsp:"):
            has_small[bool(small)] += 1
            assert small in (None, f"{stream}/sub")
        else:
            assert small is None
    assert 0.65 <= has_small[True] / sum(has_small.values()) <= 0.75


def test_up_to_eight_neighbours_hang_on_a_switch_and_each_switch_on_one_network(country):
    rows = country[3]
    sites = {}
    for row in rows:
        sites.setdefault(row["site"], []).append(row)
    sizes = [len(held) for held in sites.values()]
    assert max(sizes) == 8
    assert np.mean(sizes) > 6
    for held in sites.values():
        assert len({row["network"] for row in held}) == 1
        assert len({row["province_code"] for row in held}) == 1
    networks = {row["network"] for row in rows}
    assert 200 <= len(networks) <= 231  # three carriers in each of 77 provinces
    spread = [np.ptp([row["lat"] for row in held]) for held in sites.values()]
    assert np.median(spread) < 0.05  # about 5 km: one quarter of a town, not the whole province


def test_whoever_is_maintained_is_so_under_an_invented_contract(country):
    rows = country[3]
    assert all((row["contract"] is None) == (row["maintainer_id"] is None) for row in rows)
    contracts = {row["contract"] for row in rows} - {None}
    assert 20 <= len(contracts) <= 40
    assert all(contract.endswith(agencies.MARK) for contract in contracts)
