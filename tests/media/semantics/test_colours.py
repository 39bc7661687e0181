"""Colours: the tags travel, and what they say is true of the pictures."""

from fractions import Fraction
from itertools import product

import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.viewing import View, view

from podium_worker.profiles import Codec, Container

_TV, _PC, _UNSAID = ColorRange.MPEG, ColorRange.JPEG, ColorRange.UNSPECIFIED
_709 = (Colorspace.ITU709, ColorPrimaries.BT709, ColorTrc.BT709)
_601 = (Colorspace.SMPTE170M, ColorPrimaries.SMPTE170M, ColorTrc.SMPTE170M)
_2020 = (9, ColorPrimaries.BT2020, 14)
_PQ = (9, ColorPrimaries.BT2020, 16)
_NONE = (2, 2, 2)
SOURCES = {
    "HD colours": Film(colours=(_TV, *_709)),
    "SD colours": Film(colours=(_TV, *_601)),
    "nothing said": Film(colours=(_UNSAID, *_NONE)),
    "full range": Film(pixel_format="yuvj420p", colours=(_PC, *_709)),
    "10 bits": Film(pixel_format="yuv420p10le", colours=(_TV, *_709)),
    "10 bits, wide colours": Film(pixel_format="yuv420p10le", colours=(_TV, *_2020)),
    "10 bits, high dynamic range": Film(
        codec="libx265", pixel_format="yuv420p10le", colours=(_TV, *_PQ)
    ),
    "4:2:2": Film(pixel_format="yuv422p", colours=(_TV, *_709)),
    "4:2:2 of 10 bits": Film(pixel_format="yuv422p10le", colours=(_TV, *_709)),
    "4:4:4": Film(pixel_format="yuv444p", colours=(_TV, *_709)),
    "full range 4:4:4": Film(pixel_format="yuvj444p", colours=(_PC, *_709)),
    "HEVC 4:2:2 of 10 bits": Film(
        codec="libx265", pixel_format="yuv422p10le", colours=(_TV, *_709)
    ),
    "VP9 in HD colours": Film(
        codec="libvpx-vp9", container="webm", sound="libopus", colours=(_TV, *_709)
    ),
}


@pytest.mark.parametrize("size", [(160, 90), (320, 180)], ids=["scaled", "of the same size"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_tags_travel(source: Film, size: tuple[int, int]) -> None:
    original = view(film(source))

    seen = show(film(source), small(width=size[0], height=size[1]))

    assert seen.colours[1:] == original.colours[1:]
    assert seen.colours[0] in {original.colours[0], _TV}


@pytest.mark.parametrize(
    ("container", "encoder"),
    list(product(Container, [Codec.H264, Codec.H265])),
    ids=str,
)
def test_tags_travel_into_every_output(container: Container, encoder: Codec) -> None:
    seen = show(film(SOURCES["HD colours"]), small(format=container, encoder=encoder))

    assert seen.colours == (_TV, *_709)


@pytest.mark.parametrize("size", [(160, 90), (320, 180)], ids=["scaled", "of the same size"])
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_levels_mean_the_same(source: Film, encoder: Codec, size: tuple[int, int]) -> None:
    """Black, white and colour, read as the tags say, are those of the source."""
    profile = small(width=size[0], height=size[1], encoder=encoder, bitrate=2_000_000)

    seen = show(film(source), profile)

    assert _nominal(seen) == pytest.approx((0.11, 0.84, -0.08, 0.05), abs=0.02)


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize(
    ("source", "ratio"),
    [
        pytest.param(Film(), Fraction(1), id="square pixels"),
        pytest.param(Film(sample_aspect_ratio=Fraction(4, 3)), Fraction(4, 3), id="wide pixels"),
        pytest.param(
            Film(width=240, sample_aspect_ratio=Fraction(3, 4)), Fraction(3, 4), id="tall pixels"
        ),
    ],
)
def test_the_shape_of_pixels_travels(
    source: Film, ratio: Fraction, encoder: Codec, container: Container
) -> None:
    seen = show(film(source), small(encoder=encoder, format=container))

    assert seen.sample_aspect_ratio == ratio


def _nominal(seen: View) -> tuple[float, float, float, float]:
    """Return darkest and brightest luma and both chromas of the middle, 0 to 1 and -0.5 to 0.5."""
    dark, bright, blue, red = seen.middle
    if seen.colours[0] == _PC:
        return dark / 255, bright / 255, blue / 255 - 0.502, red / 255 - 0.502
    return (dark - 16) / 219, (bright - 16) / 219, (blue - 128) / 224, (red - 128) / 224
