"""A line over time: by hand, minute by minute, and from a journal in a database."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.lines.border import LineCover
from data.lines.past import SORTS, CoveredTime, Worked, read_worked
from data.models import Agency, Camera, Outage, WatchSpan
from data.watch.spans import Spans, What
from data.watch.tables import Spell, SpellKind
from geo.line.chainage import Line
from geo.line.gaps import Cells
from geo.see.coverage import DAY, NIGHT

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)  # in Bangkok
MINUTE = 60_000_000
SPAN = 30  # minutes
CAMERAS = 4
BANGKOK = timedelta(hours=7)


def spans(rows) -> Spans:
    table = np.array(list(rows), np.int64).reshape(-1, 3)
    return Spans(table[:, 0].astype(np.intp), table[:, 1] * MINUTE, table[:, 2] * MINUTE)


minutes = st.tuples(st.integers(0, CAMERAS - 1), st.integers(-3, SPAN + 3), st.integers(-3, SPAN + 3)).map(
    lambda t: (t[0], min(t[1:]), max(t[1:]))
)
journals = st.fixed_dictionaries({what: st.lists(minutes, max_size=5) for what in What})


def at_each_minute(journal) -> dict[str, np.ndarray]:
    """What each camera was, minute by minute, as `data.watch.history` tells one camera's past."""
    over = {}
    for what in What:
        over[what] = np.zeros((CAMERAS, SPAN), bool)
        for camera, begin, end in journal[what]:
            row = slice(None) if what is What.LOOKING else camera
            over[what][row, max(begin, 0) : max(end, 0)] = True
    kept = over[What.LOOKING] & over[What.MAINTENANCE]
    judged = over[What.LOOKING] & over[What.WATCHED] & ~kept
    down = judged & over[What.OUTAGES]
    showed = judged & ~down
    return {"works": showed & ~over[What.DEGRADED], "showed": showed, "may": ~(kept | down)}


