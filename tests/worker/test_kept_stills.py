"""The last good picture and the first bad one of a fault, as the photographer hands them on."""

import pytest

from data.watch.thumbnails import write_stills
from tests.worker.street import Street, http, jpeg, picture
from tests.worker.studio import Studio, camera
from tests.worker.test_loop import fill


@pytest.mark.parametrize("bad", ["black", "no_signal"])
async def test_both_are_kept_once_however_alike_the_bad_ones_are(street: Street, studio: Studio, database, bad):
    worse = picture() // 60 if bad == "black" else picture() * 0 + [[[20, 40, 220]]]
    street.replies["/a"] = http(jpeg())
    [camera_id] = fill(database, {"a": (None, street.url("/a"))}).values()
    one = camera(None, street.url("/a"))
    one = type(one)(camera_id, one.stream, one.snapshot, True, None)
    kept = []
    async with studio as photographer:
        good = (await photographer.take(one)).picture
        write_stills(database, [(camera_id, good)])
        await photographer.take(one)  # the same again: frozen perhaps, and then it is something else
        street.replies["/a"] = http(jpeg(worse.astype("uint8")))
        for _ in range(5):
            taken = await photographer.take(one)
            write_stills(database, [(camera_id, taken.picture)] if taken.picture else [])
            kept += taken.kept
    assert taken.verdict == bad
    assert {one.which for one in kept} == {"good", "bad"}
    assert len(kept) == 2
    assert next(one for one in kept if one.which == "good").body == good.body
    assert next(one for one in kept if one.which == "bad").body != good.body
