"""Names, sizes and a gateway's JSON become profiles; every mistake is named with its fix."""

import contextlib
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, strategies as st

from podium_worker.batch.ladder import PRESETS, Defaults, larger_than_source, parse_ladder
from podium_worker.errors import StartError
from podium_worker.profiles import Codec, CodecProfile, Container, Profile


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("720p", (1280, 720, 4_000_000, 0), id="a height keeps the source's frames"),
        pytest.param("720p30", (1280, 720, 4_000_000, 30), id="with a frame rate"),
        pytest.param("720p60", (1280, 720, 6_000_000, 60), id="fast pictures get more bits"),
        pytest.param("1080p60", (1920, 1080, 9_000_000, 60), id="full high definition"),
        pytest.param("240p", (426, 240, 600_000, 0), id="the smallest of the usual"),
        pytest.param("2160p", (3840, 2160, 16_000_000, 0), id="ultra high definition"),
        pytest.param("360p:900k", (640, 360, 900_000, 0), id="a bit rate of one's own"),
        pytest.param("360p:1.5M", (640, 360, 1_500_000, 0), id="in megabits"),
        pytest.param("800x450:1200000", (800, 450, 1_200_000, 0), id="a size of one's own"),
        pytest.param("800x450p25:1M", (800, 450, 1_000_000, 25), id="and its frame rate"),
        pytest.param("P360p25fps16x9", (640, 360, 1_000_000, 25), id="a preset of the network"),
        pytest.param("P720p30fps4x3", (960, 720, 3_500_000, 30), id="one with another shape"),
    ],
)
def test_a_name_says_size_rate_and_frames(text: str, expected: tuple[int, ...]) -> None:
    (profile,) = parse_ladder(text, Defaults())

    assert (profile.width, profile.height, profile.bitrate, profile.fps) == expected
    assert profile.name == text.partition(":")[0]


def test_flags_fill_in_what_the_ladder_leaves_open() -> None:
    rate = Fraction(30000, 1001)
    defaults = Defaults(rate, gop_ms=2000, codec=Codec.H265, container=Container.MP4)

    kept, open_ = parse_ladder("P240p25fps16x9,360p", defaults)

    assert kept.frame_rate == 25
    assert open_.frame_rate == rate
    assert {(one.gop_ms, one.encoder, one.format) for one in (kept, open_)} == {
        (2000, Codec.H265, Container.MP4)
    }


def test_a_fast_default_frame_rate_raises_the_bit_rate() -> None:
    (profile,) = parse_ladder("720p", Defaults(Fraction(60)))

    assert profile.bitrate == PRESETS["P720p60fps16x9"].bitrate


def test_renditions_larger_than_the_source_are_pointed_out() -> None:
    profiles = parse_ladder("720p,360p", Defaults())

    assert larger_than_source(profiles, (640, 360)) == (
        "720p: larger than the source (640x360), to no gain"
    )
    assert larger_than_source(profiles, (1920, 1080)) == ""
    assert larger_than_source(profiles, None) == ""


GATEWAY = {
    "name": "480p",
    "width": 854,
    "height": 480,
    "bitrate": 1_600_000,
    "fps": 30,
    "fpsDen": 1,
    "profile": "H264ConstrainedHigh",
    "gop": "2",
    "encoder": "H.264",
    "quality": 0,
}


def test_a_gateways_profiles_are_read_as_a_gateway_means_them(tmp_path: Path) -> None:
    text = json.dumps([GATEWAY, {"width": 256, "height": 144, "bitrate": 400_000, "gop": "intra"}])
    path = tmp_path / "profiles.json"
    path.write_text(text)

    inline, from_file = (parse_ladder(given, Defaults()) for given in (text, str(path)))

    assert inline == from_file
    assert inline == (
        Profile(
            name="480p",
            width=854,
            height=480,
            bitrate=1_600_000,
            fps=30,
            gop_ms=2000,
            codec_profile=CodecProfile.H264_CONSTRAINED_HIGH,
        ),
        Profile(name="custom_256x144_400000", width=256, height=144, bitrate=400_000, gop_ms=-1),
    )


def test_an_encoder_that_a_profile_names_is_kept() -> None:
    text = json.dumps([GATEWAY, GATEWAY | {"name": "open", "encoder": ""}])

    profiles = parse_ladder(text, Defaults(codec=Codec.H265))

    assert [profile.encoder for profile in profiles] == [Codec.H264, Codec.H265]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "'' is not a rendition; write one of 144p", id="nothing"),
        pytest.param("721p", "'721p' is not a rendition", id="a height that nobody has"),
        pytest.param("720p,,360p", "'' is not a rendition", id="a comma too many"),
        pytest.param("640x360", "a size with a bit rate (800x450:1500k)", id="no bit rate"),
        pytest.param(
            "720p:fast", "'fast' in '720p:fast' is not a bit rate; write 2500k", id="word"
        ),
        pytest.param("720p:0", "is not a bit rate", id="no bits at all"),
        pytest.param("720p,720p", "two renditions are called '720p'", id="twice"),
        pytest.param("missing.json", "cannot read missing.json", id="no such file"),
        pytest.param("[]", "at least 1 item", id="no profiles"),
        pytest.param("[{]", "the text: Invalid JSON", id="broken JSON"),
        pytest.param('[{"width":1,"height":1}]', "0.bitrate: Field required", id="a field missing"),
        pytest.param(
            json.dumps([GATEWAY | {"bitRate": 1}]), "0.bitRate: Extra inputs", id="unknown field"
        ),
        pytest.param(
            json.dumps([GATEWAY | {"encoder": "x"}]), "0.encoder: 'x' is not one of", id="encoder"
        ),
        pytest.param(json.dumps([GATEWAY | {"gop": "2s"}]), "0.gop: '2s' is neither", id="gop"),
        pytest.param(
            json.dumps([GATEWAY | {"name": "../x"}]), "'../x' cannot name a folder", id="a way out"
        ),
    ],
)
def test_a_mistake_is_named_with_its_fix(text: str, words: str) -> None:
    with pytest.raises(StartError, match="^--ladder.*" + re.escape(words)):
        parse_ladder(text, Defaults())


def test_a_list_longer_than_any_path_is_a_list() -> None:
    names = ",".join(f"360p{fps}" for fps in range(10, 70))

    profiles = parse_ladder(names, Defaults())

    assert [one.fps for one in profiles] == [*range(10, 70)]


_PIECES = [
    *PRESETS,
    "360p",
    "p",
    "x",
    "800x450",
    ":",
    "1.5",
    "k",
    "M",
    ",",
    ".",
    "0",
    "60",
    "\0",
    "/",
]
_odd_profiles = st.fixed_dictionaries(
    {}, optional={key: st.just(usual) | st.integers() | st.text() for key, usual in GATEWAY.items()}
)
_texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(_PIECES), max_size=80).map("".join),
    st.lists(_odd_profiles, max_size=3).map(json.dumps),
    st.lists(st.just(GATEWAY), min_size=1, max_size=1).map(json.dumps),
)


@given(_texts)
@example("720p30,800x450:1M")
def test_no_text_does_worse_than_a_named_mistake(text: str) -> None:
    with contextlib.suppress(StartError):
        assert all(one.width > 0 and one.bitrate > 0 for one in parse_ladder(text, Defaults()))
