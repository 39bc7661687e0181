"""The life of a slot's child process: bounded memory, one segment after another.

It is forked with everything imported and answers jobs on one socket until that closes. It may be
killed at any moment: it holds nothing that anybody needs.
"""

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
from pathlib import Path

from podium_worker.transcoder.engine import transcode
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.frames import (
    Frame,
    Job,
    error_frame,
    parse_job,
    result_frame,
)
from podium_worker.transcoder.hardware import CPU, Hardware, nvidia

__all__ = ["live"]

_IDLE_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_SPENT = {ErrorText.OUT_OF_MEMORY, ErrorText.EXTERNAL}  # who knows what memory is left


def live(
    connection: socket.socket, parent_pid: int, *, memory_bytes: int, hardware: Hardware
) -> None:
    """Answer jobs until the other side closes; never raises for what a segment does."""
    _die_with(parent_pid)
    _limit_resources(memory_bytes, hardware)
    gc.freeze()
    libc = ctypes.CDLL(None)
    with connection, connection.makefile("rwb") as stream:
        while (frame := Frame.read(stream)) is not None:
            reply = _answer(parse_job(frame), hardware)
            del frame
            stream.writelines(reply.pack())
            stream.flush()
            if reply.is_last:
                return
            del reply
            gc.collect()
            if not select.select([connection], [], [], _IDLE_SECONDS)[0]:
                _trim(libc)


def _answer(job: Job, hardware: Hardware) -> Frame:
    try:
        result = transcode(
            job.source,
            job.profiles,
            duration_seconds=job.duration_seconds,
            backend=CPU if hardware is Hardware.CPU else nvidia(0),
        )
    except TranscodeError as error:
        return error_frame(error, is_last=error.text in _SPENT)
    except Exception as error:  # noqa: BLE001  # the segment's fault or ours: only it is lost
        return error_frame(TranscodeError(ErrorText.STOPPED, repr(error)), is_last=True)
    return result_frame(result)


def _die_with(parent_pid: int) -> None:
    """Have the kernel end this process with its parent, also when that is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        raise SystemExit


def _limit_resources(memory_bytes: int, hardware: Hardware) -> None:
    if hardware is Hardware.CPU:  # a GPU driver reserves addresses by the terabyte
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        bound = used + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # a kernel out of memory takes this one, not the pod's
        Path("/proc/self/oom_score_adj").write_text("900")


def _trim(libc: ctypes.CDLL) -> None:
    """Give freed memory back; only glibc keeps it and knows how."""
    with contextlib.suppress(AttributeError):
        libc.malloc_trim(0)
