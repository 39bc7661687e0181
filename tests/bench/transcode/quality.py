"""How a rendition looks beside its source, by the filters of the pinned ffmpeg (thin).

PSNR and SSIM compare luma at the rendition's size with the source scaled by another library's
filter (zimg, spline36), which is neither the peers' bicubic nor our Lanczos. VMAF compares at
the source's size, with the rendition enlarged as a player does (bicubic): what a viewer sees.
"""

import asyncio
import re
import subprocess
from pathlib import Path

from tests.bench.transcode.ladder import FPS
from tests.bench.transcode.peers import Job
from tests.bench.transcode.samples import Fidelity

from podium_worker.profiles import Profile

__all__ = ["compare_command", "measure_fidelity", "parse_scores"]

_TIMEOUT_SECONDS = 300
_PATTERNS = {
    "psnr": re.compile(r"PSNR y:(inf|[\d.]+)"),
    "ssim": re.compile(r"SSIM Y:([\d.]+)"),
    "vmaf": re.compile(r"VMAF score: ([\d.]+)"),
    "frames": re.compile(r"frame=\s*(\d+)"),
}
_LOSSLESS_DB = 100.0
_SAME_TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"


async def measure_fidelity(
    program: str, peer: str, job: Job, *, in_flight: int, vmaf_every: int | None
) -> list[Fidelity]:
    """Compare all renditions of a job; `vmaf_every` n frames, None for no VMAF."""
    turns = asyncio.Semaphore(in_flight)

    async def one(rung: Profile) -> Fidelity:
        async with turns:
            return await asyncio.to_thread(_compare, program, peer, job, rung, vmaf_every)

    return list(await asyncio.gather(*(one(rung) for rung in job.content.ladder)))


def compare_command(
    program: str, rendition: Path, job: Job, rung: Profile, vmaf_every: int | None
) -> list[str]:
    """Return the command; frames are paired by number, the source's on the same grid (pure)."""
    count = f"{_SAME_TAGS},settb=1/{FPS},setpts=N,format=yuv420p"
    chains = [
        f"[0:v:0]{count},split=3[a][b][c]",
        f"[1:v:0]{_SAME_TAGS},fps={FPS},{count},split[s][t]",
        f"[s]zscale={rung.width}:{rung.height}:filter=spline36,split[r1][r2]",
        "[a][r1]psnr=shortest=1[o1]",
        "[b][r2]ssim=shortest=1[o2]",
    ]
    if vmaf_every is None:
        chains += ["[c]nullsink", "[t]nullsink"]
    else:
        large = f"[c]scale={job.content.width}:{job.content.height}:flags=bicubic[d]"
        score = f"[d][t]libvmaf=shortest=1:n_threads=1:n_subsample={vmaf_every}[o3]"
        chains += [large, score]
    outputs = ["o1", "o2"] + (["o3"] if vmaf_every is not None else [])
    maps = [word for name in outputs for word in ("-map", f"[{name}]", "-f", "null", "-")]
    start = [program, "-hide_banner", "-nostdin", "-copyts", "-threads", "1"]
    files = ["-i", str(rendition), "-i", str(job.source)]
    return [*start, *files, "-filter_complex", ";".join(chains), *maps]


def parse_scores(text: str) -> dict[str, float]:
    """Read what ffmpeg printed; `ValueError` when PSNR or SSIM is missing (pure)."""
    found = {name: pattern.findall(text) for name, pattern in _PATTERNS.items()}
    if not (found["psnr"] and found["ssim"]):
        raise ValueError(f"no scores in {text[-300:]!r}")
    return {
        name: min(_LOSSLESS_DB, float(values[-1])) if name == "psnr" else float(values[-1])
        for name, values in found.items()
        if values
    }


def _compare(program: str, peer: str, job: Job, rung: Profile, vmaf_every: int | None) -> Fidelity:
    rendition = job.output_dir / f"{rung.name}.ts"
    command = compare_command(program, rendition, job, rung, vmaf_every)
    run = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
    )
    if run.returncode:
        raise RuntimeError(f"comparing {rendition}: {run.stderr.strip()[-400:]}")
    scores = parse_scores(run.stderr)
    return Fidelity(
        peer,
        job.content.name,
        rung.name,
        int(scores.get("frames", 0)),
        rendition.stat().st_size,
        scores["psnr"],
        scores["ssim"],
        scores.get("vmaf"),
    )
