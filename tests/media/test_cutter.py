"""A file cut into segments is the same stream: nothing lost, nothing decoded, each one whole."""

import io
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import av
import pytest
from av.audio.frame import AudioFrame
from tests.fuzz.corpus import good
from tests.fuzz.ways import WAYS
from tests.media import probe, segments
from tests.media.hostile import drawn, small_segment

from podium_worker.batch.cutter import CutFile
from podium_worker.batch.pieces import Piece
from podium_worker.errors import StartError


def cut(path: Path, *, seconds: float = 1.0) -> list[Piece]:
    source = CutFile(path, segment_seconds=seconds)
    try:
        return list(source)
    finally:
        source.close()


def stream(seconds: int) -> bytes:
    made = segments(seconds=seconds, segment_seconds=1.0, size=(320, 180))
    return b"".join(segment.data for segment in made)


def remuxed(data: bytes, container: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(io.BytesIO(data), "r") as source, av.open(buffer, "w", format=container) as output:
        streams = {one.index: output.add_stream_from_template(one) for one in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                output.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize("container", ["mpegts", "mov", "matroska", "flv"])
def test_pictures_and_sound_are_those_of_the_file(tmp_path: Path, container: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(stream(3) if container == "mpegts" else remuxed(stream(3), container))

    pieces = cut(path)

    parts = [probe(piece.data) for piece in pieces]
    assert [part.frames for part in parts] == [25, 25, 25]
    assert [part.container for part in parts] == ["mpegts"] * 3
    heard = Counter(md5 for part in parts for md5 in part.audio_md5s)
    assert heard == Counter(probe(stream(3)).audio_md5s)
    assert all(part.key_times[0] == part.times[0] for part in parts)
    times = [time for part in parts for time in part.times]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(abs(gap - Fraction(1, 25)) < Fraction(1, 500) for gap in gaps)
    assert [piece.seconds for piece in pieces] == pytest.approx([1.0] * 3, abs=0.002)


def test_times_of_a_transport_stream_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "film.ts"
    path.write_bytes(stream(2))

    pieces = cut(path)

    times = [time for piece in pieces for time in probe(piece.data).times]
    assert tuple(times) == probe(path.read_bytes()).times


def test_sound_that_segments_cannot_carry_is_made_aac(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    path.write_bytes(with_flac(small_segment().data))

    source = CutFile(path, segment_seconds=2.0)
    (piece,) = source
    source.close()

    assert "flac" in source.note
    with av.open(io.BytesIO(piece.data), "r") as segment:
        audio = segment.streams.audio[0]
        assert audio.codec_context.name == "aac"
        heard = [frame.samples for frame in segment.decode(audio)]
    assert sum(heard) / 44_100 == pytest.approx(1.0, abs=0.1)


def with_flac(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with (
        av.open(io.BytesIO(data), "r") as source,
        av.open(buffer, "w", format="matroska") as output,
    ):
        pictures = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("flac", rate=44_100)
        sound.layout = "mono"
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = pictures
                output.mux(packet)
        start = small_segment().start_ticks
        frame = AudioFrame("s16", "mono", 44_100)
        frame.sample_rate, frame.time_base = 44_100, Fraction(1, 44_100)
        frame.pts = start * 44_100 // 90_000
        frame.planes[0].update(bytes(88_200))
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["vp8 webm", "vp9 mp4", "av1 webm"])
def test_a_codec_that_transport_streams_lack_goes_into_matroska(tmp_path: Path, name: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(good(name).data)

    (piece,) = cut(path)

    contents = probe(piece.data)
    assert "matroska" in contents.container
    assert contents.frames == good(name).frames
    assert contents.audio_md5s


def test_a_file_that_breaks_off_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "film.ts"
    whole = stream(3)
    path.write_bytes(whole[: len(whole) * 3 // 4])

    pieces = [piece for piece in cut(path) if not piece.problem]

    assert [probe(piece.data).frames for piece in pieces][:2] == [25, 25]


@pytest.mark.parametrize("container", ["mpegts", "mp4"])
def test_damage_costs_segments_and_never_the_run(tmp_path: Path, container: str) -> None:
    data = small_segment().data
    whole = data if container == "mpegts" else remuxed(data, container)
    chance, path = Random(container), tmp_path / "film"
    ways = [*WAYS["any"].values(), *WAYS[container].values()]

    for _ in range(40):
        path.write_bytes(chance.choice(ways)(whole, chance))
        with suppress(StartError):
            assert all(bool(piece.data) != bool(piece.problem) for piece in cut(path, seconds=0.3))


def test_a_codec_that_nobody_transcodes_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    path.write_bytes(drawn(160, 90, codec="mjpeg", pixel_format="yuvj420p", container="avi"))

    with pytest.raises(StartError, match=r"^IN: the video of .* is mjpeg, and transcoders take"):
        cut(path)
