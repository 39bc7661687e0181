"""Turns saved renditions into HLS, and plays it back as a check (thin, except for its decisions).

A stream's folder gets a master playlist, and each rendition's folder a media playlist beside its
segments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
from tests.demo.continuity import boundary_problems
from tests.demo.decoding import FileReport
from tests.demo.playlists import (
    Entry,
    Variant,
    build_master,
    build_media,
    parse_master,
    parse_media,
)
from tests.gateway.messages import Rendition
from tests.gateway.records import Outcome, SegmentRecord
from tests.gateway.saving import segment_path

__all__ = ["SavedStream", "check_hls", "write_hls"]

MASTER = "master.m3u8"
MEDIA = "index.m3u8"


@dataclass(frozen=True, slots=True)
class SavedStream:
    """One stream on disk: `records` are its answered segments in order."""

    name: str
    records: tuple[SegmentRecord, ...]


def write_hls(root: Path, stream: SavedStream, renditions: Sequence[Rendition]) -> Path:
    """Write all playlists of a stream and return the master's path."""
    variants = []
    folder = root / stream.name
    for rendition in renditions:
        entries = _entries(stream.records)
        (folder / rendition.name).mkdir(parents=True, exist_ok=True)
        (folder / rendition.name / MEDIA).write_text(build_media(entries))
        variants.append(_variant(root, stream, rendition))
    master = folder / MASTER
    master.write_text(build_master(variants))
    return master


def check_hls(root: Path, stream: str, reports: Mapping[str, FileReport]) -> list[str]:
    """Return what keeps a player from playing the stream: files, times, or FFmpeg's own reader."""
    folder = root / stream
    try:
        variants = parse_master((folder / MASTER).read_text())
        if not variants:
            return [f"{stream}: the master playlist is empty"]
        problems: list[str] = []
        for uri, _ in variants:
            playlist = folder / uri
            problems += _media_problems(root, playlist, reports) or _play(playlist)
    except (OSError, ValueError) as error:
        return [f"{stream}: {error}"]
    return problems


def _entries(records: Sequence[SegmentRecord]) -> list[Entry]:
    entries = []
    expected = 0
    for record in records:
        if record.outcome == Outcome.OK:
            gap = record.seq != expected
            entries.append(Entry(f"{record.seq:05}.ts", record.duration_seconds, gap=gap))
            expected = record.seq + 1
    return entries


def _variant(root: Path, stream: SavedStream, rendition: Rendition) -> Variant:
    size = max(
        segment_path(root, stream.name, rendition=rendition.name, seq=record.seq).stat().st_size
        / record.duration_seconds
        for record in stream.records
        if record.outcome == Outcome.OK
    )
    return Variant(
        rendition.name,
        f"{rendition.name}/{MEDIA}",
        rendition.width,
        rendition.height,
        round(8 * size),
    )


def _media_problems(root: Path, playlist: Path, reports: Mapping[str, FileReport]) -> list[str]:
    entries = parse_media(playlist.read_text())
    if not entries:
        return [f"{playlist.parent.name}: no segment"]
    run: list[FileReport] = []
    problems: list[str] = []
    for entry in entries:
        name = str((playlist.parent / entry.uri).relative_to(root))
        if entry.gap:
            problems.append(f"{name}: segments before it are missing")
        if name not in reports:
            problems.append(f"{name}: no such file")
        else:
            run.append(reports[name])
    return problems + boundary_problems(run)


def _play(playlist: Path) -> list[str]:
    """Read the whole playlist by FFmpeg's HLS reader: every segment opens, time only goes on."""
    last = None
    with av.open(str(playlist), format="hls", options={"allowed_extensions": "ALL"}) as player:
        for packet in player.demux(video=0):
            if packet.dts is None:
                continue
            if last is not None and packet.dts <= last:
                return [f"{playlist.parent.name}: time goes back at {packet.dts}"]
            last = packet.dts
    return [] if last is not None else [f"{playlist.parent.name}: nothing plays"]
