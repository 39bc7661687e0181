"""Sizes of real outputs: aspect and orientation of the source, even, within the codec's limits."""

import pytest
from hypothesis import given, settings, strategies as st
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, Container, Profile
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode

_H264, _HEVC = Codec.H264, Codec.H265


def film_of(width: int, height: int, frames: int = 2) -> bytes:
    return film(Film(width=width, height=height, frames=frames, sound=""))


@pytest.mark.parametrize(
    ("source", "wanted", "encoder", "expected"),
    [
        pytest.param((320, 180), (160, 90), _H264, (160, 90), id="as asked"),
        pytest.param((1920, 1080), (854, 480), _H264, (854, 480), id="854x480 of HD is exact"),
        pytest.param((1920, 1080), (426, 240), _H264, (426, 240), id="426x240 of HD is exact"),
        pytest.param((240, 180), (160, 90), _H264, (160, 120), id="4:3 stays 4:3"),
        pytest.param((180, 320), (320, 180), _H264, (180, 320), id="upright turns the profile"),
        pytest.param((180, 180), (320, 180), _H264, (320, 320), id="a square stays square"),
        pytest.param((320, 136), (160, 90), _H264, (160, 68), id="cinema"),
        pytest.param((320, 180), (177, 99), _H264, (176, 100), id="odd becomes even"),
        pytest.param((322, 182), (160, 90), _H264, (160, 90), id="nearly the aspect"),
        pytest.param((160, 90), (640, 360), _H264, (640, 360), id="larger than the source"),
        pytest.param((320, 180), (10, 10), _H264, (146, 82), id="the least of H.264"),
        pytest.param((320, 180), (10, 10), _HEVC, (132, 74), id="the least of HEVC"),
        pytest.param((320, 180), (1, -1), _H264, (146, 82), id="a side that makes no sense"),
        pytest.param((640, 32), (320, 180), _H264, (1000, 50), id="flat: 50 rows of H.264"),
        pytest.param((640, 32), (320, 180), _HEVC, (800, 40), id="flat: 40 rows of HEVC"),
        pytest.param((32, 640), (320, 180), _H264, (146, 2920), id="thin: 146 columns"),
        pytest.param((16, 4000), (320, 180), _H264, (146, 4096), id="a ribbon is capped"),
        pytest.param((64, 36), (9000, 9000), _H264, (4096, 2304), id="the most of H.264"),
    ],
)
def test_size(
    source: tuple[int, int], wanted: tuple[int, int], encoder: Codec, expected: tuple[int, int]
) -> None:
    frames = 1 if max(expected) > 1000 else 2
    profile = small(width=wanted[0], height=wanted[1], encoder=encoder)

    seen = show(film_of(*source, frames), profile)

    assert {(picture.width, picture.height) for picture in seen.shown} == {expected}


@pytest.mark.parametrize("encoder", [_H264, _HEVC])
@pytest.mark.parametrize("container", Container)
def test_odd_sources(container: Container, encoder: Codec) -> None:
    """A 4:4:4 source may have odd sides; outputs never have."""
    source = Film(width=321, height=181, pixel_format="yuv444p", frames=5)

    seen = show(film(source), small(width=160, format=container, encoder=encoder))

    assert (seen.shown[0].width, seen.shown[0].height) == (160, 90)
    assert seen.numbers == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("encoder", [_H264, _HEVC])
def test_the_smallest_output_is_still_recognised(encoder: Codec) -> None:
    profile = small(width=1, height=1, bitrate=0, quality=63, encoder=encoder)

    seen = show(film_of(64, 36, 1), profile)

    assert len(seen.shown) == 1


@settings(max_examples=15)
@given(
    source=st.sampled_from([(320, 180), (180, 320), (240, 180), (322, 134), (64, 64)]),
    frames=st.integers(1, 6),
    profiles=st.lists(
        st.builds(
            Profile,
            name=st.just("any"),
            width=st.integers(1, 500),
            height=st.integers(1, 400),
            bitrate=st.integers(50_000, 2_000_000),
            fps=st.sampled_from([0, 1, 15, 24, 30, 60]),
            fps_den=st.sampled_from([0, 1, 2]),
            format=st.sampled_from(Container),
            gop_ms=st.sampled_from([-1, 0, 40, 2000]),
            encoder=st.sampled_from([_H264, _H264, _HEVC]),
            quality=st.sampled_from([0, 0, 25, 63, 64]),
        ),
        min_size=1,
        max_size=4,
    ),
    encoder_profile=st.sampled_from([EncoderProfile.FAST, EncoderProfile.SEGMENT]),
    free_cores=st.sampled_from([1, 2]),
)
def test_a_decoder_counts_what_is_reported(
    source: tuple[int, int],
    frames: int,
    profiles: list[Profile],
    encoder_profile: EncoderProfile,
    free_cores: int,
) -> None:
    data = film_of(*source, frames)

    result = transcode(data, profiles, encoder_profile=encoder_profile, free_cores=free_cores)

    assert result.decoded_frames == frames
    assert result.decoded_pixels == frames * source[0] * source[1]
    for rendition in result.renditions:
        seen = view(rendition.data)
        assert seen.pixels == rendition.pixels
        assert len(seen.shown) == rendition.frames
        assert (seen.shown[0].width, seen.shown[0].height) == (rendition.width, rendition.height)
