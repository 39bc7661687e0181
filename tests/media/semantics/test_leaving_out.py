"""Pictures that no rendition shows are not decoded where nothing hangs on them; nobody can tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest
from av.video.frame import VideoFrame
from tests.media.semantics.films import Film, film
from tests.media.semantics.showing import small
from tests.media.semantics.transport import without

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.media.source import Source

_SIXTY = Film(frames=60, rate=Fraction(60), options=(("bf", "3"), ("b-pyramid", "normal")))
_INTERLACED = Film(
    frames=60, rate=Fraction(60), height=192, options=(("bf", "3"), ("flags", "+ildct+ilme"))
)


@dataclass
class Decoder:
    """Counts what really leaves the decoder, and can be told to leave nothing out."""

    frames: int = 0
    is_whole: bool = False
    _count: Any = field(default=Source._count_frame)
    _show_at: Any = field(default=Source.show_at)

    def count(self, source: Source, frame: VideoFrame) -> None:
        self.frames += 1
        self._count(source, frame)

    def show_at(self, source: Source, rates: Any) -> None:
        self._show_at(source, (None,) if self.is_whole else rates)


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Decoder:
    decoder = Decoder()

    def count(source: Source, frame: VideoFrame) -> None:
        decoder.count(source, frame)

    def show_at(source: Source, rates: Sequence[Fraction | None]) -> None:
        decoder.show_at(source, rates)

    monkeypatch.setattr(Source, "_count_frame", count)
    monkeypatch.setattr(Source, "show_at", show_at)
    return decoder


def _both(data: bytes, decoder: Decoder, *profiles: Profile) -> int:
    """Transcode with and without leaving out: the same to the byte; return the pictures saved."""
    ladder = profiles or (small(fps=30), small(name="tiny", width=80, height=46, fps=15))
    made = transcode(data, ladder)
    left, decoder.frames, decoder.is_whole = decoder.frames, 0, True
    whole = transcode(data, ladder)
    assert [one.data for one in made.renditions] == [one.data for one in whole.renditions]
    assert (made.decoded_frames, made.decoded_pixels) == (
        whole.decoded_frames,
        whole.decoded_pixels,
    )
    return decoder.frames - left


def test_about_half_of_60_made_into_30_is_not_decoded(decoder: Decoder) -> None:
    saved = _both(film(_SIXTY), decoder, small(fps=30))

    assert saved >= 20


@pytest.mark.parametrize(
    ("data", "profiles"),
    [
        pytest.param(film(_INTERLACED), (small(fps=30),), id="an interlaced source"),
        pytest.param(film(_SIXTY), (small(),), id="a rendition that keeps every picture"),
        pytest.param(film(_SIXTY), (small(fps=30), small(name="b", fps=60)), id="one that shows"),
        pytest.param(
            film(Film(frames=60, rate=Fraction(60), options=(("bf", "0"),))),
            (small(fps=30),),
            id="a source whose every picture is referred to",
        ),
        pytest.param(
            film(Film(frames=30, rate=Fraction(60), codec="libx265", width=320, height=192)),
            (small(fps=30),),
            id="HEVC",
        ),
    ],
)
def test_everything_is_decoded_of(
    data: bytes, profiles: tuple[Profile, ...], decoder: Decoder
) -> None:
    saved = _both(data, decoder, *profiles)

    assert saved == 0


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(without(film(_SIXTY), lambda kind, n: kind == "video" and n == 7), id="lost"),
        pytest.param(film(_SIXTY)[:60_000], id="broken off"),
        pytest.param(
            film(
                Film(
                    frames=30,
                    rate=Fraction(60),
                    times=tuple(1500 * n + 700 * (n % 3) for n in range(30)),
                    options=(("bf", "3"),),
                )
            ),
            id="uneven times",
        ),
        pytest.param(
            film(Film(frames=60, rate=Fraction(60), container="mp4", options=(("bf", "3"),))),
            id="MP4",
        ),
    ],
)
def test_an_odd_source_gives_the_same(data: bytes, decoder: Decoder) -> None:
    _both(data, decoder)
