"""HLS playlists of the saved renditions, written and read back (pure; RFC 8216)."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Entry",
    "Variant",
    "build_master",
    "build_media",
    "parse_master",
    "parse_media",
]


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition in a master playlist; `uri` is its media playlist."""

    name: str
    uri: str
    width: int
    height: int
    bits_per_second: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment in a media playlist; `gap` where segments before it are missing."""

    uri: str
    duration_seconds: float
    gap: bool = False


def build_master(variants: Sequence[Variant]) -> str:
    """Return a master playlist, the largest rendition first."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3"]
    for variant in sorted(variants, key=lambda one: -one.bits_per_second):
        lines += [
            f"#EXT-X-STREAM-INF:{_stream_attributes(variant)}",
            variant.uri,
        ]
    return "\n".join(lines) + "\n"


def build_media(entries: Sequence[Entry], *, ended: bool = True) -> str:
    """Return the media playlist of one rendition, from its first segment on."""
    longest = max((entry.duration_seconds for entry in entries), default=1.0)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{round(longest + 0.499)}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:" + ("VOD" if ended else "EVENT"),
    ]
    for entry in entries:
        if entry.gap:
            lines.append("#EXT-X-DISCONTINUITY")
        lines += [f"#EXTINF:{entry.duration_seconds:.6f},", entry.uri]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def parse_master(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return URI and attributes of each variant; raises ValueError for a playlist that is none."""
    lines = _lines(text)
    found = []
    for position, line in enumerate(lines):
        if line.startswith("#EXT-X-STREAM-INF:"):
            if position + 1 == len(lines) or lines[position + 1].startswith("#"):
                raise ValueError(f"no URI follows {line!r}")
            found.append((lines[position + 1], _attributes(line.partition(":")[2])))
    return found


def parse_media(text: str) -> list[Entry]:
    """Return the entries of a complete media playlist.

    Raises ValueError where it is none, not ended, or a segment is longer than the target duration.
    """
    lines = _lines(text)
    if lines[-1] != "#EXT-X-ENDLIST":
        raise ValueError("the playlist does not end with #EXT-X-ENDLIST")
    target = _target_seconds(lines)
    entries: list[Entry] = []
    duration, gap = None, False
    for line in lines:
        if line == "#EXT-X-DISCONTINUITY":
            gap = True
        elif line.startswith("#EXTINF:"):
            duration = float(line.removeprefix("#EXTINF:").partition(",")[0])
            if round(duration) > target:
                raise ValueError(f"a segment of {duration:g} s exceeds the target of {target} s")
        elif not line.startswith("#"):
            if duration is None:
                raise ValueError(f"no #EXTINF before {line!r}")
            entries.append(Entry(line, duration, gap=gap))
            duration, gap = None, False
    return entries


def _stream_attributes(variant: Variant) -> str:
    return (
        f"BANDWIDTH={variant.bits_per_second},"
        f'RESOLUTION={variant.width}x{variant.height},NAME="{variant.name}"'
    )


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise ValueError("not a playlist: the first line is not #EXTM3U")
    return lines


def _target_seconds(lines: list[str]) -> int:
    for line in lines:
        if line.startswith("#EXT-X-TARGETDURATION:"):
            return int(line.partition(":")[2])
    raise ValueError("the playlist has no #EXT-X-TARGETDURATION")


def _attributes(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {name: value.strip('"') for name, _, value in pairs}
