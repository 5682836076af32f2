from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from data.database import open_database
from data.signins import is_signed_in, new_link, sign_out, use_link

NOON = datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.fixture
def database(tmp_path):
    db = open_database(f"sqlite:///{tmp_path / 'takhai.db'}")
    yield db
    db.dispose()


def test_a_link_signs_in_once(database):
    token = new_link(database, NOON)
    cookie = use_link(database, token, NOON)
    assert is_signed_in(database, cookie, NOON)
    assert use_link(database, token, NOON) is None


def test_a_link_is_good_for_a_quarter_of_an_hour(database):
    early, late = new_link(database, NOON), new_link(database, NOON)
    assert use_link(database, early, NOON + timedelta(minutes=14, seconds=59))
    assert use_link(database, late, NOON + timedelta(minutes=15)) is None


def test_of_many_browsers_with_one_link_one_wins(database):
    token = new_link(database, NOON)
    with ThreadPoolExecutor(8) as pool:
        cookies = list(pool.map(lambda _: use_link(database, token, NOON), range(8)))
    assert sum(cookie is not None for cookie in cookies) == 1


def test_a_sign_in_ends_after_thirty_days_however_much_it_is_used(database):
    cookie = use_link(database, new_link(database, NOON), NOON)
    assert is_signed_in(database, cookie, NOON + timedelta(days=29, hours=23))
    assert not is_signed_in(database, cookie, NOON + timedelta(days=30))


def test_signing_out_ends_one_browser_and_no_other(database):
    one, other = (use_link(database, new_link(database, NOON), NOON) for _ in range(2))
    sign_out(database, one, NOON)
    assert not is_signed_in(database, one, NOON)
    assert is_signed_in(database, other, NOON)


@pytest.mark.parametrize("junk", ["", "x", "ก" * 43, "A" * 43, "A" * 100_000, "' OR 1=1 --", "\x00" * 43])
def test_what_we_never_gave_out_signs_nobody_in(database, junk):
    assert use_link(database, junk, NOON) is None
    assert not is_signed_in(database, junk, NOON)


def test_neither_token_nor_cookie_lies_in_the_database(database, tmp_path):
    token = new_link(database, NOON)
    cookie = use_link(database, token, NOON)
    database.dispose()  # writes the log back into the file
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert len(stored) > 1000
    assert token.encode() not in stored
    assert cookie.encode() not in stored


def test_rows_long_past_their_use_are_swept(database):
    use_link(database, new_link(database, NOON), NOON)
    new_link(database, NOON + timedelta(days=61))
    with database.read() as session:
        left = {
            t: session.connection().exec_driver_sql(f"SELECT count(*) FROM {t}").scalar()
            for t in ("signinlink", "signin")
        }
    assert left == {"signinlink": 1, "signin": 0}
