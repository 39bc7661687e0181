"""The test media keep their own promises."""

from fractions import Fraction
from itertools import pairwise

import pytest
from tests.media import Segment, probe, segments


@pytest.fixture(scope="module")
def stream() -> list[Segment]:
    """Twelve seconds: more than the clip has, so it repeats."""
    return segments(seconds=12, size=(320, 180))


def test_there_are_as_many_as_asked_for(stream: list[Segment]) -> None:
    assert [segment.seq for segment in stream] == list(range(6))


def test_every_segment_starts_with_its_only_key_frame(stream: list[Segment]) -> None:
    for segment in stream:
        contents = probe(segment.data)

        assert contents.key_times == (Fraction(segment.start_ticks, 90_000),)
        assert contents.times[0] == contents.key_times[0]


def test_pictures_never_pause(stream: list[Segment]) -> None:
    times = [time for segment in stream for time in probe(segment.data).times]

    assert {later - earlier for earlier, later in pairwise(times)} == {Fraction(1, 25)}


def test_sound_never_pauses(stream: list[Segment]) -> None:
    times = [time for segment in stream for time in probe(segment.data).audio_times]

    assert {later - earlier for earlier, later in pairwise(times)} == {Fraction(1024, 48_000)}


def test_what_is_told_is_what_is_there(stream: list[Segment]) -> None:
    for segment in stream:
        contents = probe(segment.data)

        assert (contents.frames, contents.width, contents.height) == (50, 320, 180)
        assert (segment.frames, segment.width, segment.height) == (50, 320, 180)
        assert segment.duration_ms == 2000
        assert contents.audio_md5s == segment.audio_md5s


def test_another_rate_and_length() -> None:
    (segment,) = segments(seconds=1, segment_seconds=1.0, size=(320, 180), fps=30)

    contents = probe(segment.data)

    assert contents.frames == segment.frames == 30
    assert segment.duration_ms == 1000
