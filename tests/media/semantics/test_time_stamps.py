"""Times that are missing, repeated, go back or wrap: what is shown, and when."""

from fractions import Fraction

import pytest
from tests.media.semantics.films import START_SECONDS, Film, film
from tests.media.semantics.showing import show, small
from tests.media.semantics.transport import WRAP, Change, Times, retimed, without

from podium_worker.profiles import Codec, Container
from podium_worker.transcoder.media.encoding import EncoderProfile

_FRAME = 3600
_TICK = Fraction(1, 90_000)
FLAT = Film(frames=12, options=(("bf", "0"),))
WITH_B_FRAMES = Film(frames=12)
KEY_FRAMES = Film(frames=12, options=(("g", "1"),))


def lost(*numbers: int) -> Change:
    return lambda number, times: Times(None, None) if number in numbers else times


def lost_every(second: int) -> Change:
    return lambda number, times: Times(None, None) if number % second else times


def moved(number: int, ticks: int) -> Change:
    return lambda at, times: Times((times.pts or 0) + ticks, None) if at == number else times


def rounded(ticks: int) -> Change:
    return lambda _, times: Times((times.pts or 0) // ticks * ticks, None)


def shifted(ticks: int) -> Change:
    return lambda _, times: Times(
        None if times.pts is None else times.pts + ticks,
        None if times.dts is None else times.dts + ticks,
    )


@pytest.mark.parametrize(
    ("source", "change"),
    [
        pytest.param(FLAT, lost(5), id="one is missing"),
        pytest.param(FLAT, lost(0), id="the first is missing"),
        pytest.param(FLAT, lost(0, 1, 2), id="the first three are missing"),
        pytest.param(FLAT, lost(11), id="the last is missing"),
        pytest.param(FLAT, lost_every(2), id="every second is missing"),
        pytest.param(FLAT, lost_every(3), id="two of three are missing"),
        pytest.param(WITH_B_FRAMES, lost_every(2), id="every second, with B frames"),
        pytest.param(WITH_B_FRAMES, lost_every(4), id="three of four, with B frames"),
    ],
)
def test_a_missing_time_is_found_between_its_neighbours(source: Film, change: Change) -> None:
    data = retimed(film(source), video=change)

    seen = show(data)
    on_grid = show(data, small(fps=25))

    even = [START_SECONDS + Fraction(number, 25) for number in range(12)]
    assert seen.numbers == list(range(12))
    assert max(abs(a - b) for a, b in zip(seen.times, even, strict=True)) <= 3 * _TICK
    assert on_grid.numbers[:12] == list(range(12))
    assert on_grid.times[:12] == even


def test_without_any_times_pictures_follow_each_other() -> None:
    seen = show(retimed(film(FLAT), video=lambda *_: Times(None, None)))

    assert seen.numbers == list(range(12))
    assert len({b - a for a, b in zip(seen.times, seen.times[1:], strict=False)}) <= 2


@pytest.mark.parametrize(
    ("change", "times"),
    [
        pytest.param(
            moved(5, -_FRAME),
            [0, 1, 2, 3, 4, 4 + Fraction(1, _FRAME), 6, 7, 8, 9, 10, 11],
            id="a time that was there already moves by a tick",
        ),
        pytest.param(
            moved(5, -3 * _FRAME),
            [0, 1, 2, 3, 4, 4 + Fraction(1, _FRAME), 6, 7, 8, 9, 10, 11],
            id="a time that goes back moves to a tick after the last",
        ),
        pytest.param(
            rounded(2 * _FRAME),
            [n // 2 * 2 + n % 2 * Fraction(1, _FRAME) for n in range(12)],
            id="pairs with one time",
        ),
        pytest.param(
            moved(11, 9 * _FRAME),
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20],
            id="a jump forward is kept",
        ),
    ],
)
def test_times_rise(change: Change, times: list[Fraction]) -> None:
    seen = show(retimed(film(FLAT), video=change))

    assert [(second - START_SECONDS) * 25 for second in seen.times] == times
    assert seen.numbers == list(range(12))


@pytest.mark.parametrize("encoder_profile", EncoderProfile)
@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
def test_pictures_a_tick_apart_can_still_be_seen(
    encoder: Codec, encoder_profile: EncoderProfile
) -> None:
    """An encoder that spends bits by time would have none for them."""
    stopped = retimed(film(FLAT), video=lambda _, times: Times(900_000, None))

    seen = show(stopped, small(encoder=encoder), encoder_profile=encoder_profile)

    assert seen.numbers == list(range(12))
    assert seen.times == [START_SECONDS + number * _TICK for number in range(12)]


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        pytest.param(moved(5, -_FRAME), [0, 1, 2, 3, 5, 5, 6, 7, 8, 9, 10, 11], id="twice"),
        pytest.param(moved(5, -3 * _FRAME), [0, 1, 2, 3, 5, 5, 6, 7, 8, 9, 10, 11], id="back"),
        pytest.param(rounded(2 * _FRAME), [n | 1 for n in range(12)], id="pairs"),
    ],
)
def test_on_a_grid_the_later_picture_wins_the_slot(change: Change, numbers: list[int]) -> None:
    seen = show(retimed(film(FLAT), video=change), small(fps=25))

    assert seen.numbers[:12] == numbers


