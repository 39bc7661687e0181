"""The frame grid, by hand and against FFmpeg's own `fps` filter."""

from fractions import Fraction
from itertools import accumulate

import av
import pytest
from av.error import BlockingIOError as NotYetError, EOFError as EndError
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from hypothesis import given, settings, strategies as st

from podium_worker.transcoder.media.grid import FrameGrid

TICK = Fraction(1, 90_000)
RATES = st.sampled_from([Fraction(rate) for rate in (1, 5, 15, 24, 25, 30, 60)]) | st.just(
    Fraction(30_000, 1001)
)


def placed(rate: Fraction, frames: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return `(slot, source frame)` of everything the grid shows."""
    grid = FrameGrid(rate, TICK)
    filled = [*[grid.push(pts, duration) for pts, duration in frames][1:], grid.finish()]
    return [(slot, index) for index, slots in enumerate(filled) for slot in slots]


def steady(rate: int, count: int, start: int = 0) -> list[tuple[int, int]]:
    return [(start + number * 90_000 // rate, 90_000 // rate) for number in range(count)]


@pytest.mark.parametrize(
    ("rate", "frames", "expected"),
    [
        pytest.param(30, steady(30, 3), [(0, 0), (1, 1), (2, 2)], id="equal rates change nothing"),
        pytest.param(
            30, steady(60, 6), [(0, 0), (1, 2), (2, 4)], id="of two for one slot the later wins"
        ),
        pytest.param(60, steady(30, 2), [(0, 0), (1, 0), (2, 1), (3, 1)], id="doubling repeats"),
        pytest.param(
            30, steady(30, 2, 900_000), [(300, 0), (301, 1)], id="slots are absolute, not from 0"
        ),
        pytest.param(
            30, [(0, 3000), (12_000, 3000)], [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1)], id="gap"
        ),
        pytest.param(30, [(1499, 3000)], [(0, 0)], id="just before half a slot rounds down"),
        pytest.param(30, [(1500, 3000)], [(1, 0)], id="half a slot rounds up"),
        pytest.param(30, [(0, 100)], [(0, 0)], id="a source shorter than a slot fills one"),
        pytest.param(1, steady(25, 5), [(0, 4)], id="the last frame stands for a short source"),
        pytest.param(30, [(0, 9000)], [(0, 0), (1, 0), (2, 0)], id="a long last frame is held"),
    ],
)
def test_frames_find_their_slots(
    rate: int, frames: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert placed(Fraction(rate), frames) == expected


def test_nothing_in_nothing_out() -> None:
    assert list(FrameGrid(Fraction(30), TICK).finish()) == []


@pytest.mark.parametrize(
    ("source_rate", "rate", "count"),
    [
        pytest.param(25, 30, 60, id="25 to 30"),
        pytest.param(30, 25, 50, id="30 to 25"),
        pytest.param(60, 30, 60, id="60 to 30"),
        pytest.param(50, 30, 60, id="50 to 30"),
        pytest.param(24, 60, 120, id="24 to 60"),
    ],
)
def test_two_seconds_stay_two_seconds(source_rate: int, rate: int, count: int) -> None:
    first = placed(Fraction(rate), steady(source_rate, 2 * source_rate, 900_000))
    second = placed(Fraction(rate), steady(source_rate, 2 * source_rate, 1_080_000))

    assert len(first) == count
    assert second[0][0] == first[-1][0] + 1


GAPS = st.lists(st.integers(1, 20_000), min_size=1, max_size=40)


@settings(max_examples=200, deadline=None)
@given(RATES, GAPS, st.integers(0, 1 << 33), st.integers(1, 20_000))
def test_the_grid_is_that_of_ffmpegs_filter(
    rate: Fraction, gaps: list[int], start: int, last: int
) -> None:
    times = list(accumulate(gaps[:-1], initial=start))
    frames = list(zip(times, [*gaps[:-1], last], strict=True))

    by_ffmpeg = _by_ffmpeg(rate, frames)

    # The filter may give nothing for a source shorter than a slot; a rendition cannot be empty.
    assert placed(rate, frames) == (by_ffmpeg or [(placed(rate, frames)[0][0], len(frames) - 1)])


def _by_ffmpeg(rate: Fraction, frames: list[tuple[int, int]]) -> list[tuple[int, int]]:
    graph = Graph()
    source = graph.add_buffer(width=16, height=16, format=VideoFormat("gray"), time_base=TICK)
    chain = [source, graph.add("fps", f"{rate}"), graph.add("buffersink")]
    graph.link_nodes(*chain).configure()
    shown: list[tuple[int, int]] = []
    for index, (pts, duration) in enumerate(frames):
        frame = VideoFrame(16, 16, "gray")
        frame.planes[0].update(bytes([index]) * frame.planes[0].buffer_size)
        frame.pts, frame.time_base, frame.duration = pts, TICK, duration
        graph.push(frame)
        shown += _pulled(graph)
    graph.push(None)
    return shown + _pulled(graph)


def _pulled(graph: Graph) -> list[tuple[int, int]]:
    shown: list[tuple[int, int]] = []
    while True:
        try:
            frame = graph.pull()
        except (NotYetError, EndError):
            return shown
        assert isinstance(frame, av.VideoFrame)
        shown.append((frame.pts or 0, bytes(frame.planes[0])[0]))
