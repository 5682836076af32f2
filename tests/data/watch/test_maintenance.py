"""Maintenance windows: planned, called off, and which cameras they excuse when."""

from datetime import timedelta

import pytest

from data.models import Agency, Camera
from data.watch.maintenance import Scope, cancel, excused, keys, plan, windows

HOUR = timedelta(hours=1)


@pytest.fixture
def db(either_database, at):
    with either_database.write() as session:
        session.add(Agency(id=1, name_th="กทม."))
        session.add(Agency(id=2, name_th="ทล."))
        session.flush()
        for number, owner, site in ((1, 1, "P1"), (2, 1, "P1"), (3, 1, "P2"), (4, 2, None)):
            session.add(
                Camera(
                    id=number, code="X" if number > 2 else f"C{number}", owner_id=owner, lon=102.5, lat=13.6,
                    site=site, network="AIS", contract="สัญญา 1", province_code="27", province="สระแก้ว",
                    updated_at=at,
                )
            )  # fmt: skip
    return either_database


def planned(db, at, scope=Scope.SITE, key="P1", begins=HOUR, ends=3 * HOUR, reason="เปลี่ยนสวิตช์", by="สมชาย"):
    return plan(db, scope, key, at + begins, at + ends, reason=reason, by=by, at=at)


def test_cameras_are_excused_from_the_beginning_until_the_end(db, at):
    planned(db, at)
    assert excused(db, at) == {}
    assert excused(db, at + HOUR) == {1: at + 3 * HOUR, 2: at + 3 * HOUR}
    assert excused(db, at + 3 * HOUR) == {}


@pytest.mark.parametrize(
    ("scope", "key", "cameras"),
    [
        (Scope.CAMERA, "2", {2}), (Scope.CAMERA, "C2", {2}), (Scope.NETWORK, "AIS", {1, 2, 3, 4}),
        (Scope.CONTRACT, "สัญญา 1", {1, 2, 3, 4}), (Scope.AGENCY, "ทล.", {4}), (Scope.PROVINCE, "27", {1, 2, 3, 4}),
        (Scope.PROVINCE, "สระแก้ว", {1, 2, 3, 4}),
    ],
)  # fmt: skip
def test_a_window_is_for_all_that_the_inventory_has_of_it(db, at, scope, key, cameras):
    planned(db, at, scope, key)
    assert excused(db, at + 2 * HOUR).keys() == cameras
    assert windows(db, at)[0].cameras == len(cameras)


def test_of_two_windows_the_later_end_counts(db, at):
    planned(db, at, ends=5 * HOUR)
    planned(db, at, Scope.CAMERA, "1")
    assert excused(db, at + 2 * HOUR)[1] == at + 5 * HOUR


def test_a_window_called_off_excuses_nobody_and_stays_on_record(db, at):
    number = planned(db, at)
    cancel(db, number, by="สมหญิง", at=at + 2 * HOUR)
    assert excused(db, at + 2 * HOUR) == {}
    assert windows(db, at) == []
    [kept] = windows(db, at, past=True)
    assert (kept.cancelled_at, kept.by) == (at + 2 * HOUR, "สมชาย; สมหญิง")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ends": HOUR}, "ends after it begins"),
        ({"begins": -3 * HOUR, "ends": -HOUR}, "planned ahead"),
        ({"reason": " "}, "a reason is needed"),
        ({"by": ""}, "a name is needed"),
        ({"by": "ก" * 81}, "at most 80 characters, got 81"),
        ({"key": "P9"}, "no camera has the site 'P9'"),
        ({"scope": Scope.CAMERA, "key": "X"}, "2 cameras have the code 'X'; give the id of one: 3, 4"),
        ({"scope": Scope.CAMERA, "key": "Y"}, "no camera has the code 'Y'"),
        ({"scope": Scope.CAMERA, "key": "99"}, "no camera has the camera '99'"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused_in_a_sentence(db, at, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        planned(db, at, **wrong)
    assert windows(db, at, past=True) == []


def test_a_window_is_called_off_once_and_not_after_it_is_over(db, at):
    first, second = planned(db, at), planned(db, at)
    cancel(db, first, by="ก", at=at)
    for number, sentence in ((first, "was called off"), (second, "is over"), (99, "no maintenance")):
        with pytest.raises(ValueError, match=sentence):
            cancel(db, number, by="ก", at=at + 4 * HOUR)


@pytest.mark.parametrize(
    ("scope", "text", "found"),
    [
        (Scope.SITE, "", [("P1", 2), ("P2", 1)]), (Scope.SITE, "p2", [("P2", 1)]), (Scope.SITE, "%", []),
        (Scope.NETWORK, "", [("AIS", 4)]), (Scope.CONTRACT, "", [("สัญญา 1", 4)]),
        (Scope.AGENCY, "", [("กทม.", 3), ("ทล.", 1)]), (Scope.PROVINCE, "", [("สระแก้ว", 4)]),
    ],
)  # fmt: skip
def test_what_can_be_maintained_is_listed_as_the_inventory_names_it(db, scope, text, found):
    assert keys(db, scope, text) == found
    assert keys(db, scope, text, most=1) == found[:1]


def test_of_many_windows_the_last_to_begin_are_told_in_their_order(db, at):
    for hour in (3, 1, 2):
        planned(db, at, begins=hour * HOUR, ends=(hour + 1) * HOUR)
    later = at + 5 * HOUR
    assert [one.begins_at for one in windows(db, later, past=True)] == [at + hour * HOUR for hour in (1, 2, 3)]
    assert [one.begins_at for one in windows(db, later, past=True, most=2)] == [at + 2 * HOUR, at + 3 * HOUR]
