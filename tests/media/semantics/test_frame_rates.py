"""The frame-rate grid on real files, against FFmpeg's own `fps` filter; and frames kept as is."""

from fractions import Fraction

import pytest
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from hypothesis import given, settings, strategies as st
from tests.media.semantics.films import START_SECONDS, Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.viewing import view

from podium_worker.profiles import Codec, Container, Profile

_TICK = Fraction(1, 90_000)
_PAL, _NTSC, _CINEMA = Fraction(25), Fraction(30_000, 1001), Fraction(24_000, 1001)
_VARIABLE = (0, 3003, 6006, 15_000, 16_000, 17_000, 30_000, 33_600, 37_200, 45_000)
_PAUSE = (*range(0, 18_000, 3600), *range(108_000, 126_000, 3600))
_OFF_GRID = tuple(1234 + 3600 * number for number in range(20))


def filtered(film_of: Film, rate: Fraction) -> list[tuple[int, Fraction]]:
    """Return which picture FFmpeg's filter shows when, fed with the file's own times."""
    shown = view(film(film_of)).shown
    graph = Graph()
    source = graph.add_buffer(width=16, height=16, format=VideoFormat("gray"), time_base=_TICK)
    fps = graph.add("fps", f"fps={rate}")
    sink = graph.add("buffersink")
    source.link_to(fps)
    fps.link_to(sink)
    graph.configure()
    for picture in shown:
        frame = VideoFrame(16, 16, "gray")
        frame.planes[0].update(bytes([picture.number]) * frame.planes[0].buffer_size)
        frame.pts, frame.time_base = int(picture.seconds / _TICK), _TICK
        frame.duration = int(1 / film_of.rate / _TICK)
        graph.push(frame)
    graph.push(None)
    out: list[tuple[int, Fraction]] = []
    while True:
        try:
            made = graph.pull()
        except (BlockingIOError, EOFError):
            return out
        assert isinstance(made, VideoFrame)
        out.append((bytes(made.planes[0])[0], (made.pts or 0) * (made.time_base or _TICK)))


def close(times: list[Fraction], others: list[Fraction]) -> bool:
    """Whether times agree within the 1/90000 s of MPEG-TS."""
    return len(times) == len(others) and all(
        abs(a - b) <= _TICK for a, b in zip(times, others, strict=True)
    )


def at(fps: int, fps_den: int = 1, **changes: object) -> Profile:
    return small(fps=fps, fps_den=fps_den, **changes)


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        pytest.param(Film(), at(25), id="25 stays 25"),
        pytest.param(Film(), at(30), id="25 becomes 30: pictures repeat"),
        pytest.param(Film(), at(60), id="25 becomes 60"),
        pytest.param(Film(), at(1), id="25 becomes 1"),
        pytest.param(Film(frames=40, rate=Fraction(60)), at(30), id="60 becomes 30"),
        pytest.param(Film(frames=40, rate=Fraction(60)), at(24), id="60 becomes 24"),
        pytest.param(Film(frames=30, rate=Fraction(30)), at(25), id="30 becomes 25: some drop"),
        pytest.param(Film(frames=30, rate=_NTSC), at(30), id="29.97 becomes 30"),
        pytest.param(Film(frames=30, rate=_NTSC), at(30_000, 1001), id="29.97 stays 29.97"),
        pytest.param(Film(frames=30, rate=_CINEMA), at(30_000, 1001), id="23.98 becomes 29.97"),
        pytest.param(Film(frames=10, times=_VARIABLE), at(30), id="uneven pictures"),
        pytest.param(Film(frames=10, times=_VARIABLE), at(5), id="uneven pictures, few slots"),
        pytest.param(Film(frames=10, times=_PAUSE), at(25), id="a pause is filled"),
        pytest.param(Film(frames=20, times=_OFF_GRID), at(25), id="a start between two slots"),
        pytest.param(Film(frames=20, times=_OFF_GRID), at(10), id="between slots, fewer of them"),
        pytest.param(Film(container="mp4"), at(30), id="from MP4"),
        pytest.param(Film(), at(30, format=Container.MP4), id="to MP4"),
        pytest.param(Film(), at(30, encoder=Codec.H265), id="to HEVC"),
    ],
)
def test_the_grid_is_that_of_the_fps_filter(source: Film, wanted: Profile) -> None:
    rate = wanted.frame_rate
    assert rate is not None
    expected = filtered(source, rate)

    seen = show(film(source), wanted)

    assert seen.numbers == [number for number, _ in expected]
    assert close(seen.times, [seconds for _, seconds in expected])


