"""What a person may ask of the bench (pure)."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.transcode.commands import PLACEHOLDERS, parse_peer
from tests.bench.transcode.recipes import RECIPES

__all__ = ["Options", "parse_options"]

_QUICK_CONTENTS = ("camera-1080p30", "talk-720p30", "camera-1080p60")
_MOST_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Options:
    """`contents` none for all; `vmaf_every` n frames, None for no VMAF; `ffmpeg` none: pinned."""

    rounds: int
    idle_rounds: int
    load_rounds: int
    small_rounds: int
    contents: tuple[str, ...]
    peers: tuple[tuple[str, str], ...]
    media: Path | None
    ffmpeg: Path | None
    out: Path
    json: bool
    vmaf_every: int | None
    is_quick: bool


def parse_options(words: Sequence[str] | None = None) -> Options:
    """Read the command line; argparse ends the program over a wrong one, with the reason."""
    given = _parser().parse_args(words)
    quick = given.quick
    chosen = tuple(given.content or (_QUICK_CONTENTS if quick and not given.media else ()))
    return Options(
        rounds=given.rounds or (1 if quick else 3),
        idle_rounds=2 if quick else 6,
        load_rounds=1 if quick else 4,
        small_rounds=5 if quick else 11,
        contents=chosen,
        peers=tuple(given.peer),
        media=given.media,
        ffmpeg=given.ffmpeg,
        out=given.out,
        json=given.json,
        vmaf_every=None if quick else 5,
        is_quick=quick,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench-transcode ARGS=...",
        description="Transcode the same segments here and with other tools, and compare.",
        epilog=f"Placeholders of a peer's COMMAND: {', '.join(f'{{{w}}}' for w in PLACEHOLDERS)}; "
        "it writes NAME.ts per rendition into {output_dir}. tests/bench/README.md says more.",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="three contents, one round, no VMAF: 3 minutes")
    add("--rounds", type=_rounds, help="times each peer meets each segment at full load (3)")
    add("--content", action="append", choices=[r.name for r in RECIPES], help="only this; again")
    add("--media", type=_folder, metavar="DIR", help="video files to use instead of ours")
    add("--peer", action="append", default=[], type=_peer, metavar="NAME=COMMAND")
    add("--ffmpeg", type=Path, metavar="FILE", help="compare with this ffmpeg instead of ours")
    add("--out", type=Path, default=Path("build/bench-transcode"), metavar="DIR")
    add("--json", action="store_true", help="print the JSON instead of the tables")
    return parser


def _rounds(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= _MOST_ROUNDS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_ROUNDS}")
    return int(text)


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no folder")
    return Path(text)


def _peer(text: str) -> tuple[str, str]:
    try:
        return parse_peer(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
