"""Bits and how they are spent: what the encoder says of itself, and what came out."""

import io
import random
import re
from functools import cache

import av
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from tests.media.semantics.showing import small
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, Profile
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode

_WORDS = re.compile(rb"(?:x264 - core|x265 \(build)[^\0]*?options: ([ -~]*)")


def settings_of(profile: Profile, encoder_profile: EncoderProfile) -> set[str]:
    """Return the settings that the encoder wrote into the picture stream."""
    result = transcode(_noisy(), [profile], encoder_profile=encoder_profile)
    with av.open(io.BytesIO(result.renditions[0].data), "r") as output:
        video = b"".join(bytes(packet) for packet in output.demux(video=0))
    found = _WORDS.search(video)
    assert found is not None
    return set(found[1].decode().split(" "))


@pytest.mark.parametrize(
    ("profile", "encoder_profile", "expected"),
    [
        pytest.param(
            small(fps=25),
            EncoderProfile.LPMS,
            "rc=cbr bitrate=300 vbv_maxrate=300 vbv_bufsize=300 nal_hrd=none filler=0 "
            "bframes=3 keyint=250 scenecut=40 me=hex subme=7 ref=3 rc_lookahead=40",
            id="lpms is the reference's medium at a constant rate",
        ),
        pytest.param(
            small(fps=25),
            EncoderProfile.FAST,
            "rc=cbr bitrate=300 vbv_maxrate=300 vbv_bufsize=300 bframes=3 subme=2 ref=1 "
            "rc_lookahead=10",
            id="fast is veryfast at a constant rate",
        ),
        pytest.param(
            small(fps=25),
            EncoderProfile.SEGMENT,
            "rc=cbr bitrate=300 vbv_maxrate=300 vbv_bufsize=300 bframes=3 subme=2 ref=1 "
            "rc_lookahead=36 analyse=0x3:0x3 aq=2:0.80",
            id="segment looks further ahead",
        ),
        pytest.param(
            small(fps=25, quality=30),
            EncoderProfile.LPMS,
            "rc=crf crf=30.0 vbv_maxrate=300 vbv_bufsize=300",
            id="a quality is capped by the rate",
        ),
        pytest.param(
            small(fps=25, quality=30, bitrate=0),
            EncoderProfile.LPMS,
            "rc=crf crf=30.0",
            id="a quality alone",
        ),
        pytest.param(
            small(fps=25, gop_ms=1000), EncoderProfile.LPMS, "keyint=25", id="a distance of keys"
        ),
        pytest.param(
            small(fps=25, encoder=Codec.H265),
            EncoderProfile.LPMS,
            "rc=cbr bitrate=300 vbv-maxrate=300 vbv-bufsize=300 bframes=3 keyint=250 "
            "frame-threads=1 high-tier=1",
            id="HEVC at a constant rate, of the high tier, on one thread",
        ),
        pytest.param(
            small(fps=25, encoder=Codec.H265, quality=30),
            EncoderProfile.LPMS,
            "rc=crf crf=30.0 vbv-maxrate=300 vbv-bufsize=300",
            id="HEVC of a quality capped by the rate",
        ),
    ],
)
def test_the_encoder_is_told(
    profile: Profile, encoder_profile: EncoderProfile, expected: str
) -> None:
    assert set(expected.split(" ")) <= settings_of(profile, encoder_profile)


@pytest.mark.parametrize("encoder_profile", EncoderProfile)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("kilobits", [100, 400])
def test_the_rate_is_kept(encoder: Codec, kilobits: int, encoder_profile: EncoderProfile) -> None:
    profile = small(bitrate=kilobits * 1000, fps=25, encoder=encoder)

    (rendition,) = transcode(_noisy(), [profile], encoder_profile=encoder_profile).renditions

    rate = view(rendition.data).video_bytes * 8 / 1000
    assert 0.6 * kilobits <= rate <= 1.9 * kilobits  # a second, and a buffer that was full


@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
def test_a_better_quality_takes_more_bytes(encoder: Codec) -> None:
    profiles = [
        small(name=str(quality), bitrate=0, quality=quality, encoder=encoder)
        for quality in (20, 30, 40, 51)
    ]

    sizes = [len(item.data) for item in transcode(_noisy(), profiles).renditions]

    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1.5 * sizes[-1]


@cache
def _noisy() -> bytes:
    """Return a second of pictures that want more bits than they get."""
    noise = random.Random(1)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mpegts") as output:
        stream = output.add_stream("libx264", rate=25, options={"preset": "ultrafast", "crf": "18"})
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = 320, 180, "yuv420p"
        context.thread_count = 1
        for number in range(25):
            frame = VideoFrame(320, 180, "yuv420p")
            for plane in frame.planes:
                coarse = noise.randbytes(plane.buffer_size // 16 + 1)
                plane.update(
                    bytes(value for value in coarse for _ in range(16))[: plane.buffer_size]
                )
            frame.pts = 250 + number
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()
