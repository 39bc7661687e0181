"""What one GPU can do, found out in a process of its own: a broken driver may take it with it.

Run as a program it prints one line of JSON: `devices` lists the GPUs that the driver shows here,
`probe BACKEND` tries decoder and encoder of one (`hardware.dump_backend`) and counts how many
encoders it opens at once. Some data-centre GPUs have a decoder only; a container without the
driver's `video` capability has neither.
"""

import ctypes
import io
import json
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import av
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from podium_worker.profiles import Codec
from podium_worker.transcoder.devices.hardware import Backend, parse_backend
from podium_worker.transcoder.media.accelerator import accelerator, hold_device
from podium_worker.transcoder.specimen import specimen

__all__ = ["count_sessions", "list_devices", "main", "probe"]

MOST_SESSIONS = 32
"""Enough for eight usual ladders: cards without a limit of their own are not pushed further."""

_SPECIMEN, _SPECIMEN_FRAMES = "h264-360p.ts", 6
_FRAMES = 4
_HINT = "a pod needs NVIDIA_DRIVER_CAPABILITIES=compute,video,utility"
_NO_ENCODER = "it has no H.264 encoder (NVENC): A100, A30, H100, H200 and B200 only decode"
_MISSING_ENCODER = (
    "unsupported device",
    "no encode device",
    "No capable devices found",
    "doesn't support required NVENC features",
)
_NAME_BYTES = 128


class _Driver(Protocol):
    """The four calls of libcuda that are needed."""

    def cuInit(self, flags: int) -> int: ...  # noqa: N802  # the driver's names
    def cuDeviceGetCount(self, count: object) -> int: ...  # noqa: N802
    def cuDeviceGet(self, device: object, ordinal: int) -> int: ...  # noqa: N802
    def cuDeviceGetName(self, name: object, length: int, device: object) -> int: ...  # noqa: N802


def main() -> int:
    """Print what was asked for; a failure is part of the answer and no exit status."""
    match sys.argv[1:]:
        case ["devices"]:
            answer = _told(lambda: {"devices": list_devices(ctypes.CDLL("libcuda.so.1"))})
        case ["probe", text]:
            answer = _told(lambda: probe(parse_backend(text)))
        case _:
            answer = {"failed": "say devices, or probe and a backend"}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


def list_devices(driver: _Driver) -> list[str]:
    """Return the names of the GPUs in the driver's order, which is FFmpeg's; `RuntimeError`."""
    count = ctypes.c_int()
    _check(driver.cuInit(0), "cuInit")
    _check(driver.cuDeviceGetCount(ctypes.byref(count)), "cuDeviceGetCount")
    return [_name(driver, ordinal) for ordinal in range(count.value)]


def probe(backend: Backend) -> dict[str, Any]:
    """Return `sessions`, `failed` and `hasEncoder` of one device, as `devices.Report` has them."""
    av.logging.set_level(av.logging.ERROR)  # the reasons are only there, and errors quote it
    device = hold_device(backend)
    _decode(backend)
    try:
        _encode(backend)
    except FFmpegError as error:
        if any(words in str(error) for words in _MISSING_ENCODER):
            return {"sessions": 0, "failed": _NO_ENCODER, "hasEncoder": False}
        raise
    sessions = count_sessions(lambda: _open_encoder(backend), MOST_SESSIONS)
    del device
    failed = "" if sessions else "all its encoder sessions (NVENC) are taken by others"
    return {"sessions": sessions, "failed": failed, "hasEncoder": True}


def count_sessions(open_one: Callable[[], object], most: int) -> int:
    """Open encoders until one fails, all held open; return how many did open."""
    opened: list[object] = []
    try:
        while len(opened) < most:
            opened.append(open_one())
    except (FFmpegError, MemoryError):
        pass  # whatever the words: at this number it ends
    return len(opened)


def _told(find_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return find_out()
    except Exception as error:  # noqa: BLE001  # drivers fail in every way there is
        return {"failed": f"{error}; {_HINT}"}


def _check(status: int, call: str) -> None:
    if status:
        raise RuntimeError(f"the driver's {call} failed with {status}")


def _name(driver: _Driver, ordinal: int) -> str:
    device = ctypes.c_int()
    name = ctypes.create_string_buffer(_NAME_BYTES)
    _check(driver.cuDeviceGet(ctypes.byref(device), ordinal), "cuDeviceGet")
    _check(driver.cuDeviceGetName(name, _NAME_BYTES, device), "cuDeviceGetName")
    return name.value.decode(errors="replace")


def _decode(backend: Backend) -> None:
    data = specimen(_SPECIMEN)
    with av.open(io.BytesIO(data), "r", hwaccel=accelerator(backend)) as source:
        frames = sum(1 for _ in source.decode(video=0))
    if frames != _SPECIMEN_FRAMES:
        raise RuntimeError(f"its H.264 decoder (NVDEC) gave {frames} of {_SPECIMEN_FRAMES} frames")


def _encode(backend: Backend) -> None:
    context = _open_encoder(backend)
    packets = 0
    for number in range(_FRAMES):
        frame = VideoFrame(640, 360, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([16 * number]) * plane.buffer_size)
        frame.pts, frame.time_base = number, context.time_base
        packets += len(context.encode(frame))
    packets += len(context.encode(None))
    if packets != _FRAMES:
        raise RuntimeError(f"its H.264 encoder (NVENC) gave {packets} of {_FRAMES} frames")


def _open_encoder(backend: Backend) -> VideoCodecContext:
    context = CodecContext.create(backend.encoders[Codec.H264], "w", hwaccel=accelerator(backend))
    if not isinstance(context, VideoCodecContext):
        raise TypeError(f"{backend.encoders[Codec.H264]} encodes no video")
    context.width, context.height, context.pix_fmt = 640, 360, "yuv420p"
    context.time_base = Fraction(1, 30)
    context.thread_count = 1
    context.open()
    return context


if __name__ == "__main__":
    sys.exit(main())
