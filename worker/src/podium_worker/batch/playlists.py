"""HLS playlists of what was made, so that it plays at once (RFC 8216). Pure text."""

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import PurePosixPath

from podium_worker.batch.records import MadeFile

__all__ = ["MASTER", "MEDIA", "master_playlist", "media_playlist"]

MASTER = "master.m3u8"
MEDIA = "index.m3u8"
_TOLERANCE_SECONDS = 0.25


def media_playlist(files: Sequence[MadeFile]) -> str:
    """Return one rendition's playlist, its segments in order and in the playlist's own folder."""
    longest = max((made.seconds for made in files), default=1.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{max(1, ceil(longest - 0.0005))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        *_entries(files),
        "#EXT-X-ENDLIST",
    ]
    return "\n".join(lines) + "\n"


def master_playlist(renditions: Sequence[Sequence[MadeFile]]) -> str:
    """Return the playlist of all renditions, the richest first; empty ones are left out."""
    made = sorted((files for files in renditions if files), key=_peak, reverse=True)
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for files in made:
        lines += [_variant(files), f"{files[0].rendition}/{MEDIA}"]
    return "\n".join(lines) + "\n"


def _entries(files: Sequence[MadeFile]) -> Iterator[str]:
    expected: float | None = None
    for made in files:
        if expected is not None and abs(made.start_seconds - expected) > _TOLERANCE_SECONDS:
            yield "#EXT-X-DISCONTINUITY"  # segments are missing, or were never neighbours
        yield f"#EXTINF:{made.seconds:.6f},"
        yield PurePosixPath(made.path).name
        expected = made.start_seconds + made.seconds


def _variant(files: Sequence[MadeFile]) -> str:
    seconds = sum(made.seconds for made in files)
    mean = round(8 * sum(made.bytes for made in files) / seconds) if seconds else 0
    return (
        f"#EXT-X-STREAM-INF:BANDWIDTH={max(_peak(files), 1)},AVERAGE-BANDWIDTH={max(mean, 1)},"
        f'RESOLUTION={files[0].width}x{files[0].height},NAME="{files[0].rendition}"'
    )


def _peak(files: Sequence[MadeFile]) -> int:
    rates = (8 * made.bytes / made.seconds for made in files if made.seconds > 0)
    return round(max(rates, default=0.0))
