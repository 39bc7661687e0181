"""One source segment in, all renditions out: a pure function around PyAV.

One decode feeds every rendition, on one thread: concurrency comes from segments, each in a
process of its own. Nothing here outlives a call, and nothing touches a file or the network.
"""

from collections.abc import Sequence
from contextlib import ExitStack

from av.error import EOFError, FFmpegError, InvalidDataError  # noqa: A004

from podium_worker.profiles import Profile
from podium_worker.transcoder.encoding import check_profiles
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.hardware import Hardware
from podium_worker.transcoder.limits import Limits
from podium_worker.transcoder.muxer import Muxer
from podium_worker.transcoder.rendition import RenditionWriter
from podium_worker.transcoder.results import TranscodeResult
from podium_worker.transcoder.source import AudioUnit, Picture, Source, open_source

__all__ = ["transcode"]

_LIMITS = Limits()


def transcode(
    source: bytes,
    profiles: Sequence[Profile],
    *,
    duration_seconds: float | None = None,
    limits: Limits = _LIMITS,
    hardware: Hardware = Hardware.CPU,
) -> TranscodeResult:
    """Transcode one segment to every profile, in order.

    `duration_seconds` is what the sender declared. Raises `TranscodeError`, whose text is for
    the gateway; a segment is answered whole or not at all.
    """
    wanted = tuple(profiles)
    check_profiles(wanted)
    if duration_seconds is not None and duration_seconds > limits.duration_seconds:
        raise TranscodeError(ErrorText.INVALID_DURATION, f"{duration_seconds:.3f} s declared")
    try:
        with open_source(source, limits, hardware) as opened:
            return _transcode(opened, wanted, limits)
    except (InvalidDataError, EOFError) as error:
        raise TranscodeError(ErrorText.INVALID_VIDEO, repr(error)) from error
    except FFmpegError as error:
        raise TranscodeError(error.strerror or ErrorText.INVALID_DATA, repr(error)) from error
    except MemoryError as error:
        raise TranscodeError(ErrorText.OUT_OF_MEMORY) from error


def _transcode(source: Source, profiles: tuple[Profile, ...], limits: Limits) -> TranscodeResult:
    with ExitStack() as stack:
        writers: list[RenditionWriter] = []
        early: list[AudioUnit] = []
        for unit in source.units():
            if isinstance(unit, AudioUnit):
                early.append(unit)
            elif not writers:
                writers = _open_writers(stack, source, profiles, first=unit, limits=limits)
            _write(writers, unit, early)
        renditions = tuple(writer.finish() for writer in writers)
    return TranscodeResult(renditions, source.decoded_frames, source.decoded_pixels)


def _open_writers(
    stack: ExitStack,
    source: Source,
    profiles: tuple[Profile, ...],
    *,
    first: Picture,
    limits: Limits,
) -> list[RenditionWriter]:
    """Open every output; only the first picture tells its size and colours."""
    writers = []
    for profile in profiles:
        muxer = Muxer(profile.format, max_bytes=limits.output_bytes)
        stack.callback(muxer.close)
        writers.append(RenditionWriter(profile, source, first, muxer))
    return writers


def _write(
    writers: list[RenditionWriter], unit: Picture | AudioUnit, waiting: list[AudioUnit]
) -> None:
    """Pass a unit on, after the audio that waited for the outputs to open."""
    if not writers:
        return
    for writer in writers:
        for audio in waiting:
            writer.write_audio(audio)
        if isinstance(unit, Picture):
            writer.write_picture(unit)
    waiting.clear()