def test_lost_pictures_are_bridged_on_a_grid_and_missing_without() -> None:
    data = without(film(KEY_FRAMES), lambda kind, number: kind == "video" and number in {4, 5})

    assert show(data, small(fps=25)).numbers == [0, 1, 2, 3, 3, 3, 6, 7, 8, 9, 10, 11]
    assert show(data).numbers == [0, 1, 2, 3, 6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("source", [FLAT, WITH_B_FRAMES], ids=["flat", "with B frames"])
@pytest.mark.parametrize("fps", [0, 25])
@pytest.mark.parametrize(
    "frames_before",
    [
        pytest.param(4, id="within the segment"),
        pytest.param(12, id="just after the segment"),
        pytest.param(0, id="with the first picture"),
    ],
)
def test_a_clock_that_wraps_keeps_its_times(source: Film, fps: int, frames_before: int) -> None:
    """A player counts on from 2**33; here the wrapped part comes first, as below 0."""
    shift = WRAP - START_SECONDS * 90_000 - frames_before * _FRAME
    data = retimed(film(source), video=shifted(shift), audio=shifted(shift))

    seen = show(data, small(fps=fps))

    first = (WRAP - frames_before * _FRAME) % WRAP * _TICK
    assert seen.numbers == list(range(12))
    assert (seen.times[0] - first) % (WRAP * _TICK) == 0
    assert [time - seen.times[0] for time in seen.times] == [Fraction(n, 25) for n in range(12)]
    apart = (seen.sounds[0].seconds - seen.times[0]) % (WRAP * _TICK)
    assert min(apart, WRAP * _TICK - apart) < Fraction(1, 25)


@pytest.mark.parametrize("encoder", [Codec.H264, Codec.H265])
@pytest.mark.parametrize("fps", [0, 25])
@pytest.mark.parametrize("frames_before", [4, 12, 200])
def test_in_a_file_a_wrapped_clock_counts_on(frames_before: int, fps: int, encoder: Codec) -> None:
    """MP4 shows nothing below 0."""
    shift = WRAP - START_SECONDS * 90_000 - frames_before * _FRAME
    data = retimed(film(FLAT), video=shifted(shift), audio=shifted(shift))

    seen = show(data, small(fps=fps, encoder=encoder, format=Container.MP4))

    first = (WRAP - frames_before * _FRAME) * _TICK
    assert seen.numbers == list(range(12))
    assert abs(seen.times[0] - first) < Fraction(1, 500)
    assert abs(seen.times[-1] - seen.times[0] - Fraction(11, 25)) < Fraction(1, 500)
    assert abs(seen.sounds[0].seconds - seen.times[0]) < Fraction(1, 25)


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("hours", [1, 20])
def test_a_late_hour_is_kept(hours: int, container: Container) -> None:
    change = shifted(hours * 3600 * 90_000)

    seen = show(retimed(film(FLAT), video=change, audio=change), small(format=container))

    assert abs(seen.times[0] - START_SECONDS - hours * 3600) < Fraction(1, 1000)
    assert seen.numbers == list(range(12))


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(rounded(8000), id="repeated"),
        pytest.param(moved(5, -6000), id="back"),
        pytest.param(lost(5), id="missing"),
    ],
)
def test_sound_with_bad_times_keeps_all_its_packets(change: Change, container: Container) -> None:
    sound = show(film(FLAT)).sounds

    seen = show(retimed(film(FLAT), audio=change), small(format=container))

    times = [packet.seconds for packet in seen.sounds]
    assert [packet.payload for packet in seen.sounds] == [packet.payload for packet in sound]
    assert times == sorted(set(times))
