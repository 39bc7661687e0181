"""The life of a slot's child process: bounded memory, one segment after another.

It is forked with everything imported and answers jobs on one socket until that closes. It may be
killed at any moment: it holds nothing that anybody needs. On a GPU it keeps the device open from
its first breath to its last.
"""

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass, replace
from io import BufferedRWPair
from pathlib import Path

from podium_worker.transcoder.devices.hardware import Backend, Hardware
from podium_worker.transcoder.devices.health import blames_device
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.accelerator import hold_device
from podium_worker.transcoder.media.engine import transcode
from podium_worker.transcoder.slots.frames import Frame, Job, error_frame, parse_job, result_frame

__all__ = ["live"]

_IDLE_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_MOST_FILES = {Hardware.CPU: 128, Hardware.NVIDIA: 1024}  # a driver holds dozens per context
_SPARE_ADDRESSES = 2 << 30
_SPENT = {ErrorText.OUT_OF_MEMORY, ErrorText.EXTERNAL}  # who knows what memory is left


@dataclass(frozen=True, slots=True)
class _Bench:
    """What a child works with: its backend, the device held open, and why it could not be."""

    backend: Backend
    device: object = None
    broken: str = ""


def live(
    connection: socket.socket, parent_pid: int, *, memory_bytes: int, backend: Backend
) -> None:
    """Answer jobs until the other side closes; never raises for what a segment does."""
    _die_with(parent_pid)
    _silence_libraries()
    bench = _open_bench(backend)
    _limit_resources(memory_bytes, backend.hardware)
    libc = _thrifty_libc()
    with connection, connection.makefile("rwb") as stream:
        while (reply := _next_reply(stream, bench)) is not None:
            stream.writelines(reply.pack())
            stream.flush()
            if reply.is_last:
                return
            del reply
            gc.collect()
            if not select.select([connection], [], [], _IDLE_SECONDS)[0]:
                _trim(libc)


def _next_reply(stream: BufferedRWPair, bench: _Bench) -> Frame | None:
    """Do the next job; None when there will be none."""
    frame = Frame.read(stream)
    if frame is None:
        return None
    job = parse_job(frame)
    del frame
    return _answer(job, bench)


def _answer(job: Job, bench: _Bench) -> Frame:
    began = time.process_time()
    try:
        if bench.broken:
            raise TranscodeError(ErrorText.UNRECOVERABLE, bench.broken)  # noqa: TRY301  # as the engine would
        result = transcode(
            job.source,
            job.profiles,
            duration_seconds=job.duration_seconds,
            backend=bench.backend,
            encoder_profile=job.encoder_profile,
            free_cores=job.free_cores,
        )
        timed = replace(result, cpu_seconds=time.process_time() - began)
        return result_frame(timed, number=job.number)
    except TranscodeError as error:
        return error_frame(error, number=job.number, is_last=_is_spent(error.text, bench))
    except Exception as error:  # noqa: BLE001  # the segment's fault or ours: only it is lost
        mishap = TranscodeError(ErrorText.STOPPED, repr(error))
        return error_frame(mishap, number=job.number, is_last=True)


def _is_spent(text: str, bench: _Bench) -> bool:
    """Whether to end after an error: memory may be short, or the device's context broken."""
    return text in _SPENT or (bench.backend.device is not None and blames_device(text))


def _open_bench(backend: Backend) -> _Bench:
    """Open the device; a failure is told to whoever asks for work, who then knows whose it is."""
    try:
        return _Bench(backend, device=hold_device(backend))
    except Exception as error:  # noqa: BLE001  # drivers fail in every way there is
        return _Bench(backend, broken=f"{backend.name} cannot be opened: {error}")


def _die_with(parent_pid: int) -> None:
    """Have the kernel end this process with its parent, also when that is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise SystemExit


def _silence_libraries() -> None:
    """Keep codecs that write to the standard streams out of the pod's log; Python still may."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)


def _limit_resources(memory_bytes: int, hardware: Hardware) -> None:
    """Bound memory, files and their sizes; what a driver has taken so far comes on top.

    Private writable memory is what counts: threads reserve addresses by the gigabyte and drivers
    by the terabyte. Addresses are bounded as well where there is no driver.
    """
    data = _status_bytes("VmData") + memory_bytes
    _limit(resource.RLIMIT_DATA, data)
    if hardware is Hardware.CPU:
        addresses = _status_bytes("VmSize") + memory_bytes + _SPARE_ADDRESSES
        _limit(resource.RLIMIT_AS, addresses)
    _limit(resource.RLIMIT_FSIZE, memory_bytes)  # of files in memory
    _limit(resource.RLIMIT_NOFILE, _MOST_FILES[hardware])
    _limit(resource.RLIMIT_CORE, 0)
    with contextlib.suppress(OSError):  # a kernel out of memory takes this one, not the pod's
        Path("/proc/self/oom_score_adj").write_text("900")


def _limit(kind: int, most: int) -> None:
    """Bound what this process may take; a bound that is narrower already stays, as it must."""
    _, bound = resource.getrlimit(kind)
    if bound == resource.RLIM_INFINITY or bound > most:
        bound = most
    resource.setrlimit(kind, (bound, bound))


def _status_bytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith(f"{key}:"))
    return int(kibibytes) << 10


def _thrifty_libc() -> ctypes.CDLL:
    """Share one heap between all threads: each further one keeps memory that trimming misses."""
    libc = ctypes.CDLL(None)
    with contextlib.suppress(AttributeError):  # only glibc has heaps to count
        libc.mallopt(_M_ARENA_MAX, 1)
    return libc


def _trim(libc: ctypes.CDLL) -> None:
    """Give freed memory back; only glibc keeps it and knows how."""
    with contextlib.suppress(AttributeError):
        libc.malloc_trim(0)
