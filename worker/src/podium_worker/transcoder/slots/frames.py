"""How a slot and its child speak: a JSON head, then raw bytes. No pickles.

A child works on hostile bytes, so what it says is read as data of a known shape and size and
never as objects: whatever arrives, reading it gives a frame or a `ValueError`. An answer repeats
the number of its job, so that a child out of step is found out.
"""

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from typing import Any, Protocol

from podium_worker.profiles import Profile, dump_profiles, parse_profiles
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.results import Rendition, TranscodeResult

__all__ = ["Frame", "Job", "error_frame", "job_frame", "parse_job", "parse_reply", "result_frame"]

_LENGTH = struct.Struct(">I")
_MAX_HEAD_BYTES = 64 << 10
_MAX_BLOBS = 16
_MAX_BODY_BYTES = 320 << 20  # the largest source fits; the parent has no memory for more
_MAX_WORDS = 500
_NONSENSE = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One message: a JSON object and its blobs."""

    head: dict[str, Any]
    blobs: tuple[bytes, ...] = ()

    @property
    def is_last(self) -> bool:
        """Whether the child says that it ends after this message."""
        return self.head.get("isLast") is True

    @property
    def number(self) -> object:
        """The job's number, as the sender has it."""
        return self.head.get("number")

    def pack(self) -> list[bytes]:
        """Return the pieces to write, in order."""
        sizes = [len(blob) for blob in self.blobs]
        head = json.dumps(self.head | {"sizes": sizes}).encode()
        return [_LENGTH.pack(len(head)), head, *self.blobs]

    @classmethod
    def read(cls, stream: "_Readable") -> "Frame | None":
        """Read one frame from a blocking stream; None at its end."""
        prefix = stream.read(_LENGTH.size)
        if len(prefix) < _LENGTH.size:
            return None
        head, sizes = _parse_head(stream.read(_head_bytes(prefix)))
        return cls(head, tuple(stream.read(size) for size in sizes))

    @classmethod
    async def receive(cls, reader: asyncio.StreamReader) -> "Frame":
        """Read one frame; `IncompleteReadError` when the other side is gone."""
        prefix = await reader.readexactly(_LENGTH.size)
        head, sizes = _parse_head(await reader.readexactly(_head_bytes(prefix)))
        return cls(head, tuple([await reader.readexactly(size) for size in sizes]))


@dataclass(frozen=True, slots=True)
class Job:
    """What a child is asked to do; `free_cores` counts its own."""

    source: bytes
    profiles: tuple[Profile, ...]
    duration_seconds: float | None = None
    encoder_profile: EncoderProfile = EncoderProfile.SEGMENT
    free_cores: int = 1
    number: int = 0


def job_frame(job: Job) -> Frame:
    """Build the message that `parse_job` reads."""
    head = {
        "number": job.number,
        "durationSeconds": job.duration_seconds,
        "encoderProfile": job.encoder_profile.value,
        "freeCores": job.free_cores,
    }
    return Frame(head, (dump_profiles(job.profiles), job.source))


def parse_job(frame: Frame) -> Job:
    """Read a job; the parent is trusted, so a wrong shape is a bug and raises."""
    profiles, source = frame.blobs
    return Job(
        source,
        parse_profiles(profiles),
        duration_seconds=frame.head["durationSeconds"],
        encoder_profile=EncoderProfile(frame.head["encoderProfile"]),
        free_cores=frame.head["freeCores"],
        number=frame.head["number"],
    )


def result_frame(result: TranscodeResult, *, number: int = 0) -> Frame:
    """Build the message that `parse_reply` reads; `TranscodeError` for what is too large for it."""
    total = sum(len(item.data) for item in result.renditions)
    if total > _MAX_BODY_BYTES:
        raise TranscodeError(ErrorText.INVALID_VIDEO, f"renditions of {total} bytes")
    bare = replace(result, renditions=tuple(replace(item, data=b"") for item in result.renditions))
    head = asdict(bare)
    for item in head["renditions"]:
        del item["data"], item["name"]  # the asker has the names, of whatever length
    blobs = tuple(item.data for item in result.renditions)
    return Frame({"number": number, "result": head}, blobs)


def error_frame(error: TranscodeError, *, number: int = 0, is_last: bool = False) -> Frame:
    """Build the message from which `parse_reply` raises the error again."""
    words = {"text": error.text[:_MAX_WORDS], "detail": error.detail[:_MAX_WORDS]}
    return Frame({"number": number, "error": words, "isLast": is_last})


def parse_reply(frame: Frame, profiles: Sequence[Profile]) -> TranscodeResult:
    """Return a child's result for `profiles`, or raise the error that it reports.

    `ValueError` for anything that no child of ours would say.
    """
    try:
        if (error := frame.head.get("error")) is not None:
            raise TranscodeError(str(error["text"])[:_MAX_WORDS], str(error["detail"])[:_MAX_WORDS])
        return _parse_result(frame.head["result"], frame.blobs, profiles)
    except _NONSENSE as error:
        raise ValueError(f"the child answered nonsense: {error!r}"[:_MAX_WORDS]) from error


def _parse_result(
    result: dict[str, Any], blobs: Sequence[bytes], profiles: Sequence[Profile]
) -> TranscodeResult:
    triples = zip(result["renditions"], blobs, profiles, strict=True)
    renditions = tuple(_rendition(item, data, profile) for item, data, profile in triples)
    return TranscodeResult(
        renditions,
        _count(result["decoded_frames"]),
        _count(result["decoded_pixels"]),
        cpu_seconds=_seconds(result["cpu_seconds"]),
    )


def _rendition(item: dict[str, Any], data: bytes, profile: Profile) -> Rendition:
    if item["container"] != profile.format.value:
        raise ValueError(f"{item['container']!r} in the place of {profile.format.value}")
    psnr = item["psnr_db"]
    return Rendition(
        name=profile.name,
        data=data,
        pixels=_count(item["pixels"]),
        frames=_count(item["frames"]),
        width=_count(item["width"]),
        height=_count(item["height"]),
        container=profile.format,
        psnr_db=float(psnr) if psnr is not None and isfinite(psnr) else None,
    )


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _seconds(value: object) -> float:
    if type(value) is not float or not isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is no time")
    return value


def _head_bytes(prefix: bytes) -> int:
    (length,) = _LENGTH.unpack(prefix)
    if length > _MAX_HEAD_BYTES:
        raise ValueError(f"a message head of {length} bytes, over {_MAX_HEAD_BYTES}")
    return int(length)


def _parse_head(data: bytes) -> tuple[dict[str, Any], list[int]]:
    try:
        head = dict(json.loads(data))
        sizes = [_count(size) for size in head.pop("sizes")]
    except _NONSENSE as error:
        raise ValueError(f"no message head: {error!r}"[:_MAX_WORDS]) from error
    if len(sizes) > _MAX_BLOBS or sum(sizes) > _MAX_BODY_BYTES:
        raise ValueError(f"message bodies of {sizes[:_MAX_BLOBS]} bytes")
    return head, sizes
