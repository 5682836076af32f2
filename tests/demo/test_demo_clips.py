"""Every clip of the simulated cameras, decoded again."""

import io

import av
import numpy as np
import pytest

from demo.clips import FRAMES, Codec, View, clips
from demo.scenes import HEIGHT, SCENES, WIDTH, Look, draw
from tests.demo.pictures import NOON, focus, luma


@pytest.mark.parametrize("codec", list(Codec))
@pytest.mark.parametrize("look", list(Look))
@pytest.mark.parametrize("frozen_at", [None, 1_795_410_000.0])
def test_every_clip_decodes_whole_and_without_a_tear(codec, look, frozen_at):
    for scene in range(len(SCENES)) if codec is Codec.H264 else (0,):
        for number in (NOON, NOON + 6 * 3600):  # noon and midnight in Bangkok
            data = b"".join(clips().segment(View(scene, codec, look, frozen_at), number + i) for i in range(3))
            with av.open(io.BytesIO(data), format="mpegts") as container:
                assert container.streams.video[0].codec_context.name == codec.value
                frames = list(container.decode(video=0))
            assert len(frames) == 3 * FRAMES
            assert not any(frame.is_corrupt for frame in frames)
            assert {(frame.width, frame.height) for frame in frames} == {(WIDTH, HEIGHT)}
            steps = np.diff([frame.pts for frame in frames])
            assert (steps == 90_000 * 2 / FRAMES).all()


def test_transport_packets_count_on_without_a_break_from_segment_to_segment():
    counters: dict[int, int] = {}
    for number in range(NOON, 897_705_020):
        data = clips().segment(View(number % 6), number)
        assert len(data) % 188 == 0
        for at in range(0, len(data), 188):
            assert data[at] == 0x47
            pid, counter = (data[at + 1] & 31) << 8 | data[at + 2], data[at + 3] & 15
            assert counters.get(pid, counter) == counter
            counters[pid] = (counter + 1) % 16


def test_a_keyframe_made_later_fits_the_pictures_made_at_start():
    data = clips().segment(View(1), NOON)
    with av.open(io.BytesIO(data), format="mpegts") as container:
        frames = [frame.to_ndarray(format="gray").astype(float) for frame in container.decode(video=0)]
    last = av.VideoFrame.from_ndarray(draw(1, NOON * 2 + (FRAMES - 1) / 8), "rgb24").to_ndarray(format="gray")
    assert np.abs(frames[-1] - last)[40:].mean() < 4  # below the clock, which only keyframes move


@pytest.mark.parametrize("number", [NOON, NOON + 6 * 3600])
@pytest.mark.parametrize("scene", range(len(SCENES)))
def test_faults_of_the_picture_are_plain_by_day_and_by_night(scene, number):
    seen = {look: luma(clips().segment(View(scene, look=look), number), "mpegts") for look in Look}
    assert seen[Look.CLEAR].std() > 20
    assert focus(seen[Look.CLEAR]) > 0.02
    assert seen[Look.BLURRED].std() > 10
    assert focus(seen[Look.BLURRED]) < 0.01
    assert seen[Look.COVERED].mean() > 40
    assert seen[Look.COVERED].std() < 5
    assert seen[Look.BLACK].mean() < 20
    assert seen[Look.BLACK].std() < 2
