"""Child processes that never outlive us, also when we are killed outright."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence

__all__ = ["end_process", "start_process"]

_PR_SET_PDEATHSIG = 1


def _die_with_parent(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


async def start_process(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    death_signal: signal.Signals = signal.SIGKILL,
) -> asyncio.subprocess.Process:
    """Start a child that the kernel signals when we die; call it from the main thread."""
    return await asyncio.create_subprocess_exec(
        *arguments,
        env=None if environment is None else dict(environment),
        pass_fds=tuple(pass_fds),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us; children end when we say
        preexec_fn=_die_with_parent(os.getpid(), death_signal),
    )


async def end_process(process: asyncio.subprocess.Process, *, grace_seconds: float) -> int:
    """Ask a child to end, make it end after the grace; returns its exit status."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(grace_seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
    return await process.wait()
