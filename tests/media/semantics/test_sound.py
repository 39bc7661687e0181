"""Sound is copied: the same bytes, the same times, or no sound at all."""

import io
from dataclasses import replace
from fractions import Fraction

import av
import pytest
from tests.media.semantics.films import START_SECONDS, Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.transport import Change, Times, retimed, without
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, Container
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.engine import transcode

_SECOND = 90_000


def later(ticks: int) -> Change:
    return lambda _, times: Times((times.pts or 0) + ticks, None)


@pytest.mark.parametrize("fps", [0, 25, 30])
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("output", Container)
@pytest.mark.parametrize(
    "container", ["mpegts", "mp4", "matroska", "flv"], ids=lambda name: f"from {name}"
)
def test_every_packet_is_the_same(
    container: str, output: Container, encoder: Codec, fps: int
) -> None:
    """AAC has a header per packet in MPEG-TS and one for all elsewhere; what is coded is equal."""
    data = film(Film(container=container))
    original = view(data).sounds

    sounds = show(data, small(format=output, encoder=encoder, fps=fps)).sounds

    assert len(original) > 40
    assert len({packet.payload for packet in original}) > 10
    assert [packet.payload for packet in sounds] == [packet.payload for packet in original]


def test_from_mpegts_to_mpegts_not_even_the_header_changes() -> None:
    (rendition,) = transcode(film(), [small()]).renditions

    assert _packets(rendition.data) == _packets(film())


@pytest.mark.parametrize("output", Container)
def test_every_packet_keeps_its_time(output: Container) -> None:
    original = view(film()).sounds

    sounds = show(film(), small(format=output)).sounds

    ticks = Fraction(1, 1000) if output is Container.MP4 else 0  # where MP4 says when it begins
    for copy, packet in zip(sounds, original, strict=True):
        assert abs(copy.seconds - packet.seconds) <= ticks


@pytest.mark.parametrize("output", Container)
@pytest.mark.parametrize(
    ("change", "first_seconds"),
    [
        pytest.param(later(_SECOND // 2), Fraction(1, 2), id="half a second late"),
        pytest.param(later(2 * _SECOND), Fraction(2), id="only after the pictures"),
        pytest.param(later(-_SECOND // 2), -Fraction(1, 2), id="half a second early"),
    ],
)
def test_sound_begins_when_it_does(
    change: Change, first_seconds: Fraction, output: Container
) -> None:
    source = film(Film(sound="mp2"))
    original = view(source).sounds

    seen = show(retimed(source, audio=change), small(format=output))

    moved = seen.sounds[0].seconds - original[0].seconds
    assert abs(moved - first_seconds) < Fraction(1, 500)
    assert [packet.payload for packet in seen.sounds] == [packet.payload for packet in original]
    assert abs(seen.times[0] - START_SECONDS) < Fraction(1, 500)


@pytest.mark.parametrize("output", Container)
@pytest.mark.parametrize(
    ("data", "has_sound"),
    [
        pytest.param(film(Film(sound="")), False, id="no sound stream"),
        pytest.param(
            without(film(), lambda kind, _: kind == "audio"), False, id="declared and empty"
        ),
        pytest.param(
            without(film(), lambda kind, number: kind == "audio" and number < 5),
            True,
            id="the first packets are lost",
        ),
        pytest.param(
            without(film(), lambda kind, number: kind == "audio" and number % 2 == 1),
            True,
            id="every second packet is lost",
        ),
    ],
)
def test_missing_sound(data: bytes, output: Container, *, has_sound: bool) -> None:
    seen = show(data, small(format=output))

    assert bool(seen.sounds) is has_sound
    assert ("audio" in seen.streams) is has_sound
    assert seen.numbers == list(range(25))


@pytest.mark.parametrize("container", ["mpegts", "mp4"])
def test_sound_alone_is_no_video(container: str) -> None:
    with pytest.raises(TranscodeError) as caught:
        transcode(film(Film(frames=0, container=container)), [small()])

    assert caught.value.text == "TranscoderInvalidVideo"


@pytest.mark.parametrize("output", Container)
def test_samples_that_prime_a_decoder_do_not_move_the_sound(output: Container) -> None:
    """MP4 has them before 0, for players to decode and not to play."""
    primed = replace(Film(container="mp4"), start_seconds=0)
    original = [packet for packet in view(film(primed)).sounds if packet.seconds >= 0]

    seen = show(film(primed), small(format=output))

    assert [packet.payload for packet in seen.sounds] == [packet.payload for packet in original]
    assert abs(seen.sounds[0].seconds - original[0].seconds) < Fraction(1, 500)
    assert seen.times[0] == 0


def _packets(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data), "r") as source:
        return [bytes(packet) for packet in source.demux(audio=0) if packet.size]
