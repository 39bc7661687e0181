"""A data plane of real processes on 127.0.0.1 whose parts tests start, kill and starve.

Real nats-server, real Envoy, real transcoders; nothing is replaced. Every process dies with the
test's, and every wait is for something to become true.
"""

import asyncio
import json
import os
import re
import secrets
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.e2e.dataplane.wire import WireClient
from tests.support.patience import until
from tests.support.ports import free_port

from podium_worker.processes import end_process, start_process

__all__ = ["DataPlane", "children_of", "is_alive"]

_HOST = "127.0.0.1"


def children_of(pid: int) -> set[int]:
    """Return all processes below one; those that end meanwhile may be among them."""
    try:
        texts = [_told(task / "children") for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:  # it has ended
        return set()
    below = {int(word) for text in texts for word in text.split()}
    return below.union(*map(children_of, below))


def is_alive(pid: int) -> bool:
    """Whether a process still runs."""
    state = _told(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return bool(state) and state[0] not in {"Z", "X"}


def _told(path: Path) -> str:
    """Read what the kernel says of a process; nothing of one that has ended."""
    try:
        return path.read_text(errors="replace")
    except OSError:  # no such file, or no such process once it is open
        return ""


@dataclass(slots=True)
class DataPlane:
    """The parts by name; `folder` holds their files."""

    folder: Path
    queue_port: int = field(default_factory=free_port)
    node_port: int = field(default_factory=free_port)
    node_metrics_port: int = field(default_factory=free_port)
    transcoder_ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    queue_settings: dict[str, Any] = field(default_factory=dict)
    node_settings: dict[str, Any] = field(default_factory=dict)
    queue_arguments: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where gateways find the node."""
        return f"https://{_HOST}:{self.node_port}"

    def client(self) -> WireClient:
        """Return a gateway."""
        return WireClient.to(self.address)

    async def start_queue(self) -> None:
        """Start an empty queue and wait until it listens."""
        program = shutil.which("nats-server", path=str(Path(sys.executable).parent))
        assert program is not None
        store = self.folder / f"queue-{secrets.token_hex(4)}"
        arguments = [program, "--addr", _HOST, "--port", str(self.queue_port)]
        arguments += ["--jetstream", "--store_dir", str(store)]
        arguments += ["--log", str(self.folder / "queue.log"), *self.queue_arguments]
        self.processes["queue"] = await start_process(arguments)
        await until(lambda: _accepts(self.queue_port), "the queue listens")

    async def start_node(self, **more: Any) -> None:
        """Start the node and wait until it is ready."""
        self.node_settings.update(more)
        node = {
            "listen": f"{_HOST}:{self.node_port}",
            "advertisedAddress": self.address,
            "jobsAddress": self.address,
            "metricsListen": f"{_HOST}:{self.node_metrics_port}",
            "drainSeconds": 0,
            **self.node_settings,
        }
        await self._start("node", {"node": node})
        await until(lambda: self._is_ready("node"), "the node is ready")

    async def start_transcoder(self, name: str = "transcoder", *, slots: int = 1) -> None:
        """Start a transcoder and wait until it is ready."""
        port = self.transcoder_ports[name] = free_port()
        part = {"pool": "cpu", "slots": slots, "metricsListen": f"{_HOST}:{port}"}
        await self._start(name, {"transcoder": part}, part="transcoder")
        await until(lambda: self._is_ready(name), f"{name} is ready")

    async def start(self) -> None:
        """Start one of each and wait until the node counts on the transcoder."""
        await self.start_queue()
        await asyncio.gather(self.start_node(), self.start_transcoder())
        await self.until_metric("livepeer_max_sessions_total", lambda value: value > 0)

    async def restore(self) -> None:
        """Bring back what a test killed, wake what it froze, and wait until all work."""
        gone = {name for name, process in self.processes.items() if process.returncode is not None}
        for name in self.processes.keys() - gone:
            self.resume(name)
        if "queue" in gone or "queue" not in self.processes:
            await self.start_queue()
        starts = [] if self._runs("node") else [self.start_node()]
        names = ("transcoder", "second")
        starts += [self.start_transcoder(name) for name in names if not self._runs(name)]
        await asyncio.gather(*starts)
        await self.until_metric("livepeer_transcoders_capacity", lambda slots: slots == len(names))
        for name in names:
            await self.until_metric("podium_busy_slots", lambda busy: busy == 0, name)

    def _runs(self, name: str) -> bool:
        process = self.processes.get(name)
        return process is not None and process.returncode is None

    async def _start(self, name: str, settings: dict[str, Any], part: str = "node") -> None:
        queue = {"servers": [f"nats://{_HOST}:{self.queue_port}"], **self.queue_settings}
        document = {"queue": queue, "log": {"format": "text"}, **settings}
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(document))
        arguments = [sys.executable, "-m", "podium_worker.cli", part, "--config", str(path)]
        environment = {**os.environ, "POD_NAME": name}
        self.processes[name] = await start_process(arguments, environment=environment)

    async def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal a part and wait for its end and its children's; returns its status."""
        process = self.processes.pop(name)
        below = children_of(process.pid)
        process.send_signal(number)
        status = await process.wait()

        async def all_gone() -> bool:
            return not any(is_alive(pid) for pid in below)

        await until(all_gone, f"{name} has left nothing behind")
        return status

    def pause(self, name: str) -> None:
        """Freeze a part, as a hanging machine would."""
        self.processes[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen part go on."""
        self.processes[name].send_signal(signal.SIGCONT)

    async def end(self) -> None:
        """End everything at once; what would still drain is not waited for."""
        running = [one for one in self.processes.values() if one.returncode is None]
        for process in running:
            process.send_signal(signal.SIGCONT)
        await asyncio.gather(*(end_process(one, grace_seconds=3) for one in running))

    async def metric(self, name: str, part: str = "node") -> float:
        """Return the sum of a metric's series; 0 when the part cannot be asked."""
        text = await self._get(part, "/metrics")
        found = re.findall(rf"^{re.escape(name)}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    async def until_metric(
        self, name: str, is_right: Callable[[float], bool], part: str = "node"
    ) -> None:
        """Wait until a metric has the right value."""

        async def check() -> bool:
            return is_right(await self.metric(name, part))

        await until(check, f"{name} of {part}")

    async def busy_transcoder(self) -> str:
        """Wait until a transcoder works, by its own word: the node hears of it up to 1 s later."""
        found: list[str] = []

        async def find() -> bool:
            for name in self.transcoder_ports:
                if await self.metric("podium_busy_slots", name):
                    found.append(name)
                    return True
            return False

        await until(find, "a transcoder works")
        return found[0]

    async def _is_ready(self, part: str) -> bool:
        process = self.processes[part]
        assert process.returncode is None, f"{part} ended with status {process.returncode}"
        return await self._get(part, "/readyz") == "ok\n"

    async def _get(self, part: str, path: str) -> str:
        port = self.node_metrics_port if part == "node" else self.transcoder_ports.get(part, 0)
        # Without TLS there is no trust store to read, which takes longer than the answer.
        async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501
            try:
                return (await client.get(f"http://{_HOST}:{port}{path}")).text
            except httpx.TransportError:
                return ""


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_HOST, port)
    except OSError:
        return False
    writer.close()
    return True