@settings(max_examples=25)
@given(
    st.lists(st.integers(1500, 20_000), min_size=2, max_size=9),
    st.integers(0, 5000),
    st.sampled_from([at(5), at(12), at(24_000, 1001), at(30)]),
)
def test_any_timing_is_that_of_the_fps_filter(gaps: list[int], start: int, wanted: Profile) -> None:
    times = tuple(start + sum(gaps[:count]) for count in range(len(gaps) + 1))
    source = Film(width=160, height=90, frames=len(times), times=times, sound="")
    rate = wanted.frame_rate
    assert rate is not None

    seen = show(film.__wrapped__(source), wanted)

    expected = filtered(source, rate)
    body = min(len(expected), len(seen.shown)) - 1  # the end depends on a guessed duration
    assert seen.numbers[:body] == [number for number, _ in expected][:body]
    assert close(seen.times[:body], [seconds for _, seconds in expected[:body]])


@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize(
    "source",
    [
        pytest.param(Film(), id="even"),
        pytest.param(Film(frames=30, rate=_NTSC), id="29.97"),
        pytest.param(Film(frames=10, times=_VARIABLE), id="uneven"),
        pytest.param(Film(frames=20, times=_OFF_GRID), id="between slots"),
        pytest.param(Film(frames=10, times=_PAUSE), id="with a pause"),
    ],
)
def test_without_a_rate_every_picture_keeps_its_time(source: Film, encoder: Codec) -> None:
    original = view(film(source))

    seen = show(film(source), small(encoder=encoder))

    assert seen.numbers == original.numbers == list(range(source.frames))
    assert seen.times == original.times


@pytest.mark.parametrize(
    ("milliseconds", "fps", "frames"),
    [
        pytest.param(40, 25, 1, id="one slot"),
        pytest.param(20, 25, 1, id="half a slot still shows a picture"),
        pytest.param(4, 1, 1, id="far less than a slot"),
        pytest.param(20, 0, 1, id="one picture kept as it is"),
    ],
)
def test_a_segment_shorter_than_a_frame_shows_one(milliseconds: int, fps: int, frames: int) -> None:
    source = Film(frames=1, rate=Fraction(1000, milliseconds), sound="")

    seen = show(film(source), small(fps=fps))

    assert seen.numbers == [0] * frames
    assert seen.times[0] == START_SECONDS


@pytest.mark.parametrize("frames", range(1, 7))
@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
def test_a_segment_shorter_than_the_reordering(
    encoder: Codec, container: Container, frames: int
) -> None:
    seen = show(film(Film(frames=frames)), small(encoder=encoder, format=container))

    assert seen.numbers == list(range(frames))
    assert seen.times == [START_SECONDS + Fraction(number, 25) for number in range(frames)]


def test_segments_in_a_row_share_one_grid() -> None:
    """Each is transcoded alone; together they neither overlap nor leave a slot empty."""
    first = Film(frames=25, rate=_PAL)
    second = Film(frames=25, times=tuple(90_000 + 3600 * number for number in range(25)))

    times = show(film(first), at(30)).times + show(film(second), at(30)).times

    assert close(times, [START_SECONDS + Fraction(slot, 30) for slot in range(60)])
