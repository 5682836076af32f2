"""The transport stream's demultiplexer, on really encoded video cut, broken and mixed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.street import clip
from worker.still.snapshot import UnreadableError, from_keyframe, from_video
from worker.streams.ts import PACKET, first_key

CODECS = [("libx264", "h264"), ("libx265", "hevc")]


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
def test_a_keyframe_is_found_only_once_it_is_whole(encoder: str, codec: str):
    data = clip(encoder)
    found = first_key(data)
    assert found is not None
    assert found[0] == codec
    whole = [end for end in range(0, len(data), PACKET) if first_key(data[:end]) is not None]
    assert len(found[1]) * 1.01 < whole[0] < len(data)
    assert whole == list(range(whole[0], len(data), PACKET))
    assert first_key(data[: whole[0]]) == found


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
@pytest.mark.parametrize("share", [0.1, 0.4, 0.6, 0.8, 0.99])
@pytest.mark.parametrize("form", ["mpegts", "matroska", "mp4"])
def test_a_keyframe_that_was_cut_never_passes_as_whole(encoder: str, codec: str, share: float, form: str):
    data = clip(encoder, form, frames=1)
    with pytest.raises(UnreadableError):
        from_video(data[: int(len(data) * share)])


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
@pytest.mark.parametrize("form", ["mpegts", "matroska", "mp4"])
def test_a_video_of_one_picture_is_taken_when_all_of_it_is_there(encoder: str, codec: str, form: str):
    assert from_video(clip(encoder, form, frames=1), whole=True).width == 320


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_half_a_file_that_a_server_sends_as_a_whole_one_is_none(encoder: str, codec: str, share: float):
    data = clip(encoder, frames=1)
    with pytest.raises(UnreadableError):
        from_video(data[: int(len(data) * share) // PACKET * PACKET], whole=True)


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
def test_a_lost_packet_spoils_the_keyframe_and_a_repeated_one_does_not(encoder: str, codec: str):
    data = clip(encoder)
    middle = PACKET * 40
    assert first_key(data[:middle] + data[middle + PACKET :]) is None
    assert first_key(data[: middle + PACKET] + data[middle:]) == first_key(data)


@pytest.mark.parametrize(("encoder", "codec"), CODECS)
def test_what_is_found_is_what_a_decoder_reads(encoder: str, codec: str):
    found = first_key(clip(encoder))
    assert found is not None
    assert from_keyframe(found[1], codec).width == 320


@given(noise=st.binary(max_size=2_000), at=st.integers(0, 60))
def test_noise_raises_nothing(noise: bytes, at: int):
    data = clip("libx264")
    first_key(noise)
    first_key(b"".join(b"G" + noise[n : n + 187].ljust(187, b"\0") for n in range(0, len(noise), 187)))
    first_key(data[: at * PACKET] + b"G" + noise[:187].ljust(187, b"\0") + data[(at + 1) * PACKET : 40_000])
