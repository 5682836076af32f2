"""Lines that are watched: the ones that ship, and those people bring, each with numbers worked out by hand."""

import json

import pytest
from shapely import LineString

from data.files.gaps import GapView, export_gaps
from data.files.pack import export_pack
from data.files.verify import verify
from data.fleet import Fleet
from data.geography import load_border, load_cambodian_border
from data.ground.layers import keep, remove
from data.ground.tables import LayerKind
from data.lines import border_now
from data.lines.border import sums
from data.lines.gaining import beyond_m, border_of
from data.lines.past import covered_time
from data.lines.places import places
from data.lines.side import thai_side
from data.lines.watched import cambodia, sakaeo, watched_line, watched_lines
from geo.crs import WGS84
from geo.line.chainage import Line
from geo.see.levels import Edition
from tests.data.lines.drawn import LENGTH_M, REACH_M, ROAD, bring_road, layer, two_cameras


def asked(db, query):
    return GapView.read(db, query, edition=Edition.Y2025)


def test_two_lines_ship_and_those_people_bring_come_after_them(either_database, at):
    assert [line.name for line in watched_lines(either_database)] == ["sakaeo", "cambodia"]
    bring_road(either_database, at, level_px_m=40)
    *_, road = watched_lines(either_database)
    assert (road.name, road.title_th, road.level_px_m, road.credit) == ("road", "ถนนสาย 3", 40, "กองกำลังบูรพา")
    assert road.line.length_m == pytest.approx(LENGTH_M, abs=0.5)
    assert watched_line(either_database, "road").key == road.key
    with pytest.raises(ValueError, match="line= takes sakaeo, cambodia, road, got 'moon'"):
        watched_line(either_database, "moon")


def test_the_name_of_a_line_that_ships_is_not_taken(database, at):
    with pytest.raises(ValueError, match="cambodia is a line that ships already"):
        keep(database, layer([ROAD]), LayerKind.LINE, "cambodia", source="x.geojson", by="ก", at=at)


def test_the_whole_border_is_one_line_of_857_km_and_holds_that_of_sakaeo():
    whole, part = load_cambodian_border(), load_border()
    assert whole.length_m == pytest.approx(856_985.7, abs=0.1)
    assert WGS84.geometry_length(whole.geometry) == pytest.approx(whole.length_m, abs=0.1)
    begin, end = (whole.locate(*part.point_at(at)) for at in (0.0, part.length_m))
    assert max(begin[1], end[1]) < 1, "its ends lie on the whole line"
    assert end[0] - begin[0] == pytest.approx(part.length_m, abs=50)


def test_thailand_lies_to_the_right_of_both_and_on_both_sides_of_a_road():
    assert (sakaeo().thai_side, cambodia().thai_side) == ("right", "right")
    assert thai_side(load_border()) == "right", "told by the provinces too"
    assert thai_side(Line.of(load_border().geometry.reverse())) == "left"
    assert thai_side(Line.of(ROAD)) is None
    assert thai_side(Line.of(LineString([(103.2, 13.0), (103.8, 13.4)]))) is None, "in Cambodia"


def test_a_place_is_beyond_a_line_on_its_foreign_side_only(database, at):
    assert beyond_m(sakaeo(), 102.563, 13.656) == pytest.approx(705, abs=5)  # Poipet
    assert beyond_m(cambodia(), 102.563, 13.656) == pytest.approx(705, abs=5)
    assert beyond_m(sakaeo(), 102.506, 13.691) == 0  # Aranyaprathet
    bring_road(database, at)
    road = watched_line(database, "road")
    assert [beyond_m(road, lon, 13.65) for lon in (102.29, 102.31)] == [0, 0], "Thailand is on both sides"
    assert beyond_m(road, 102.563, 13.656) == pytest.approx(705, abs=5), "beyond the border all the same"
    assert border_of(road, 100.5, 13.75) is None, "in Bangkok no border is near"


def test_only_of_sakaeo_subdistricts_are_told_of_others_the_province():
    near = places(load_border())
    assert (near["subdistrict_th"] != "").all()
    assert set(near["province_en"]) == {"Sa Kaeo"}
    whole = places(load_cambodian_border())
    assert (whole["subdistrict_th"] == "").all()
    assert whole["province_en"].tolist() == [
        "Ubon Ratchathani", "Si Sa Ket", "Surin", "Buri Ram", "Sa Kaeo", "Chanthaburi", "Trat", "",
    ]  # fmt: skip
    assert whole["to_m"].iloc[-1] == load_cambodian_border().length_m


