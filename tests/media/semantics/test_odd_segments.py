"""Segments that are cut, spoilt, changed midway, too long or too much; and what is said of them."""

import random
from fractions import Fraction

import pytest
from tests.media.semantics.films import START_SECONDS, Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.transport import Times, concealing, retimed, without
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, CodecProfile, Container, Profile
from podium_worker.transcoder.errors import NON_RETRYABLE, TranscodeError
from podium_worker.transcoder.media.engine import transcode

_TICKS = 90_000
_INVALID_VIDEO = "TranscoderInvalidVideo"


def grown(first: Film, second: Film) -> bytes:
    """Return two films in one segment, one after the other."""
    return film(first) + film(second)


def later(width: int, height: int, *, codec: str = "libx264") -> Film:
    """Return a film that goes on where one of five pictures at 25/s ends."""
    times = tuple(18_000 + 3600 * number for number in range(5))
    return Film(width=width, height=height, frames=5, times=times, sound="", codec=codec)


_SHORT = Film(frames=5, sound="")


@pytest.mark.parametrize("fps", [0, 25])
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize(
    ("second", "size"),
    [
        pytest.param(later(640, 360), (160, 90), id="larger, the same shape"),
        pytest.param(later(160, 90), (160, 90), id="smaller, the same shape"),
        pytest.param(later(240, 180), (160, 120), id="another shape"),
        pytest.param(later(180, 320), (90, 160), id="turned upright"),
    ],
)
def test_pictures_that_change_size(
    second: Film, size: tuple[int, int], container: Container, encoder: Codec, fps: int
) -> None:
    """MPEG-TS carries the new shape; MP4 has one for all. Every count and every time is true."""
    data = grown(_SHORT, second)

    seen = show(data, small(format=container, encoder=encoder, fps=fps))

    sizes = [(picture.width, picture.height) for picture in seen.shown]
    least = size
    if size == (90, 160):  # upright, the codec's least width decides
        least = (132, 234) if encoder is Codec.H265 else (146, 260)
    after = (160, 90) if container is Container.MP4 else least
    assert sizes == [(160, 90)] * 5 + [after] * 5
    assert seen.times == [START_SECONDS + Fraction(number, 25) for number in range(10)]
    assert [number for number in seen.numbers if number < 5] == seen.numbers


@pytest.mark.parametrize(
    ("damage", "least"),
    [
        pytest.param(lambda data: data[: len(data) // 2], 8, id="cut in the middle"),
        pytest.param(lambda data: data[: len(data) - 50], 24, id="cut near the end"),
        pytest.param(lambda data: data[77:], 20, id="cut at the front, within a packet"),
        pytest.param(lambda data: b"\0" * 1000 + data, 25, id="padding before"),
        pytest.param(lambda data: data + b"\xff" * 5000, 25, id="noise after"),
        pytest.param(lambda data: concealing(data, 10), 24, id="a spoilt picture"),
        pytest.param(lambda data: concealing(concealing(data, 5), 15), 23, id="two of them"),
        pytest.param(
            lambda data: without(data, lambda kind, number: kind == "video" and number == 8),
            23,
            id="a lost picture",
        ),
        pytest.param(lambda data: data + data, 25, id="the same segment twice"),
    ],
)
def test_what_can_be_seen_is_shown(damage: object, least: int) -> None:
    """As a player would: errors cost pictures, not the segment."""
    assert callable(damage)
    data = damage(film(Film(width=640, height=360)))

    seen = show(data, small(width=640, height=360, bitrate=1_000_000))

    assert len(seen.shown) >= least


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_fragmented_mp4_that_breaks_off_is_played_as_far_as_it_goes(kept: float) -> None:
    fragments = (("movflags", "frag_keyframe+delay_moov+default_base_moof"),)
    options = (("bf", "0"), ("g", "3"))
    data = film(Film(container="mp4", container_options=fragments, options=options))

    seen = show(data[: int(len(data) * kept)])

    whole = len(seen.shown) - 1  # the last may be half a picture
    assert seen.numbers[:whole] == list(range(whole))
    assert whole >= 25 * kept - 6


def test_words_in_another_alphabet_do_no_harm() -> None:
    data = film(Film(container="flv", title="Sm\xf6rg\xe5sbord"))
    spoilt = data.replace("\xf6".encode(), b"\xf6\xff")

    assert spoilt != data
    assert show(spoilt).numbers == list(range(25))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", _INVALID_VIDEO, id="nothing"),
        pytest.param(b"G" * 24, _INVALID_VIDEO, id="24 bytes"),
        pytest.param(b"hello" * 50, _INVALID_VIDEO, id="text"),
        pytest.param(random.Random(1).randbytes(20_000), _INVALID_VIDEO, id="noise"),
        pytest.param(b"\0" * 20_000, _INVALID_VIDEO, id="zeros"),
        pytest.param(b"G" * 188 * 50, _INVALID_VIDEO, id="sync bytes only"),
        pytest.param(b"#EXTM3U\n#EXTINF:2,\nfile:///x.ts\n", _INVALID_VIDEO, id="a playlist"),
        pytest.param(b"\x1a\x45\xdf\xa3" + b"\xff" * 500, _INVALID_VIDEO, id="broken Matroska"),
        pytest.param(
            b"\0\0\0\x18ftypisom" + b"\xff" * 500, _INVALID_VIDEO, id="an MP4 that breaks off"
        ),
        pytest.param(film(Film(container="mp4"))[:-3000], _INVALID_VIDEO, id="MP4 without index"),
        pytest.param(film(Film(frames=0)), _INVALID_VIDEO, id="sound alone"),
        pytest.param(
            without(film(), lambda kind, _: kind == "video"),
            _INVALID_VIDEO,
            id="pictures declared, none there",
        ),
        pytest.param(
            without(film(), lambda kind, number: kind == "video" and number == 0),
            "No keyframes in input",
            id="the key frame is lost",
        ),
        pytest.param(
            retimed(film(), video=lambda n, t: Times((t.pts or 0) + 400 * _TICKS * (n > 20), None)),
            "TranscoderInvalidDuration",
            id="longer than 300 s",
        ),
    ],
)
def test_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(data, [small(fps=25)])

    assert caught.value.text == text


