"""One source segment in, all renditions out: a pure function around PyAV.

One decode feeds every rendition. Nothing here outlives a call, threads included, and nothing
touches a file or the network.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from av.error import EOFError, FFmpegError, InvalidDataError  # noqa: A004

from podium_worker.profiles import Profile
from podium_worker.transcoder.devices.hardware import CPU, Backend
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile, check_profiles
from podium_worker.transcoder.media.grid import frame_times
from podium_worker.transcoder.media.ladder import Ladder
from podium_worker.transcoder.media.limits import Limits
from podium_worker.transcoder.media.muxer import Muxer
from podium_worker.transcoder.media.rendition import RenditionWriter, coding
from podium_worker.transcoder.media.results import TranscodeResult
from podium_worker.transcoder.media.source import Source, open_source
from podium_worker.transcoder.media.threads import ThreadPlan, thread_plan

__all__ = ["transcode"]

_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked for and what it may use."""

    profiles: tuple[Profile, ...]
    limits: Limits
    backend: Backend
    encoder_profile: EncoderProfile
    threads: ThreadPlan


def transcode(  # noqa: PLR0913  # what a job and a slot may say, by name
    source: bytes,
    profiles: Sequence[Profile],
    *,
    duration_seconds: float | None = None,
    limits: Limits = _LIMITS,
    backend: Backend = CPU,
    encoder_profile: EncoderProfile = EncoderProfile.SEGMENT,
    free_cores: int = 1,
) -> TranscodeResult:
    """Transcode one segment to every profile, in order.

    `duration_seconds` is what the sender declared. `free_cores` are those that this segment may
    use; with 1 everything happens on one thread. Raises `TranscodeError`, whose text is for the
    gateway; a segment is answered whole or not at all.
    """
    wanted = tuple(profiles)
    check_profiles(wanted, backend)
    if duration_seconds is not None and duration_seconds > limits.duration_seconds:
        raise TranscodeError(ErrorText.INVALID_DURATION, f"{duration_seconds:.3f} s declared")
    threads = thread_plan(free_cores, [profile.width * profile.height for profile in wanted])
    work = _Work(wanted, limits, backend, encoder_profile, threads)
    try:
        with open_source(source, limits, backend, decode_threads=threads.decode_threads) as opened:
            return _transcode(opened, work)
    except (InvalidDataError, EOFError) as error:
        raise TranscodeError(ErrorText.INVALID_VIDEO, repr(error)) from error
    except FFmpegError as error:
        raise TranscodeError(_text_of(error, backend), repr(error)) from error
    except MemoryError as error:
        raise TranscodeError(ErrorText.OUT_OF_MEMORY) from error


def _text_of(error: FFmpegError, backend: Backend = CPU) -> ErrorText:
    """Return FFmpeg's words where the network has them too; others would say nothing to it.

    Drivers fail with words that no segment causes: those must not be taken for the segment's.
    """
    try:
        return ErrorText(error.strerror or "")
    except ValueError:
        return ErrorText.INVALID_DATA if backend.device is None else ErrorText.EXTERNAL


def _transcode(source: Source, work: _Work) -> TranscodeResult:
    with ExitStack() as stack:
        writers = _open_writers(stack, source, work)
        source.show_at([profile.frame_rate for profile in work.profiles])
        times = [frame_times(profile.frame_rate, source.time_base) for profile in work.profiles]
        ladder = Ladder(writers, times, has_threads=work.threads.has_encoder_threads)
        stack.callback(ladder.close)
        for unit in source.units():
            ladder.write(unit)
        renditions = ladder.finish()
    return TranscodeResult(renditions, source.decoded_frames, source.decoded_pixels)


def _open_writers(stack: ExitStack, source: Source, work: _Work) -> list[RenditionWriter]:
    writers = []
    for profile, threads in zip(work.profiles, work.threads.encode_threads, strict=True):
        muxer = Muxer(profile.format, max_bytes=work.limits.output_bytes)
        stack.callback(muxer.close)
        how = coding(profile, work.backend, work.encoder_profile, threads=threads)
        writers.append(RenditionWriter(profile, source, muxer, how))
    return writers