def test_a_drawn_line_with_two_cameras_has_the_gaps_worked_out_by_hand(either_database, at):
    two_cameras(either_database, at)
    bring_road(either_database, at)
    known, road = Fleet(either_database).now(), watched_line(either_database, "road")
    lengths = sums(border_now.stretches(known, 20, "day", "live", road))
    assert lengths["certain_m"] == pytest.approx(REACH_M, abs=0.5)
    assert lengths["possible_m"] == pytest.approx(REACH_M, abs=0.5)
    assert lengths["open_m"] == pytest.approx(LENGTH_M - 2 * REACH_M, abs=1)
    gaps = border_now.gaps(known, 20, "day", "live", road)
    assert gaps["band"].tolist() == ["open", "open", "possible", "open"]
    assert gaps["from_m"].tolist() == pytest.approx([0, 1_000 + REACH_M, 5_000, 5_000 + REACH_M], abs=1)
    assert set(gaps["province_en"]) == {"Sa Kaeo"}
    assert set(gaps["subdistrict_th"]) == {""}
    planned = border_now.stretches(known, 20, "day", "planned", road)
    assert sums(planned)["certain_m"] == pytest.approx(2 * REACH_M, abs=1)
    whole = covered_time(either_database, known, 20, at.replace(hour=0), at, road)
    seen = whole.km_hours("day")
    # of five hours of day R1 was known to work in all: 64 m
    assert seen["certain"] == pytest.approx(REACH_M / 1000 * 5, rel=0.02)


def test_lines_do_not_share_what_is_kept_of_them(database, at):
    two_cameras(database, at)
    bring_road(database, at)
    known, road = Fleet(database).now(), watched_line(database, "road")
    marks = {border_now.mark(known, 20, "day", line) for line in (None, sakaeo(), cambodia(), road)}
    assert len(marks) == 3, "none given is the Sa Kaeo border"
    assert border_now.cover(known, 20, "day", road) is border_now.cover(known, 20, "day", road)
    assert border_now.cover(known, 20, "day") is border_now.cover(known, 20, "day", sakaeo())
    bring_road(database, at, shape=LineString([(102.3, 13.6), (102.3, 13.65)]))
    shorter = border_now.stretches(known, 20, "day", "live", watched_line(database, "road"))
    assert shorter["to_m"].iloc[-1] == pytest.approx(LENGTH_M / 2, abs=1), "drawn anew it is counted anew"


def test_a_link_without_a_light_means_that_of_its_line(database, at):
    bring_road(database, at, light="night")
    assert asked(database, "line=road").light == "night"
    assert asked(database, "line=road&light=day").light == "day"
    assert asked(database, "").light == "day"


def test_a_link_without_a_level_means_that_of_its_line(database, at):
    bring_road(database, at, level_px_m=40)
    assert asked(database, "line=road").level_px_m == 40
    assert asked(database, "line=road&level=20").level_px_m == 20
    assert asked(database, "").level_px_m == 20
    view = asked(database, "line=road&from_m=0&to_m=500")
    assert view.query() == "line=road&when=live&level=40&light=day&from_m=0&to_m=500"


def test_files_of_a_brought_line_name_it_and_add_up(either_database, at, tmp_path):
    two_cameras(either_database, at)
    bring_road(either_database, at)
    known, view = Fleet(either_database).now(), asked(either_database, "line=road")
    said = export_gaps(either_database, known, tmp_path / "gaps.geojson", view, at=at)
    assert (said["line"], said["line_title_th"], said["filter_query"][:10]) == ("road", "ถนนสาย 3", "line=road&")
    assert said["line_note"] == "line as brought from road.geojson, not a legal boundary"
    assert said["credits"] == "กองกำลังบูรพา; © OpenStreetMap contributors, ODbL 1.0"
    assert said["total_m"] == pytest.approx(LENGTH_M, abs=0.5)
    rows = json.loads((tmp_path / "gaps.geojson").read_text(encoding="utf-8"))["features"]
    listed = sum(row["properties"]["length_m"] for row in rows)
    assert listed == pytest.approx(said["open_m"] + said["possible_m"], abs=1e-3)
    packed = export_pack(either_database, known, tmp_path / "pack.zip", view, at=at)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    assert (verdict.facts["line"], packed["line"]) == ("road", "road")
    remove(either_database, "road")
    with pytest.raises(ValueError, match="line= takes sakaeo, cambodia, got 'road'"):
        asked(either_database, "line=road")


def test_a_pack_of_the_whole_border_is_found_whole(database, at, tmp_path):
    two_cameras(database, at)
    export_pack(database, Fleet(database).now(), tmp_path / "pack.zip", asked(database, "line=cambodia"), at=at)
    verdict = verify(tmp_path / "pack.zip")
    assert verdict.fault is None
    assert verdict.facts["line_title"] == "Thai-Cambodian border"
    assert verdict.facts["total_m"] == pytest.approx(856_985.7, abs=0.1)