@pytest.mark.parametrize("seed", range(30))
def test_unreadable_bytes_are_never_called_an_invalid_argument(seed: int) -> None:
    """A gateway takes that for a fault of the profiles, and of every other orchestrator."""
    dice = random.Random(seed)
    container = dice.choice(["mpegts", "mp4", "matroska", "flv"])
    data = bytearray(film(Film(container=container))[:4000])
    for _ in range(60):
        data[dice.randrange(len(data))] = dice.randrange(256)

    assert _outcome(bytes(data)) in {"", *NON_RETRYABLE, "TranscoderInvalidDuration"} - {
        "Invalid argument",
        "Decoder not found",
        "Demuxer not found",
    }


def _outcome(data: bytes, duration_seconds: float | None = None) -> str:
    """Return the error's text, "" when there is none."""
    try:
        transcode(data, [small(fps=25)], duration_seconds=duration_seconds)
    except TranscodeError as error:
        return error.text
    return ""


@pytest.mark.parametrize(
    ("jump_seconds", "fps"),
    [
        pytest.param(60, 25, id="a minute's gap in a second of pictures"),
        pytest.param(299, 60, id="five minutes"),
    ],
)
def test_a_time_that_runs_away_is_stopped(jump_seconds: int, fps: int) -> None:
    data = retimed(
        film(Film(frames=12)),
        video=lambda n, t: Times((t.pts or 0) + jump_seconds * _TICKS * (n > 5), None),
    )

    with pytest.raises(TranscodeError) as caught:
        transcode(data, [small(fps=fps)])

    assert caught.value.text == "Encoded frames runaway"


def test_kept_frames_cannot_run_away() -> None:
    data = retimed(
        film(Film(frames=12)), video=lambda n, t: Times((t.pts or 0) + 60 * _TICKS * (n > 5), None)
    )

    assert len(show(data).shown) == 12


@pytest.mark.parametrize(
    ("profiles", "text"),
    [
        pytest.param([], "TranscoderUnrecognizedProfile", id="nothing wanted"),
        pytest.param([small()] * 11, "Too many outputs", id="eleven outputs"),
        pytest.param([small(gop_ms=-2)], "TranscoderInvalidGOP", id="a negative distance of keys"),
        pytest.param([small(encoder=Codec.VP9)], "Encoder not found", id="an encoder we have not"),
        pytest.param([small(bitrate=-1)], "Invalid argument", id="a negative rate"),
        pytest.param(
            [small(encoder=Codec.H265, codec_profile=CodecProfile.H264_HIGH)],
            "Invalid argument",
            id="HEVC in a profile of H.264",
        ),
        pytest.param([small(width=0, height=0)], "TranscoderInvalidResolution", id="no size"),
    ],
)
def test_profiles_that_cannot_be_met(profiles: list[Profile], text: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(film(), profiles)

    assert caught.value.text == text
    assert text in NON_RETRYABLE


def test_ten_outputs_are_made() -> None:
    profiles = [small(name=str(number), width=160 + 16 * number) for number in range(10)]

    renditions = transcode(film(_SHORT), profiles).renditions

    assert [item.width for item in renditions] == [160 + 16 * number for number in range(10)]
    assert all(view(item.data).numbers == [0, 1, 2, 3, 4] for item in renditions)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(299.9, "", id="just under five minutes"),
        pytest.param(300.0, "", id="five minutes"),
        pytest.param(300.5, "TranscoderInvalidDuration", id="more"),
    ],
)
def test_a_declared_duration(seconds: float, text: str) -> None:
    assert _outcome(film(_SHORT), seconds) == text
