"""What a segment holds, decoded in full: frames, their times, key frames, sound."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.frame import PictureType

__all__ = ["Seen", "look"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded segment. Times are seconds on the segment's own timeline."""

    container: str
    size: tuple[int, int]
    codec_profile: str | None
    times: Sequence[Fraction]
    key_frames: Sequence[int]
    """Positions in `times`."""
    predicted_from_both_sides: bool
    audio: Sequence[tuple[Fraction, str]]
    """Each sound packet's time and digest."""

    @property
    def sound(self) -> list[str]:
        """Digests of the sound packets without their times."""
        return [digest for _, digest in self.audio]


def look(content: bytes) -> Seen:
    """Decode a segment; raises what PyAV raises when it cannot be read."""
    with av.open(io.BytesIO(content), "r") as source:
        stream = source.streams.video[0]
        frames = list(source.decode(stream))
        sizes = {(frame.width, frame.height) for frame in frames}
        assert len(sizes) == 1, sizes
        return Seen(
            container=source.format.name.split(",")[0],
            size=sizes.pop(),
            codec_profile=stream.codec_context.profile,
            times=[_time(frame.pts, frame.time_base) for frame in frames],
            key_frames=[index for index, frame in enumerate(frames) if frame.key_frame],
            predicted_from_both_sides=any(frame.pict_type == PictureType.B for frame in frames),
            audio=_sound(content),
        )


def _sound(content: bytes) -> list[tuple[Fraction, str]]:
    with av.open(io.BytesIO(content), "r") as source:
        return _packets(source) if source.streams.audio else []


def _packets(source: InputContainer) -> list[tuple[Fraction, str]]:
    return [
        (_time(packet.pts, packet.time_base), hashlib.sha256(bytes(packet)).hexdigest()[:12])
        for packet in source.demux(source.streams.audio[0])
        if packet.size
    ]


def _time(pts: int | None, time_base: Fraction | None) -> Fraction:
    assert pts is not None
    assert time_base is not None
    return pts * time_base
