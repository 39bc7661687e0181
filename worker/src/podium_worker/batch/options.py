"""The flags of `podium-worker transcode`, and nothing that takes long to import.

Values are checked here only as far as one flag tells; what needs the media libraries, the ladder
or the files is checked by `command`.
"""

import argparse
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

__all__ = ["Options", "add_transcode", "parse_frame_rate", "parse_gop_ms", "read_options"]

_EPILOG = """\
examples:
  podium-worker transcode film.mp4 --out film
  podium-worker transcode film.mkv --ladder 1080p30,720p,360p:900k --gop 2 --out film
  podium-worker transcode captured/ --ladder profiles.json --json --out again

A single file is cut at its key frames into segments, as a gateway cuts a stream. A folder and
several files are segments as they are. OUT gets master.m3u8 and for each rendition a folder of
segments with index.m3u8: play OUT/master.m3u8 with any HLS player.

exit status: 0 all segments done, 1 some failed (the others are there), 2 could not start or go
on, 130 interrupted (what was done is there).
"""
_LADDER_HELP = (
    "comma-separated renditions: 720p, 720p60, 1280x720, or a preset like P720p30fps16x9, each "
    "with an optional :BITRATE (720p:2500k); or profiles as a gateway sends them: a JSON array or "
    "a file with one (default %(default)s)"
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked for; 0 and None leave the choice to the program."""

    inputs: tuple[Path, ...]
    out: Path
    ladder: str
    segment_seconds: float
    frame_rate: Fraction | None
    gop_ms: int
    codec: str
    container: str
    encoder_profile: str
    hardware: str
    slots: int
    deadline_seconds: float
    is_forced: bool
    is_dry_run: bool
    is_json: bool
    is_quiet: bool


def add_transcode(part: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    part.formatter_class = argparse.RawDescriptionHelpFormatter
    part.epilog = _EPILOG
    part.add_argument("inputs", metavar="IN", nargs="+", type=Path, help="file(s) or a folder")
    part.add_argument("--out", required=True, type=Path, metavar="DIR", help="where results go")
    part.add_argument("--ladder", default="720p,480p,360p", help=_LADDER_HELP)
    _add_encoding(part)
    _add_running(part)


def read_options(parsed: argparse.Namespace) -> Options:
    """Return the flags as one value."""
    return Options(
        inputs=tuple(parsed.inputs),
        out=parsed.out,
        ladder=parsed.ladder,
        segment_seconds=parsed.segment_seconds,
        frame_rate=parsed.fps,
        gop_ms=parsed.gop,
        codec=parsed.codec,
        container=parsed.format,
        encoder_profile=parsed.encoder_profile,
        hardware=parsed.hardware,
        slots=parsed.slots,
        deadline_seconds=parsed.deadline_seconds,
        is_forced=parsed.force,
        is_dry_run=parsed.dry_run,
        is_json=parsed.json,
        is_quiet=parsed.quiet,
    )


def parse_frame_rate(text: str) -> Fraction | None:
    """Read 30, 29.97 or 30000/1001; 0 keeps the source's frames."""
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(-1)
    if not 0 <= rate <= 240:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a frame rate; write 30, 29.97, 30000/1001, or 0 to keep the source's"
        )
    whole = round(rate * Fraction(1001, 1000))
    if rate.denominator > 1 and abs(Fraction(whole * 1000, 1001) - rate) < Fraction(1, 200):
        rate = Fraction(whole * 1000, 1001)  # 29.97 and 23.976 are short for these
    return rate or None


def parse_gop_ms(text: str) -> int:
    """Read seconds between key frames, or `intra` (-1); 0 leaves them to the encoder."""
    if text == "intra":
        return -1
    try:
        milliseconds = round(float(text) * 1000)
    except (ValueError, OverflowError):
        milliseconds = -1
    if not 0 <= milliseconds <= 3_600_000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a key frame distance; write seconds (2), or intra for every frame"
        )
    return milliseconds


def _add_encoding(part: argparse.ArgumentParser) -> None:
    group = part.add_argument_group("encoding", "for what the ladder leaves open")
    group.add_argument(
        "--fps", type=parse_frame_rate, metavar="RATE", help="30, 29.97, 30000/1001 (default: keep)"
    )
    group.add_argument(
        "--gop",
        type=parse_gop_ms,
        default=0,
        metavar="SECONDS",
        help="key frame distance, or intra (default: the encoder's choice)",
    )
    group.add_argument("--codec", choices=("h264", "h265"), default="h264", help="default h264")
    group.add_argument(
        "--format", choices=("mpegts", "mp4"), default="mpegts", help="default mpegts"
    )
    group.add_argument(
        "--encoder-profile",
        choices=("lpms", "fast", "segment"),
        default="segment",
        help="lpms: go-livepeer's own options; fast: least work; segment: best for the bit rate "
        "at that speed (default)",
    )


def _add_running(part: argparse.ArgumentParser) -> None:
    group = part.add_argument_group("running")
    group.add_argument(
        "--segment-seconds",
        type=_segment_seconds,
        default=2.0,
        metavar="SECONDS",
        help="length to cut a single file into; 0: do not cut (default 2)",
    )
    group.add_argument("--hardware", choices=("cpu", "nvidia"), default="cpu", help="default cpu")
    group.add_argument(
        "--slots", type=_slots, default=0, help="segments at a time (default: one per core)"
    )
    group.add_argument(
        "--deadline-seconds",
        type=_deadline_seconds,
        default=300.0,
        metavar="SECONDS",
        help="a segment that takes longer is given up (default 300)",
    )
    for flag, text in (
        ("--force", "replace results that are there already"),
        ("--dry-run", "show segments and renditions; make nothing"),
        ("--json", "print results as JSON and nothing else"),
        ("--quiet", "show no progress"),
    ):
        group.add_argument(flag, action="store_true", help=text)


def _segment_seconds(text: str) -> float:
    return _number(text, low=0.0, high=300.0, what="a segment length", example="2")


def _deadline_seconds(text: str) -> float:
    return _number(text, low=0.001, high=86_400.0, what="a time limit", example="300")


def _slots(text: str) -> int:
    if not text.isdecimal() or int(text) > 256:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of slots; write 1 to 256, or 0 for one per core"
        )
    return int(text)


def _number(text: str, *, low: float, high: float, what: str, example: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not {what} in seconds; write for example {example} ({low:g} to {high:g})"
        )
    return value
