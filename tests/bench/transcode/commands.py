"""Command lines of the peers that are programs (pure).

All of them order the same renditions with the same rate rules as the engine, and keep the source's
times (`-copyts`): renditions of one segment must line up with those of the next, and only then do
all peers keep the same frames of a faster source. The report repeats every line.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.transcode.ladder import FPS, ladder_text

from podium_worker.profiles import Profile, dump_profiles
from podium_worker.transcoder.media.scale_plan import scale_plan
from podium_worker.transcoder.media.sizes import Size

__all__ = [
    "PLACEHOLDERS",
    "cli_command",
    "custom_command",
    "expert_command",
    "long_command",
    "parse_peer",
]

PLACEHOLDERS = ("input", "output_dir", "ladder", "ladder_json", "outputs")
_SEGMENT = ["-f", "segment", "-segment_time", "2", "-segment_time_delta", "0.05"]
_KEYS = ["-force_key_frames", "expr:gte(t,n_forced*2)"]


def cli_command(
    program: str,
    source: Path,
    output_dir: Path,
    ladder: Sequence[Profile],
    preset: str = "veryfast",
) -> list[str]:
    """Return one `ffmpeg` for one segment, as most people would write it: threads by default."""
    outputs = _outputs(output_dir, ladder, preset=preset)
    return [*_start(program), "-i", str(source), *outputs]


def long_command(
    program: str, sources: Sequence[Path], output_dir: Path, ladder: Sequence[Profile]
) -> list[str]:
    """Return one `ffmpeg` that reads all segments as one stream and cuts its outputs again."""
    words = [*_start(program), "-i", "concat:" + "|".join(str(path) for path in sources)]
    for rung in ladder:
        cut = [*_KEYS, *_SEGMENT, "-segment_format", "mpegts"]
        words += [*_maps(), "-vf", _scale(rung), *_rate(rung, "veryfast"), *cut]
        words.append(str(output_dir / f"{rung.name}-%03d.ts"))
    return words


def expert_command(
    program: str, source: Path, output_dir: Path, ladder: Sequence[Profile]
) -> list[str]:
    """Return what somebody who knows our tricks could order: one decode, our tree, our options."""
    size = Size(1 << 14, 1 << 14)  # larger than all, so that the first step hangs on the source
    plan = scale_plan(size, [Size(rung.width, rung.height) for rung in ladder])
    names = [_pad(step.size) for step in plan]
    chains = [f"[0:v:0]fps={FPS},split={_fan(plan, None)}{_copies('source', _fan(plan, None))}"]
    taken = dict.fromkeys(["source", *names], 0)
    for step, name in zip(plan, names, strict=True):
        parent = "source" if step.parent is None else names[step.parent]
        flags = "bicubic" if step.parent is None else "lanczos"
        copies = _fan(plan, names.index(name)) + 1
        chains.append(
            f"[{parent}{taken[parent]}]scale={step.size.width}:{step.size.height}:flags={flags},"
            f"split={copies}{_copies(name, copies)}"
        )
        taken[parent] += 1
    words = [*_start(program), "-filter_complex_threads", "1", "-threads", "1", "-i", str(source)]
    words += ["-filter_complex", ";".join(chains)]
    tuned = ["-threads", "1", "-rc-lookahead", "40", "-x264-params", "analyse=i8x8,i4x4"]
    for rung in ladder:
        name = _pad(Size(rung.width, rung.height))
        words += ["-map", f"[{name}{taken[name]}]", "-map", "0:a:0?", *_rate(rung, "veryfast")]
        words += [*tuned, "-f", "mpegts", str(output_dir / f"{rung.name}.ts")]
        taken[name] += 1
    return words


def parse_peer(text: str) -> tuple[str, str]:
    """Return name and template of `NAME=COMMAND`; `ValueError` says what is wrong."""
    name, found, template = text.partition("=")
    if not found or not name.isidentifier() or not template.strip():
        raise ValueError(f"{text!r} is no peer: write NAME=COMMAND, NAME of letters and digits")
    words = shlex.split(template)
    used = [word for word in PLACEHOLDERS if any(f"{{{word}}}" in part for part in words)]
    if "input" not in used or not {"output_dir", "outputs"} & set(used):
        raise ValueError(
            f"peer {name!r}: COMMAND needs {{input}} and {{output_dir}} or {{outputs}}"
        )
    return name, template


def custom_command(
    template: str, source: Path, output_dir: Path, ladder: Sequence[Profile]
) -> list[str]:
    """Fill a template's placeholders; the word `{outputs}` becomes our peer's output options."""
    values: Mapping[str, str] = {
        "input": str(source),
        "output_dir": str(output_dir),
        "ladder": ladder_text(ladder),
        "ladder_json": json.dumps(json.loads(dump_profiles(tuple(ladder)))),
    }
    words: list[str] = []
    for word in shlex.split(template):
        if word == "{outputs}":
            words += _outputs(output_dir, ladder, preset="veryfast")
            continue
        for name, value in values.items():
            word = word.replace(f"{{{name}}}", value)  # noqa: PLW2901  # filled in steps
        words.append(word)
    return words


def _start(program: str) -> list[str]:
    return [program, "-v", "error", "-nostdin", "-y", "-copyts"]


def _outputs(output_dir: Path, ladder: Sequence[Profile], *, preset: str) -> list[str]:
    words: list[str] = []
    for rung in ladder:
        words += [*_maps(), "-vf", _scale(rung), *_rate(rung, preset)]
        words += ["-f", "mpegts", str(output_dir / f"{rung.name}.ts")]
    return words


def _maps() -> list[str]:
    return ["-map", "0:v:0", "-map", "0:a:0?"]


def _scale(rung: Profile) -> str:
    return f"scale={rung.width}:{rung.height},fps={rung.fps}"


def _rate(rung: Profile, preset: str) -> list[str]:
    rate = str(rung.bitrate)
    rates = ["-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate]
    fixed = ["-fps_mode", "vfr", "-bf", "3", "-forced-idr", "1", "-pix_fmt", "yuv420p"]
    return ["-c:v", "libx264", "-preset", preset, *rates, *fixed, "-c:a", "copy"]


def _fan(plan: Sequence[object], parent: int | None) -> int:
    """Return how many steps hang on `parent`."""
    return sum(getattr(step, "parent", None) == parent for step in plan)


def _pad(size: Size) -> str:
    return f"s{size.width}x{size.height}_"


def _copies(name: str, count: int) -> str:
    return "".join(f"[{name}{number}]" for number in range(count))
