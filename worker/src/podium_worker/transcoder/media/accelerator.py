"""The device that decodes and encodes, as PyAV wants it named.

FFmpeg makes a context on the device per codec unless all are told to share the process's primary
one, and that one ends with its last user. A child therefore holds it between segments.
"""

from av.codec.context import CodecContext
from av.codec.hwaccel import HWAccel

from podium_worker.transcoder.devices.hardware import Backend

__all__ = ["accelerator", "hold_device"]


def accelerator(backend: Backend) -> HWAccel | None:
    """Return what `av.open` and `add_stream` take as `hwaccel`; None for software codecs."""
    if backend.accelerator is None:
        return None
    return HWAccel(
        backend.accelerator,
        device=str(backend.device or 0),
        allow_software_fallback=False,
        options={"primary_ctx": "1"},
    )


def hold_device(backend: Backend) -> object:
    """Open the device and keep it open for as long as the returned value lives.

    Raises `av.error.FFmpegError` (a `PermissionError` without a driver) or `RuntimeError`.
    """
    device = accelerator(backend)
    if device is None:
        return None
    holder = CodecContext.create("h264", "r", hwaccel=device)
    if not holder.is_hwaccel:
        raise RuntimeError(f"no H.264 decoder on {backend.accelerator}")
    return holder
