"""`--dry-run`: which segments there are and what would be made of them; nothing is transcoded."""

import json
from collections.abc import Sequence

from podium_worker.batch import units
from podium_worker.batch.pieces import Piece, Pieces
from podium_worker.profiles import Profile, dump_profiles

__all__ = ["dry_run_report"]


def dry_run_report(pieces: Pieces, profiles: Sequence[Profile], *, is_json: bool) -> str:
    """Read the whole source, one segment at a time, and describe it."""
    if is_json:
        document = {
            "profiles": json.loads(dump_profiles(profiles)),
            "segments": [_as_json(piece) for piece in pieces],
        }
        return json.dumps(document, indent=2) + "\n"
    lines = [f"segment {_as_text(piece)}" for piece in pieces]
    lines += [f"rendition {_profile(profile)}" for profile in profiles]
    return "\n".join([*lines, *([pieces.note] if pieces.note else [])]) + "\n"


def _as_json(piece: Piece) -> dict[str, object]:
    return {
        "name": piece.name,
        "seconds": piece.seconds,
        "bytes": len(piece.data),
        "problem": piece.problem or None,
    }


def _as_text(piece: Piece) -> str:
    if piece.problem:
        return f"{piece.name}: {piece.problem}"
    seconds = f"{piece.seconds:.2f} s, " if piece.seconds is not None else ""
    return f"{piece.name}: {seconds}{units.size(len(piece.data))}"


def _profile(profile: Profile) -> str:
    rate = f"{float(profile.frame_rate):.4g} frames/s" if profile.frame_rate else "source's frames"
    return (
        f"{profile.name}: {profile.encoder.value} in {profile.format.value}, up to "
        f"{profile.width}x{profile.height}, {units.bit_rate(profile.bitrate)}, {rate}"
    )
