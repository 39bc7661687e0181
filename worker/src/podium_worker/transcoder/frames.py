"""How a slot and its child speak: a JSON head, then raw bytes. No pickles.

A child works on hostile bytes, so what it says is read as data of a known shape and size and
never as objects.
"""

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from podium_worker.profiles import Container, Profile, dump_profiles, parse_profiles
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.results import Rendition, TranscodeResult

__all__ = ["Frame", "Job", "error_frame", "job_frame", "parse_job", "parse_reply", "result_frame"]

_LENGTH = struct.Struct(">I")
_MAX_HEAD_BYTES = 1 << 20
_MAX_BODY_BYTES = 2 << 30


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
    """What a child is asked to do."""

    source: bytes
    profiles: tuple[Profile, ...]
    duration_seconds: float | None


def job_frame(
    source: bytes, profiles: Sequence[Profile], *, duration_seconds: float | None
) -> Frame:
    """Build the message that `parse_job` reads."""
    head = {"durationSeconds": duration_seconds}
    return Frame(head, (dump_profiles(profiles), source))


def parse_job(frame: Frame) -> Job:
    """Read a job; the parent is trusted, so a wrong shape is a bug and raises."""
    profiles, source = frame.blobs
    return Job(source, parse_profiles(profiles), frame.head["durationSeconds"])


def result_frame(result: TranscodeResult) -> Frame:
    """Build the message that `parse_reply` reads."""
    bare = replace(result, renditions=tuple(replace(item, data=b"") for item in result.renditions))
    head = asdict(bare)
    for item in head["renditions"]:
        del item["data"]
    return Frame({"result": head}, tuple(item.data for item in result.renditions))


def error_frame(error: TranscodeError, *, is_last: bool = False) -> Frame:
    """Build the message from which `parse_reply` raises the error again."""
    return Frame({"error": {"text": error.text, "detail": error.detail}, "isLast": is_last})


def parse_reply(frame: Frame) -> TranscodeResult:
    """Return a child's result, or raise the error that it reports."""
    try:
        if (error := frame.head.get("error")) is not None:
            raise TranscodeError(str(error["text"]), str(error["detail"]))
        result = frame.head["result"]
        pairs = zip(result["renditions"], frame.blobs, strict=True)
        renditions = tuple(_rendition(item, data) for item, data in pairs)
        return TranscodeResult(
            renditions, int(result["decoded_frames"]), int(result["decoded_pixels"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TranscodeError(ErrorText.STOPPED, f"child answered nonsense: {error!r}") from error


def _rendition(item: dict[str, Any], data: bytes) -> Rendition:
    return Rendition(
        name=str(item["name"]),
        data=data,
        pixels=int(item["pixels"]),
        frames=int(item["frames"]),
        width=int(item["width"]),
        height=int(item["height"]),
        container=Container(item["container"]),
    )


def _head_bytes(prefix: bytes) -> int:
    (length,) = _LENGTH.unpack(prefix)
    if length > _MAX_HEAD_BYTES:
        raise ValueError(f"a message head of {length} bytes, over {_MAX_HEAD_BYTES}")
    return int(length)


def _parse_head(data: bytes) -> tuple[dict[str, Any], list[int]]:
    head = json.loads(data)
    sizes = [int(size) for size in head.pop("sizes")]
    if any(size < 0 for size in sizes) or sum(sizes) > _MAX_BODY_BYTES:
        raise ValueError(f"message bodies of {sizes} bytes")
    return head, sizes
