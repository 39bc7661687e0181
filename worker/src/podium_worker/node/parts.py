"""The parts of a running node, put together, and what runs beside its requests.

Everything that lives as long as the process is made here and nowhere else. The node starts, and
answers gateways, whether or not the queue can be reached: segments wait for it.
"""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from podium_worker.errors import SettingsError
from podium_worker.load import ASK, NodeLoad
from podium_worker.node.bounds import MemoryBudget
from podium_worker.node.discovery import Discovery
from podium_worker.node.dispatch import Dispatcher
from podium_worker.node.fleet import Fleet
from podium_worker.node.memory import memory_limit_bytes
from podium_worker.node.meters import NodeMeters
from podium_worker.node.open_sessions import open_sessions, wanted
from podium_worker.node.segments import Segments
from podium_worker.node.state import NodeState
from podium_worker.node.store import Store
from podium_worker.queue import Queue
from podium_worker.settings import NodeSettings, Settings, fill_address

__all__ = ["NodeParts", "build_parts", "run_parts"]

_REPORT_SECONDS = 1.0
_GATHER_SECONDS = 0.05
"""Changes that come together are told together."""
_MIN_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class NodeParts:
    """One of each."""

    queue: Queue
    state: NodeState
    dispatcher: Dispatcher
    discovery: Discovery
    segments: Segments
    meters: NodeMeters

    def render_metrics(self) -> bytes:
        """Bring the gauges up to date and render everything."""
        _refresh(self)
        return self.meters.registry.render()

    async def report(self, *, is_gone: bool = False) -> None:
        """Tell the operator what this node sees."""
        snapshot = self._snapshot(is_gone=is_gone)
        await self.queue.send(f"load.node.{self.state.id}", snapshot.encode())

    def render_sessions(self, query: Mapping[str, str]) -> bytes:
        """Tell people what is open. Raises ValueError for a query that makes no sense."""
        told = open_sessions(
            self.state,
            self._snapshot(),
            secret=self.discovery.secret,
            most=wanted(query),
        )
        return told.model_dump_json(by_alias=True).encode()

    def _snapshot(self, *, is_gone: bool = False) -> NodeLoad:
        return self.state.snapshot(
            self.segments.waiting(), republished=self.dispatcher.republished, is_gone=is_gone
        )

    @property
    def is_idle(self) -> bool:
        """Whether no gateway would miss this node; once closed, only answers are still owed."""
        has_sessions = len(self.state.sessions) > 0 and not self.state.is_closed
        return not has_sessions and len(self.dispatcher) == 0


def build_parts(settings: Settings, node_id: str, cert_sha256: str) -> NodeParts:
    """Make everything; nothing runs yet."""
    node = settings.node or NodeSettings()
    queue = Queue(settings.queue, node_id)
    fleet = Fleet(node_id)
    limit = memory_limit_bytes()
    state = NodeState(node_id, fleet, Store(limit // 4), max_sessions=node.max_sessions)
    dispatcher = Dispatcher(
        queue, jobs_address=fill_address(node.jobs_address, node_id), cert_sha256=cert_sha256
    )
    discovery = Discovery(
        state,
        secret=_secret(node),
        address_template=node.advertised_address,
    )
    meters = NodeMeters(node_id)
    segments = Segments(
        state, dispatcher, discovery, budget=MemoryBudget(limit // 4), meters=meters
    )
    queue.subscribe("load.transcoder.*", fleet.hear_transcoder)
    queue.subscribe("load.node.*", fleet.hear_node)
    queue.subscribe("capacity", fleet.hear_capacity)
    queue.on_connect(dispatcher.on_connect)
    queue.on_connect(lambda: queue.send(ASK, b""))
    return NodeParts(queue, state, dispatcher, discovery, segments, meters)


async def run_parts(parts: NodeParts) -> None:
    """Run what is not a request; ends only by cancellation."""
    async with asyncio.TaskGroup() as group:
        group.create_task(parts.queue.run())
        group.create_task(parts.dispatcher.run())
        group.create_task(_report(parts))


async def _report(parts: NodeParts) -> None:
    """Send a snapshot every second, and at once when streams open, are refused or drained."""
    state = parts.state
    while True:
        state.expire()
        await parts.report()
        try:
            async with asyncio.timeout(_REPORT_SECONDS):
                await state.changed.wait()
                await asyncio.sleep(_GATHER_SECONDS)
        except TimeoutError:
            pass
        state.changed.clear()


def _secret(node: NodeSettings) -> bytes:
    if node.auth_secret_file is None:
        return secrets.token_bytes(32)
    try:
        secret = node.auth_secret_file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"node.authSecretFile: cannot read {node.auth_secret_file}: {error.strerror}"
        ) from error
    if len(secret) < _MIN_SECRET_BYTES:
        raise SettingsError(
            f"node.authSecretFile: {node.auth_secret_file} holds {len(secret)} bytes; "
            f"write at least {_MIN_SECRET_BYTES} random ones"
        )
    return secret


def _refresh(parts: NodeParts) -> None:
    meters, state = parts.meters, parts.state
    transcoders = state.fleet.transcoders()
    meters.sessions.set(len(state.sessions))
    meters.max_sessions.set(state.max_sessions())
    meters.transcoders.set(len(transcoders))
    meters.slots.set(sum(load.slots for load in transcoders))
    meters.busy.set(sum(load.busy for load in transcoders))
    meters.queue_up.set(int(parts.queue.is_connected))
    meters.queue_connections.set(parts.queue.connections)
    meters.rendition_bytes.set(state.store.bytes)
    meters.source_bytes.set(parts.dispatcher.source_bytes)
    meters.evicted.set(state.store.evicted)
    meters.late.set(state.totals.late)
    meters.lost.set(state.totals.lost)
    meters.republished.set(parts.dispatcher.republished)
    meters.poisoned.set(parts.dispatcher.poisoned)
    for reason, count in state.totals.refused.items():
        meters.refused.set(count, reason=reason)
    _refresh_load(parts)


def _refresh_load(parts: NodeParts) -> None:
    meters = parts.meters
    snapshot = parts.state.snapshot(parts.segments.waiting())
    for family in (meters.streams, meters.waiting, meters.backlog):
        family.clear()
    for name, stream in snapshot.streams.items():
        meters.streams.set(stream.open, load_class=name)
    for name, waiting in snapshot.waiting.items():
        meters.waiting.set(waiting.segments, load_class=name)
        meters.backlog.set(waiting.seconds, load_class=name)
    meters.oldest_wait.set(snapshot.oldest_wait_seconds)
