"""Runs a program to its end and tells what it cost (thin)."""

import asyncio
import os
import resource
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "run_program"]

_TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one segment cost: CPU seconds of all threads, seconds by the clock, peak memory."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int | None = None


async def run_program(command: Sequence[str]) -> Cost:
    """Run a command; `RuntimeError` with its last words when it fails or takes five minutes."""
    return await asyncio.to_thread(_run, list(command))


def _run(command: list[str]) -> Cost:
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603, RUF100
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        used = _wait(process)
        wall = time.perf_counter() - started
        if process.returncode:
            said.seek(max(0, said.tell() - 500))
            words = said.read().decode(errors="replace").strip()
            raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}: {words}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024)


def _wait(process: "subprocess.Popen[bytes]") -> resource.struct_rusage:
    """Wait for the end and take the child's own accounts; kill it when it takes too long."""
    descriptor = os.pidfd_open(process.pid)
    try:
        if not select.select([descriptor], [], [], _TIMEOUT_SECONDS)[0]:
            process.kill()
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        os.close(descriptor)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used
