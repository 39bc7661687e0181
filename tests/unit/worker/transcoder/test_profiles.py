"""Profiles as jobs carry them, and the classes made of them."""

import json
from fractions import Fraction

import pydantic
import pytest
from hypothesis import given, strategies as st

from podium_worker.profiles import (
    CAPABILITY_CLASSES,
    Codec,
    Profile,
    SourceKind,
    capability_class,
    dump_profiles,
    load_class,
    parse_profiles,
)

PROFILES = st.lists(
    st.builds(
        Profile,
        name=st.text(max_size=20),
        width=st.integers(-1, 8192),
        height=st.integers(-1, 8192),
        bitrate=st.integers(-1, 1 << 31),
    ),
    max_size=4,
)


def made(width: int, height: int, fps: int = 30, fps_den: int = 1) -> Profile:
    return Profile(name="p", width=width, height=height, bitrate=1, fps=fps, fps_den=fps_den)


def test_json_is_camel_case() -> None:
    (item,) = json.loads(dump_profiles([made(640, 360)]))

    assert {"fpsDen", "codecProfile", "gopMs"} <= item.keys()


@given(PROFILES)
def test_what_is_written_is_read(profiles: list[Profile]) -> None:
    assert parse_profiles(dump_profiles(profiles)) == tuple(profiles)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        pytest.param('[{"name": "p", "width": 1, "height": 1}]', "bitrate", id="a missing field"),
        pytest.param(
            '[{"name": "p", "width": 1, "height": 1, "bitrate": 1, "size": 2}]',
            "size",
            id="an unknown field",
        ),
        pytest.param(
            '[{"name": "p", "width": 1, "height": 1, "bitrate": 1, "fps": -1}]',
            "fps",
            id="a negative frame rate",
        ),
        pytest.param(
            '[{"name": "p", "width": 1, "height": 1, "bitrate": 1, "encoder": "av2"}]',
            "encoder",
            id="an unknown codec",
        ),
    ],
)
def test_malformed_profiles_are_refused_by_name(text: str, field: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=field):
        parse_profiles(text)


@pytest.mark.parametrize(
    ("profile", "rate"),
    [
        pytest.param(made(1, 1, 30), Fraction(30), id="whole"),
        pytest.param(made(1, 1, 30_000, 1001), Fraction(30_000, 1001), id="fractional"),
        pytest.param(made(1, 1, 30, 0), Fraction(30), id="a denominator of 0 counts as 1"),
        pytest.param(made(1, 1, 0), None, id="0 keeps the source's"),
    ],
)
def test_frame_rate(profile: Profile, rate: Fraction | None) -> None:
    assert profile.frame_rate == rate


def test_load_class_names_sizes_smallest_first() -> None:
    profiles = [made(1280, 720), made(640, 360, 30_000, 1001), made(426, 240, 0)]

    assert load_class("h264", profiles) == "h264/426x240@0+640x360@29.97+1280x720@30"


def test_the_capability_class_has_no_more_than_is_needed() -> None:
    hevc = Profile(name="p", width=1, height=1, bitrate=1, encoder=Codec.H265)

    assert capability_class([made(1, 1)]) == "h264"
    assert capability_class([made(1, 1), hevc]) == "h264-h265"
    assert capability_class([hevc]) == "h264-h265"
    assert capability_class([made(1, 1)], SourceKind.VP9) == "other-h264"
    assert capability_class([hevc], SourceKind.H264_DEEP) == "deep-h264-h265"


def test_what_nobody_can_do_is_in_no_class() -> None:
    vp9 = Profile(name="p", width=1, height=1, bitrate=1, encoder=Codec.VP9)

    assert capability_class([made(1, 1), vp9]) not in CAPABILITY_CLASSES


@pytest.mark.parametrize("source", SourceKind)
def test_every_kind_of_source_has_classes(source: SourceKind) -> None:
    hevc = Profile(name="p", width=1, height=1, bitrate=1, encoder=Codec.H265)

    assert {capability_class([made(1, 1)], source), capability_class([hevc], source)} <= set(
        CAPABILITY_CLASSES
    )
