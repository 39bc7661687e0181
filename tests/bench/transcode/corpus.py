"""The contents of a run: made once from recipes into the cache, or a person's own clips (thin)."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
from tests.bench.transcode.ladder import fit_ladder
from tests.bench.transcode.recipes import RECIPES, Recipe, encode_command, screen_text
from tests.media.clip import clip_path
from tests.media.packages import media_cache

from podium_worker.profiles import Profile
from podium_worker.transcoder.media.sizes import Size

__all__ = ["Content", "own_contents", "recipe_contents"]

_MAKE_SECONDS = 600
_MAX_SEGMENT_SECONDS = 4.5
_OWN_SEGMENTS = 2
_ENDINGS = {".ts", ".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"}


@dataclass(frozen=True, slots=True)
class Content:
    """One stream cut into segments, and the renditions to make of it."""

    name: str
    kind: str
    made: str
    width: int
    height: int
    fps: float
    seconds: float
    segments: tuple[Path, ...]
    ladder: tuple[Profile, ...]


def recipe_contents(names: Sequence[str], program: Path) -> list[Content]:
    """Return contents by name, all for none; `ValueError` for a name that no recipe has."""
    known = {recipe.name: recipe for recipe in RECIPES}
    for name in names:
        if name not in known:
            raise ValueError(f"no content {name!r}: take from {', '.join(known)}")
    return [_from_recipe(known[name], program) for name in names or known]


def own_contents(folder: Path, program: Path, scratch: Path) -> list[Content]:
    """Return a content for each video file of a folder, cut as the file allows."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS)
    if not files:
        raise ValueError(f"no video in {str(folder)!r}: it needs files of {sorted(_ENDINGS)}")
    return [_own(path, program, scratch / path.stem) for path in files]


def _from_recipe(recipe: Recipe, program: Path) -> Content:
    cache = media_cache()
    folder = f"bench-{recipe.name}"
    with cache.locked(folder, lambda: None):
        if cache.fault(folder, {recipe.mark}):
            sys.stderr.write(f"bench: making {recipe.name} once into {cache.root}\n")
            cache.store(folder, recipe.mark, lambda draft: _make(recipe, program, draft))
    segments = sorted((cache.root / folder).glob("*.ts"))
    return _content(recipe.name, recipe.kind, recipe.made, segments)


def _make(recipe: Recipe, program: Path, folder: Path) -> None:
    clip = clip_path(recipe.clip) if recipe.clip else None
    (folder / "screen.txt").write_text(screen_text())
    _run(encode_command(recipe, program, clip, folder))


def _own(path: Path, program: Path, folder: Path) -> Content:
    """Cut at the file's own key frames where these are near enough, else encode anew."""
    copied = ["-c", "copy"]
    keys = ["-force_key_frames", "expr:gte(t,n_forced*2)", "-sc_threshold", "0"]
    encoded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", *keys, "-c:a", "aac"]
    for how, made in ((copied, "cut at its key frames"), (encoded, "encoded anew in 2-s segments")):
        segments = _cut(path, how, program, folder)
        if segments and _probe(segments[0])[3] <= _MAX_SEGMENT_SECONDS:
            return _content(path.stem, "own", f"{path.name}, {made}", segments)
    raise ValueError(f"{path.name} cannot be cut into segments: convert it to H.264 first")


def _cut(path: Path, how: list[str], program: Path, folder: Path) -> list[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cut = [
        "-f",
        "segment",
        "-segment_time",
        "2",
        "-segment_time_delta",
        "0.05",
        "-segment_format",
        "mpegts",
    ]
    base = [str(program), "-v", "error", "-nostdin", "-y", "-t", str(2 * _OWN_SEGMENTS + 4)]
    maps = ["-i", str(path), "-map", "0:v:0", "-map", "0:a:0?"]
    try:
        _run([*base, *maps, *how, *cut, str(folder / "%03d.ts")])
    except RuntimeError as error:
        sys.stderr.write(f"bench: {error}\n")
        return []
    return sorted(folder.glob("*.ts"))[:_OWN_SEGMENTS]


def _content(name: str, kind: str, made: str, segments: Sequence[Path]) -> Content:
    width, height, fps, seconds = _probe(segments[0])
    ladder = fit_ladder(Size(width, height))
    return Content(name, kind, made, width, height, fps, seconds, tuple(segments), ladder)


def _probe(path: Path) -> tuple[int, int, float, float]:
    """Return width, height, frames per second and seconds; the last by counting pictures."""
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        fps = float(video.average_rate or 30)
        pictures = sum(1 for packet in source.demux(video) if packet.size)
        return video.width, video.height, fps, pictures / fps


def _run(command: list[str]) -> None:
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_MAKE_SECONDS
    )
    if run.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {run.stderr.strip()[-400:]}")
