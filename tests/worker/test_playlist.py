"""Playlists as servers write them."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.streams.playlist import Piece, choose_variant, find_last_segment, find_variants, parse_playlist

URL = "http://camera.test/live/index.m3u8"
MASTER = b"""#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=4000000,RESOLUTION=1920x1080,CODECS="avc1.64,mp4a"
big.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=160x90
tiny.m3u8
#EXT-X-STREAM-INF:CODECS="avc1.4d,mp4a",RESOLUTION=640x360,BANDWIDTH=500000
/low/index.m3u8
"""


def test_the_cheapest_variant_that_fills_a_still_is_chosen():
    variants = find_variants(MASTER, URL)
    assert [one.width for one in variants] == [1920, 160, 640]
    assert choose_variant(variants, 320).uri == "http://camera.test/low/index.m3u8"
    assert choose_variant(variants[1:2], 320).width == 160
    assert choose_variant(find_variants(MASTER.replace(b"RESOLUTION", b"X"), URL), 320).bandwidth == 90_000


def test_the_last_segment_has_its_time_its_number_and_its_bytes():
    body = b"""#EXTM3U
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-MAP:URI="init.mp4",BYTERANGE="700@0"
#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.500+07:00
#EXTINF:2.5,
#EXT-X-BYTERANGE:1000@700
all.mp4
#EXTINF:2.0,
#EXT-X-BYTERANGE:900
all.mp4
"""
    found = find_last_segment(body, URL)
    assert found is not None
    assert found.piece == Piece("http://camera.test/live/all.mp4", 1700, 900)
    assert found.head == Piece("http://camera.test/live/init.mp4", 0, 700)
    assert found.began_at is not None
    assert found.began_at.astimezone(UTC) == datetime(2026, 3, 1, 5, 0, 3, tzinfo=UTC)
    assert (found.number, found.lasts_s, found.encrypted) == (42, 2.0, False)


def test_a_key_locks_what_follows_it_until_it_is_taken_back():
    locked = b'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="https://k.test/1"\n#EXTINF:2,\na.ts\n'
    first, second = (
        find_last_segment(locked, URL),
        find_last_segment(locked + b"#EXT-X-KEY:METHOD=NONE\n#EXTINF:2,\nb.ts\n", URL),
    )
    assert first is not None
    assert second is not None
    assert (first.encrypted, second.encrypted) == (True, False)


@given(st.text(alphabet='#EXT-XINFMAPKEY:,="0123456789.@\n/abc ', max_size=400))
def test_no_text_raises_anything(text: str):
    body = b"#EXTM3U\n" + text.encode()
    variants = find_variants(body, URL)
    assert not variants or choose_variant(variants, 320) in variants
    find_last_segment(body, URL)
    parse_playlist(body, URL)
