"""The start-up test of a transcoder: what it can do, and how fast while every slot is busy.

A pod becomes ready only after it; what it does not prove is not offered to the queue. Media work
happens in the pool's children, as for any segment, and results are judged by feeding them back:
this process decodes nothing.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import Protocol

from podium_worker.load import Canary
from podium_worker.profiles import CLASS_NEEDS, Codec, Profile, SourceKind, load_class
from podium_worker.transcoder.cgroup import available_cores
from podium_worker.transcoder.devices.hardware import CPU
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.specimen import specimen

__all__ = ["CanaryError", "CanaryReport", "TrialSlots", "run_canary"]

_LOG = logging.getLogger(__name__)
_FPS = 30
_TIMEOUT_SECONDS = 60.0
_LEAST_PSNR_DB = 20.0  # what a wrong picture, or one in wrong colours, stays below
_LADDER = (
    Profile(name="720p", width=1280, height=720, bitrate=3_000_000, fps=_FPS),
    Profile(name="360p", width=640, height=360, bitrate=1_000_000, fps=_FPS),
)
_HEVC_LADDER = (
    Profile(name="360p", width=640, height=360, bitrate=800_000, fps=_FPS, encoder=Codec.H265),
)
_TINY = (Profile(name="144p", width=256, height=144, bitrate=200_000, fps=_FPS),)


class CanaryError(Exception):
    """The hardware cannot do what the pod was asked for; the pod must not become ready."""


class TrialSlots(Protocol):
    """What is tried: a pool's slots, all of them at once."""

    @property
    def slots(self) -> int:
        """Slots of the devices that work."""

    @property
    def devices(self) -> tuple[DeviceState, ...]:
        """What they are on."""

    async def run(
        self, source: bytes, profiles: Sequence[Profile], *, timeout_seconds: float
    ) -> TranscodeResult:
        """Transcode one segment in a free slot; `TranscodeError`."""


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """The classes that were proven, and the slot time of a segment by load class."""

    classes: tuple[str, ...]
    costs: Mapping[str, Canary]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A segment of so many frames that must become these renditions."""

    source: bytes
    frames: int
    profiles: tuple[Profile, ...] = _TINY

    @property
    def seconds(self) -> float:
        return self.frames / _FPS


@dataclass(frozen=True, slots=True)
class _Outcome:
    result: TranscodeResult
    seconds: float

    @property
    def own_seconds(self) -> float:
        """The time without what neighbours took: pods that start together look slow else."""
        return min(self.seconds, self.result.cpu_seconds or self.seconds)


async def run_canary(pool: TrialSlots, *, cores: float | None = None) -> CanaryReport:
    """Try a ladder on all slots at once, then every other kind of source and output.

    `cores` are those that the slots share, by default the cgroup's. `CanaryError` when not even
    H.264 comes out as it should.
    """
    cores = available_cores() if cores is None else cores
    ladder = _Trial(specimen("h264-720p.ts"), 15, _LADDER)
    costs = {load_class("h264", _LADDER): await _measure(pool, ladder, cores)}
    outputs = {Codec.H264}
    hevc = _Trial(specimen("h264-360p.ts"), 6, _HEVC_LADDER)
    try:
        costs[load_class("h264-h265", _HEVC_LADDER)] = await _measure(pool, hevc, cores)
        outputs.add(Codec.H265)
    except CanaryError as error:
        _LOG.info("no HEVC is made here", extra={"reason": str(error)})
    return CanaryReport(_classes(await _sources(pool), outputs), costs)


def _classes(sources: set[SourceKind], outputs: set[Codec]) -> tuple[str, ...]:
    return tuple(
        name
        for name, needs in CLASS_NEEDS.items()
        if sources.issuperset(needs.sources) and outputs.issuperset(needs.outputs)
    )


async def _sources(pool: TrialSlots) -> set[SourceKind]:
    """Return the kinds of source that can be decoded; H.264 was proven by the ladder."""
    trials = {
        SourceKind.H264_DEEP: _Trial(specimen("h264-deep.ts"), 3),
        SourceKind.HEVC: _Trial(specimen("hevc.ts"), 3),
        SourceKind.VP8: _Trial(specimen("vp8.webm"), 3),
        SourceKind.VP9: _Trial(specimen("vp9.webm"), 3),
    }
    _, failures = await _try_all(pool, trials.values())
    for kind, failure in zip(trials, failures, strict=True):
        if failure:
            _LOG.info("a kind of source is not taken", extra={"source": kind, "reason": failure})
    failed = {kind for kind, failure in zip(trials, failures, strict=True) if failure}
    return set(SourceKind) - failed


async def _measure(pool: TrialSlots, trial: _Trial, cores: float) -> Canary:
    """Return what a segment costs while every slot works on one; one result is looked at.

    Slots on a processor get turns on its cores: where there are more slots than cores, as many
    work as there are cores, and each segment's time is what its turns add up to. One good slot is
    enough: a device that fails takes itself out and says so.
    """
    on_cpu = all(device.name == CPU.name for device in pool.devices)
    at_once = min(pool.slots, ceil(cores)) if on_cpu else pool.slots
    outcomes, failures = await _try_all(pool, [trial] * max(1, at_once))
    if not outcomes:
        raise CanaryError(failures[0])
    await _look_at(pool, outcomes[0].result.renditions)
    if on_cpu:
        own = fmean(outcome.own_seconds for outcome in outcomes)
        seconds = own * max(1.0, pool.slots / cores)
    else:
        seconds = fmean(outcome.seconds for outcome in outcomes)
    return Canary(slot_seconds=round(seconds, 6), segment_seconds=round(trial.seconds, 6))


async def _look_at(pool: TrialSlots, renditions: Iterable[Rendition]) -> None:
    """Feed renditions back: what they are said to hold is what a decoder finds."""
    looks = [_Trial(rendition.data, rendition.frames) for rendition in renditions]
    outcomes, failures = await _try_all(pool, looks)
    for failure in filter(None, failures):
        raise CanaryError(f"a result of the self-test is no good source: {failure}")
    for rendition, outcome in zip(renditions, outcomes, strict=True):
        if outcome.result.decoded_pixels != rendition.pixels:
            raise CanaryError(
                f"{rendition.name} of the self-test holds {outcome.result.decoded_pixels} pixels, "
                f"not the {rendition.pixels} that were counted"
            )


async def _try_all(pool: TrialSlots, trials: Iterable[_Trial]) -> tuple[list[_Outcome], list[str]]:
    """Run trials side by side; the good outcomes, and for each trial its failure or ""."""
    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(_try(pool, trial)) for trial in trials]
    outcomes = [run.result() for run in runs]
    good = [outcome for outcome in outcomes if isinstance(outcome, _Outcome)]
    return good, ["" if isinstance(outcome, _Outcome) else outcome for outcome in outcomes]


async def _try(pool: TrialSlots, trial: _Trial) -> _Outcome | str:
    started = time.monotonic()
    try:
        result = await pool.run(trial.source, trial.profiles, timeout_seconds=_TIMEOUT_SECONDS)
    except TranscodeError as error:
        return f"the self-test could not transcode its own segment: {error}"
    return _fault(trial, result) or _Outcome(result, time.monotonic() - started)


def _fault(trial: _Trial, result: TranscodeResult) -> str:
    """Return what is wrong with a result, "" for nothing."""
    made = [(item.width, item.height, item.frames) for item in result.renditions]
    wanted = [(profile.width, profile.height, trial.frames) for profile in trial.profiles]
    if made != wanted:
        return f"the self-test made {made}, not {wanted}"
    worst = min(
        (item.psnr_db for item in result.renditions if item.psnr_db is not None), default=99
    )
    if worst < _LEAST_PSNR_DB:
        return f"the self-test made pictures of {worst:.1f} dB, not {_LEAST_PSNR_DB:.0f}"
    return ""
