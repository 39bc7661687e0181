"""The same segment through go-livepeer's orchestrator and through ours: the same renditions.

Bits and bit rates differ, since encoders do; what a player or a verifier sees must not.
"""

from fractions import Fraction
from typing import NamedTuple

import pytest
from tests.interop.clips import Clip
from tests.interop.golivepeer import Answer, Gateway, JsonProfile, Rendition
from tests.interop.standalone import Standalone
from tests.media import probe

SOURCES = {
    "thirty frames a second": Clip(seconds=1),
    "twenty-five frames a second": Clip(seconds=1, rate=Fraction(25)),
    "sixty frames a second": Clip(seconds=1, rate=Fraction(60)),
    "broadcast rate": Clip(seconds=1, rate=Fraction(30_000, 1001)),
    "four by three": Clip(seconds=1, width=480, height=360),
    "portrait": Clip(seconds=1, width=360, height=640),
    "odd shape": Clip(seconds=1, width=722, height=302),
    "no sound": Clip(seconds=1, sound=""),
    "a late start": Clip(seconds=1, start_seconds=80_000),
    "pixels that are not square": Clip(
        seconds=1, width=720, height=576, rate=Fraction(25), pixel_shape=Fraction(16, 15)
    ),
    "sound at another rate": Clip(seconds=1, sound_rate=44_100),
    "another sound codec": Clip(seconds=1, sound="libmp3lame"),
    "mp4": Clip(seconds=1, container="mp4"),
}
LADDER: list[JsonProfile] = [
    {"name": "plain", "width": 640, "height": 360, "bitrate": 800_000, "fps": 30, "fpsDen": 1},
    {
        "name": "slow-high",
        "width": 426,
        "height": 240,
        "bitrate": 400_000,
        "fps": 24,
        "fpsDen": 1,
        "profile": "H264High",
        "gop": "0.5",
    },
    {
        "name": "film-main",
        "width": 320,
        "height": 180,
        "bitrate": 350_000,
        "fps": 24_000,
        "fpsDen": 1001,
        "profile": "H264Main",
    },
    {
        "name": "kept-baseline",
        "width": 256,
        "height": 144,
        "bitrate": 300_000,
        "profile": "H264Baseline",
        "gop": "0.5",
    },
]

ODD_ORDERS: dict[str, JsonProfile] = {
    "smaller than an encoder can": {"width": 16, "height": 16},
    "a size below zero": {"width": -2, "height": 100},
    "an odd size": {"width": 321, "height": 181},
    "a quality": {"quality": 30},
    "a quality and no bit rate": {"quality": 30, "bitrate": 0},
    "a frame rate that only repeats frames": {"fps": 1000, "fpsDen": 1},
}


class Essence(NamedTuple):
    """What must agree."""

    content_type: str
    container: str
    size: tuple[int, int]
    pixel_format: str
    codec_profile: str | None
    times: tuple[Fraction, ...]
    key_times: tuple[Fraction, ...]
    audio_times: tuple[Fraction, ...]
    audio_md5s: tuple[str, ...]


@pytest.mark.parametrize("clip", SOURCES.values(), ids=SOURCES)
def test_renditions_agree_with_go_livepeer(
    gateway: Gateway, reference: Gateway, stream: str, clip: Clip
) -> None:
    name = "0.mp4" if clip.container == "mp4" else "0.ts"

    ours, theirs = (
        peer.push(stream, name, clip.segment(), seconds=1, size=clip.size, profiles=LADDER)
        for peer in (gateway, reference)
    )

    assert (theirs.status, theirs.text) == (200, "")
    assert (ours.status, ours.text) == (200, "")
    assert differences(ours, theirs) == []


def test_a_cut_segment_yields_the_same_frames(
    gateway: Gateway, reference: Gateway, stream: str
) -> None:
    source = Clip().segment()

    ours, theirs = (
        peer.push(stream, "0.ts", source[: len(source) // 2], profiles=LADDER)
        for peer in (gateway, reference)
    )

    assert (ours.status, theirs.status) == (200, 200)
    assert differences(ours, theirs) == []


@pytest.mark.parametrize("order", ODD_ORDERS.values(), ids=ODD_ORDERS)
def test_odd_orders_are_answered_alike(
    podium: Standalone, gateway: Gateway, reference: Gateway, stream: str, order: JsonProfile
) -> None:
    podium.await_streams(0)  # some are dearer than this machine: only an idle node takes them
    ladder = [{"name": "odd", "width": 320, "height": 180, "bitrate": 200_000, **order}]

    ours, theirs = (
        peer.push(stream, "0.ts", Clip(seconds=1).segment(), seconds=1, profiles=ladder)
        for peer in (gateway, reference)
    )

    assert (ours.status, _error_of(ours)) == (theirs.status, _error_of(theirs))
    assert differences(ours, theirs) == []


def _error_of(answer: Answer) -> str:
    return answer.text.partition("err=")[2]


def differences(ours: Answer, theirs: Answer) -> list[str]:
    """Say where renditions disagree: which, in what, and the first unequal values."""
    return [
        f"{name} {field}: {_first_unequal(mine, other)}"
        for name, rendition in theirs.renditions.items()
        for field, mine, other in zip(
            Essence._fields,
            _essence(ours.renditions[name]),
            _essence(rendition),
            strict=True,
        )
        if mine != other
    ]


def _first_unequal(ours: object, theirs: object) -> str:
    if not isinstance(ours, tuple) or not isinstance(theirs, tuple):
        return f"{ours} is not {theirs}"
    for place, (mine, other) in enumerate(zip(ours, theirs, strict=False)):
        if mine != other:
            return f"[{place}] {mine} is not {other}"
    return f"{len(ours)} are not {len(theirs)}"


def _essence(rendition: Rendition) -> Essence:
    seen = probe(rendition.content)
    return Essence(
        content_type=rendition.content_type,
        container=seen.container,
        size=(seen.width, seen.height),
        pixel_format=seen.pixel_format,
        codec_profile=seen.codec_profile,
        times=seen.times,
        key_times=seen.key_times,
        audio_times=seen.audio_times,
        audio_md5s=seen.audio_md5s,
    )