@given(journals)
def test_what_a_camera_was_is_what_its_history_says_minute_by_minute(journal):
    worked = Worked.of({what: spans(journal[what]) for what in What}, CAMERAS, 0, SPAN * MINUTE)
    for name, expected in at_each_minute(journal).items():
        part = getattr(worked, name)
        found = np.zeros((CAMERAS, SPAN), bool)
        for camera in range(CAMERAS):
            for begin, end in zip(part.begin[camera] // MINUTE, part.end[camera] // MINUTE, strict=True):
                assert not found[camera, begin:end].any()
                found[camera, begin:end] = True
        assert np.array_equal(found, expected), name
        assert (part.begin[:, 1:] >= part.end[:, :-1]).all()


def line_of(km: float) -> Line:
    return Line.of(shapely.LineString([(102.5, 13.7), (102.5, 13.7 - km / 110.62)]))


def covered(parts, worked: Worked, begin: datetime, end: datetime, night=None) -> CoveredTime:
    """Cameras over parts of a line of 10 km: (camera, from, to, certain) by day, and by night."""
    line = line_of(10)
    covers = {}
    for light, some in ((DAY, parts), (NIGHT, parts if night is None else night)):
        row, from_m, to_m, sure = (np.array(column) for column in zip(*some, strict=True))
        cells = Cells.of(from_m.astype(float), to_m.astype(float), line.length_m)
        covers[light] = LineCover(line, 20.0, light, row, from_m, to_m, sure.astype(bool), cells)
    return CoveredTime.of(covers, np.arange(CAMERAS), worked, begin, end)


@given(journals, st.integers(0, SPAN), st.integers(0, SPAN))
def test_each_place_is_seen_for_as_long_as_minute_by_minute(journal, first, last):
    first, last = sorted((first, last))
    parts = [
        (0, 0.0, 4000.0, True),
        (1, 1000.0, 6000.0, True),
        (2, 2000.0, 3000.0, False),
        (3, 5000.0, 7000.0, False),
    ]
    worked = Worked.of({what: spans(journal[what]) for what in What}, CAMERAS, 0, SPAN * MINUTE)
    past = covered(parts, worked, NOON, NOON + timedelta(minutes=SPAN))
    truth = at_each_minute(journal)
    cells = past.by_cell(DAY, first * MINUTE, last * MINUTE)
    for cell in cells.itertuples():
        over = [(camera, sure) for camera, begin, end, sure in parts if begin <= cell.from_m and cell.to_m <= end]
        sure = np.array([truth["works"][camera] for camera, sure in over if sure]).reshape(-1, SPAN).any(axis=0)
        shown = np.array([truth["showed"][camera] for camera, _ in over]).reshape(-1, SPAN).any(axis=0)
        may = np.array([truth["may"][camera] for camera, _ in over]).reshape(-1, SPAN).any(axis=0)
        assert cell.certain_us == sure[first:last].sum() * MINUTE
        assert cell.possible_us == (shown & ~sure)[first:last].sum() * MINUTE
        assert cell.unknown_us == (may & ~shown)[first:last].sum() * MINUTE
        assert cell.open_us == (~may)[first:last].sum() * MINUTE
    assert past.by_cell(NIGHT)[[f"{sort}_us" for sort in SORTS]].to_numpy().sum() == 0, "it is noon"


def test_a_day_of_two_cameras_by_hand():
    midnight = datetime(2026, 3, 1, tzinfo=UTC) - BANGKOK
    day = timedelta(days=1)
    always = spans([(n, 0, 1440) for n in range(2)])
    journal = {what: spans([]) for what in What} | {What.WATCHED: always, What.LOOKING: spans([(0, 0, 1440)])}
    journal[What.OUTAGES] = spans([(0, 10 * 60, 14 * 60)])  # by day
    journal[What.DEGRADED] = spans([(1, 0, 2 * 60)])  # by night
    worked = Worked.of(journal, CAMERAS, 0, 1440 * MINUTE)
    past = covered([(0, 0.0, 5000.0, True), (1, 4000.0, 8000.0, True)], worked, midnight, midnight + day)
    light, dark = past.km_hours(DAY), past.km_hours(NIGHT)
    hours = past.knots[1][-1] / 3.6e9  # between sunrise and sunset
    assert 11.5 < hours < 12.2
    length_km = past.line.length_m / 1000
    assert sum(light.values()) == pytest.approx(length_km * hours)
    assert sum(dark.values()) == pytest.approx(length_km * (24 - hours))
    assert light["certain"] == pytest.approx(
        8 * hours - 4 * 4
    )  # the first 4 km open for 4 hours, the fifth is seen
    assert (light["possible"], light["unknown"]) == (0, 0)
    assert dark["possible"] == pytest.approx(3 * 2)  # of the last 4 km the first has the other camera as well
    assert dark["certain"] == pytest.approx(8 * (24 - hours) - 3 * 2)
    [row] = past.by_day(BANGKOK).query("light == 'day'").to_dict("records")
    assert row["day"] == date(2026, 3, 1)
    assert row["certain"] == pytest.approx(light["certain"])


def test_days_and_kilometres_add_up_to_the_whole():
    rng = np.random.default_rng(3)
    turns = np.sort(rng.integers(0, 5 * 1440, (CAMERAS, 10)), axis=1)
    outages = [(n, a, b) for n in range(CAMERAS) for a, b in zip(turns[n, ::2], turns[n, 1::2], strict=True)]
    journal = {what: spans([]) for what in What} | {
        What.OUTAGES: spans(outages),
        What.WATCHED: spans([(n, 100, 7000) for n in range(CAMERAS)]),
        What.LOOKING: spans([(0, 0, 3000), (0, 3100, 7200)]),
    }
    worked = Worked.of(journal, CAMERAS, 0, 5 * 1440 * MINUTE)
    parts = [
        (0, 0.0, 4000.0, True),
        (1, 1000.0, 6000.0, True),
        (2, 2000.0, 3000.0, False),
        (3, 5000.0, 7000.0, True),
    ]
    past = covered(parts, worked, NOON, NOON + timedelta(days=5))
    days = past.by_day(BANGKOK)
    assert len(days) == 2 * 6
    for light in (DAY, NIGHT):
        whole = past.km_hours(light)
        summed = days[days["light"] == light][list(SORTS)].sum()
        assert summed.to_dict() == pytest.approx(whole)
        stretches = past.by_stretch(light)
        hours = sum(whole.values()) / (past.line.length_m / 1000)
        km = (stretches["to_m"] - stretches["from_m"]) / 1000
        assert {sort: (stretches[sort] * km).sum() * hours for sort in SORTS} == pytest.approx(whole)
        assert stretches[list(SORTS)].sum(axis=1).tolist() == pytest.approx([1.0] * len(stretches))


def test_a_journal_in_a_database_is_read_as_it_is_meant(either_database):
    end = NOON + timedelta(hours=2)
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="ทต.อรัญประเทศ"))
        session.flush()
        session.add_all(
            Camera(id=n, code=f"C{n}", owner_id=1, lon=102.5, lat=13.6, updated_at=NOON) for n in (3, 7, 9)
        )
        session.flush()
        session.add(WatchSpan(worker="w", began_at=NOON, ended_at=end))
        session.add_all(WatchSpan(camera_id=n, began_at=NOON) for n in (3, 7))
        session.add(Outage(camera_id=3, began_at=NOON + timedelta(minutes=30)))
        session.add(Spell(camera_id=7, kind=SpellKind.DEGRADED, began_at=NOON, ended_at=NOON + timedelta(hours=1)))
    with either_database.read() as session:
        worked = read_worked(session.connection(), np.array([3, 7, 9]), NOON, end)
    lasted = {
        name: ((part.end - part.begin).sum(axis=1) / MINUTE).tolist()
        for name, part in (("works", worked.works), ("showed", worked.showed), ("may", worked.may))
    }
    assert lasted == {"works": [30, 60, 0], "showed": [30, 120, 0], "may": [30, 120, 120]}
