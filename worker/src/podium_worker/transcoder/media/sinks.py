"""Where a muxer writes: memory only, so that a read-only file system is enough."""

import io
import os
from typing import Protocol

from podium_worker.profiles import Container

__all__ = ["Sink", "open_sink"]


class Sink(Protocol):
    """A place for one output."""

    target: str | io.BytesIO
    options: dict[str, str]

    def read(self) -> bytes:
        """Return what was written; call once the muxer is closed."""

    def close(self) -> None:
        """Give the memory back."""


_TS_OPTIONS = {
    "max_delay": "350000",  # so much sound, halved, shares one header: up to 4 % of a small output
    "pat_period": "0.4",  # a segment begins with its tables; monitors want them every 0.5 s
    "sdt_period": "1.6",
    "mpegts_copyts": "1",  # else that delay would be added to every time
}


class _BytesSink:
    """A plain buffer, for containers that are written front to back: MPEG-TS."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self.target: str | io.BytesIO = self._buffer
        self.options = dict(_TS_OPTIONS)

    def read(self) -> bytes:
        return self._buffer.getvalue()

    def close(self) -> None:
        return None


class _MemoryFileSink:
    """An anonymous file: `faststart` opens its own output a second time, by name."""

    def __init__(self) -> None:
        self._fd = os.memfd_create("rendition")
        self.target: str | io.BytesIO = f"/proc/self/fd/{self._fd}"
        self.options = {"movflags": "faststart"}

    def read(self) -> bytes:
        return os.pread(self._fd, os.fstat(self._fd).st_size, 0)

    def close(self) -> None:
        os.close(self._fd)


def open_sink(container: Container) -> Sink:
    """Return an empty place for one output; the caller closes it."""
    return _MemoryFileSink() if container is Container.MP4 else _BytesSink()
