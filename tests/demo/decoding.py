"""Decodes what the demo saved, file by file, as a player would (PyAV).

`python -m tests.demo.decoding ROOT` prints one JSON object per file: a process of its own, so that
it can run at a low priority.
"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av

__all__ = ["FileReport", "decode_file", "report_from_json"]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What one file holds; times are seconds on the source's clock, None without such a stream."""

    path: str
    error: str = ""
    frames: int = 0
    width: int = 0
    height: int = 0
    first_seconds: float | None = None
    last_seconds: float | None = None
    audio_first_seconds: float | None = None
    audio_end_seconds: float | None = None

    @property
    def pixels(self) -> int:
        """Decoded pixels, as the network counts them."""
        return self.frames * self.width * self.height


def decode_file(path: Path, name: str) -> FileReport:
    """Decode every picture and read every audio packet; an error becomes part of the report."""
    try:
        times, size = _pictures(path)
        audio = list(_audio(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        return FileReport(name, error=f"{type(error).__name__}: {error}")
    if not times:
        return FileReport(name, error="no picture decodes")
    return FileReport(
        name,
        frames=len(times),
        width=size[0],
        height=size[1],
        first_seconds=min(times),
        last_seconds=max(times),
        audio_first_seconds=audio[0][0] if audio else None,
        audio_end_seconds=audio[-1][1] if audio else None,
    )


def report_from_json(fields: dict[str, Any]) -> FileReport:
    """Return the report that this program printed."""
    return FileReport(**fields)


def _pictures(path: Path) -> tuple[list[float], tuple[int, int]]:
    size = (0, 0)
    times: list[float] = []
    with av.open(path, format="mpegts") as container:
        container.streams.video[0].codec_context.thread_count = 1
        for frame in container.decode(video=0):
            if size not in ((0, 0), (frame.width, frame.height)):
                raise ValueError(f"the size changes from {size} to {frame.width}x{frame.height}")
            size = (frame.width, frame.height)
            if frame.pts is None or frame.time_base is None:
                raise ValueError("a picture without a time")
            times.append(float(frame.pts * frame.time_base))
    return times, size


def _audio(path: Path) -> Iterator[tuple[float, float]]:
    with av.open(path, format="mpegts") as container:
        if not container.streams.audio:
            return
        for packet in container.demux(audio=0):
            if packet.pts is not None:
                start = packet.pts * packet.time_base
                yield float(start), float(start + (packet.duration or 0) * packet.time_base)


def _main(root: Path) -> None:
    os.nice(10)
    for path in sorted(root.rglob("*.ts")):
        report = decode_file(path, str(path.relative_to(root)))
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
