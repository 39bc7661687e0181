"""`podium-worker transcode`: from flags to files, a table and an exit status (thin)."""

import asyncio
import contextlib
import io
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from enum import IntEnum

from podium_worker.batch.cutter import CutFile
from podium_worker.batch.dry_run import dry_run_report
from podium_worker.batch.inputs import SegmentFiles, find_files
from podium_worker.batch.ladder import Defaults, larger_than_source, parse_ladder
from podium_worker.batch.options import Options
from podium_worker.batch.output import OutputFolder
from podium_worker.batch.pieces import Pieces
from podium_worker.batch.progress import Progress
from podium_worker.batch.records import Summary, totals
from podium_worker.batch.report import json_report, table_report
from podium_worker.batch.runner import Runner
from podium_worker.batch.screen import Screen
from podium_worker.errors import StartError
from podium_worker.profiles import Codec, Container, Profile
from podium_worker.transcoder.devices.hardware import CPU, Hardware, nvidia
from podium_worker.transcoder.devices.survey import NoDeviceError, find_placements
from podium_worker.transcoder.errors import TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile, check_profiles
from podium_worker.transcoder.slots.pool import SlotPool

__all__ = ["ExitStatus", "run_transcode"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ExitStatus(IntEnum):
    """What the shell is told."""

    DONE = 0
    SOME_FAILED = 1
    CANNOT = 2
    INTERRUPTED = 130


def run_transcode(options: Options) -> ExitStatus:
    """Transcode what the flags name; `StartError` where that cannot begin or go on."""
    profiles = _profiles(options)
    with contextlib.closing(_pieces(options)) as pieces:
        if options.is_dry_run:
            _say(dry_run_report(pieces, profiles, is_json=options.is_json))
            return ExitStatus.DONE
        output = OutputFolder(options.out, profiles)
        try:
            output.prepare(is_forced=options.is_forced)
            summary, playlist = asyncio.run(_transcode(options, profiles, pieces, output))
        finally:
            output.discard()
    report = json_report if options.is_json else table_report
    _say(report(summary, playlist=playlist))
    return _status(summary)


def _say(text: str) -> None:
    """Write a result; a reader that left early (`| head`) is no error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without our lines and dots
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _status(summary: Summary) -> ExitStatus:
    if summary.is_interrupted:
        return ExitStatus.INTERRUPTED
    return ExitStatus.SOME_FAILED if summary.failed else ExitStatus.DONE


def _profiles(options: Options) -> tuple[Profile, ...]:
    defaults = Defaults(
        frame_rate=options.frame_rate,
        gop_ms=options.gop_ms,
        codec=Codec(options.codec),
        container=Container(options.container),
    )
    profiles = parse_ladder(options.ladder, defaults)
    try:
        check_profiles(profiles, nvidia(0) if options.hardware == Hardware.NVIDIA else CPU)
    except TranscodeError as error:
        raise StartError(f"--ladder: {error}; change the ladder or --codec") from error
    return profiles


def _pieces(options: Options) -> Pieces:
    """Cut a file that stands alone; a folder and several files are segments as they are."""
    files = find_files(options.inputs)
    is_one_file = len(options.inputs) == 1 and not options.inputs[0].is_dir()
    if is_one_file and options.segment_seconds > 0:
        return CutFile(files[0], segment_seconds=options.segment_seconds)
    return SegmentFiles(files)


async def _transcode(
    options: Options, profiles: tuple[Profile, ...], pieces: Pieces, output: OutputFolder
) -> tuple[Summary, str]:
    """Run everything; returns the result and where to play it."""
    started = time.monotonic()
    screen = Screen(
        Progress(count=pieces.count, seconds=pieces.seconds),
        is_quiet=options.is_quiet or options.is_json,
    )
    runner = Runner(
        profiles, output, deadline_seconds=options.deadline_seconds, on_record=screen.take
    )

    notes = [pieces.note, larger_than_source(profiles, pieces.size)]

    async def work() -> None:
        async with _shown(screen, notes), _pool(options) as pool:
            await runner.run(pool, iter(pieces))

    is_interrupted = await _until_signal(work)
    if not runner.records and not is_interrupted:
        raise StartError("IN: there is no video in it; give a file that has pictures")
    summary = Summary(
        records=runner.records,
        wall_seconds=time.monotonic() - started,
        slots=runner.slots,
        hardware=options.hardware,
        encoder_profile=options.encoder_profile,
        is_interrupted=is_interrupted,
        renditions=totals(runner.records, [profile.name for profile in profiles]),
    )
    return summary, str(output.write_playlists(runner.records) or "")


async def _until_signal(work: Callable[[], Coroutine[None, None, None]]) -> bool:
    """Do the work; a signal ends it early and gives True."""
    task = asyncio.create_task(work(), name="run")
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:  # once is enough: another would cut the cleaning up short
        loop.add_signal_handler(number, lambda: task.cancelling() or task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        return True
    except OSError as error:
        raise StartError(
            f"--out: cannot write ({error}); make room there or give another folder"
        ) from error
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
    return False


@asynccontextmanager
async def _pool(options: Options) -> AsyncIterator[SlotPool]:
    encoder_profile = EncoderProfile(options.encoder_profile)
    try:
        placements = await find_placements(
            options.hardware, slots=options.slots, encoder_profile=encoder_profile
        )
    except NoDeviceError as error:
        raise StartError(f"--hardware {options.hardware}: {error}; try --hardware cpu") from error
    pool = SlotPool(placements=placements, encoder_profile=encoder_profile)
    try:
        try:
            await pool.start()
        except OSError as error:  # TimeoutError is one
            raise StartError(f"--slots: they cannot be started ({error}); try fewer") from error
        yield pool
    finally:
        await pool.aclose()


@asynccontextmanager
async def _shown(screen: Screen, notes: Sequence[str]) -> AsyncIterator[None]:
    for note in filter(None, notes):
        screen.note(note)
    task = asyncio.create_task(screen.keep_fresh(), name="screen")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        screen.close()
