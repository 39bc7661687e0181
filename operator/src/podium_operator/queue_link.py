"""The operator's line to one Orchestrator's queue: load comes in, capacity goes out.

A task of its own per Orchestrator: a queue that hangs, refuses or is gone makes load grow old and
nothing else. Credentials are read at every (re)connect, since they rotate.
"""

import asyncio
import contextlib
import json
import logging
import ssl
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from podium_operator.load import LoadBook
from podium_operator.snapshots import parse_report
from podium_operator.waiting import end, wait_at_most

__all__ = ["Capacity", "QueueAccess", "QueueLink", "capacity_payload"]

log = logging.getLogger(__name__)

_CAPACITY_SECONDS = 2.0
_CONNECT_SECONDS = 3
_RETRY_SECONDS = 2.0
_PING_SECONDS = 2


@dataclass(frozen=True, slots=True)
class QueueAccess:
    """Where the queue is and how to get in; the password never shows in a repr."""

    servers: tuple[str, ...]
    prefix: str
    username: str = ""
    password: str = field(default="", repr=False)
    ca_pem: str = field(default="", repr=False)

    @property
    def options(self) -> dict[str, Any]:
        """Return what the client needs beside the servers."""
        options: dict[str, Any] = {}
        if self.username:
            options |= {"user": self.username, "password": self.password}
        if any(server.startswith("tls://") for server in self.servers):
            options["tls"] = ssl.create_default_context(cadata=self.ca_pem or None)
        return options


@dataclass(frozen=True, slots=True)
class Capacity:
    """One pool as nodes should count on it: contract 4."""

    name: str
    slots_per_pod: int
    ready_pods: int
    desired_pods: int
    max_pods: int
    startup_seconds: float


def capacity_payload(pools: tuple[Capacity, ...], *, at: float) -> bytes:
    """Encode contract 4."""
    entries = [
        {
            "name": pool.name,
            "slotsPerPod": pool.slots_per_pod,
            "readyPods": pool.ready_pods,
            "desiredPods": pool.desired_pods,
            "maxPods": pool.max_pods,
            "startupSeconds": round(pool.startup_seconds, 1),
        }
        for pool in pools
    ]
    return json.dumps({"at": at, "pools": entries}).encode()


class QueueLink:
    """Keeps one connection up, fills a `LoadBook`, and repeats the capacity it was last told."""

    def __init__(
        self,
        book: LoadBook,
        notify: Callable[[], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._book, self._notify, self._clock = book, notify, clock
        self._access: QueueAccess | None = None
        self._capacity: tuple[Capacity, ...] | None = None
        self._changed, self._told = asyncio.Event(), asyncio.Event()
        self.is_connected = False

    def use(self, access: QueueAccess | None) -> None:
        """Connect with these from now on; the same ones again change nothing."""
        if access != self._access:
            self._access = access
            self._changed.set()

    def tell(self, pools: tuple[Capacity, ...]) -> None:
        """Publish this capacity, at once where it is news."""
        if pools != self._capacity:
            self._capacity = pools
            self._told.set()

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            self._changed.clear()
            if self._access is None:
                await self._changed.wait()
                continue
            await self._until_changed(self._session(self._access))

    async def _until_changed(self, session: Awaitable[None]) -> None:
        task = asyncio.ensure_future(session)
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait({task, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            results = await end(task, changed)
            self.is_connected = False
        if isinstance(results[0], Exception):
            log.warning(
                "queue not reached",
                extra={"servers": self._servers, "error": _named(results[0])},
            )
            await wait_at_most(_RETRY_SECONDS, self._changed)

    async def _session(self, access: QueueAccess) -> None:
        client = Client()
        try:
            await client.connect(
                list(access.servers),
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                connect_timeout=_CONNECT_SECONDS,
                # A machine that is gone says nothing: another server is asked within seconds.
                ping_interval=_PING_SECONDS,
                max_outstanding_pings=2,
                error_cb=_hear_error,
                disconnected_cb=self._lost,
                reconnected_cb=self._found,
                name="podium-operator",
                **access.options,
            )
            self._found_it()
            await client.subscribe(f"{access.prefix}.load.>", cb=self._receive)
            await self._publish(client, f"{access.prefix}.capacity")
        finally:
            await _close(client)

    async def _publish(self, client: Client, subject: str) -> None:
        while True:
            self._told.clear()
            if self._capacity is not None and client.is_connected:
                await client.publish(subject, capacity_payload(self._capacity, at=time.time()))
            await wait_at_most(_CAPACITY_SECONDS, self._told)

    async def _receive(self, message: Msg) -> None:
        report = parse_report(message.data)
        if report is not None and self._book.take(report, now=self._clock()):
            self._notify()

    async def _lost(self) -> None:
        if self.is_connected:
            log.warning("queue lost", extra={"servers": self._servers})
        self.is_connected = False

    async def _found(self) -> None:
        self._found_it()

    def _found_it(self) -> None:
        self.is_connected = True
        log.info("queue connected", extra={"servers": self._servers})

    @property
    def _servers(self) -> str:
        return ", ".join(self._access.servers) if self._access else ""


async def _hear_error(error: Exception) -> None:
    log.debug("queue connection", extra={"error": _named(error)})


async def _close(client: Client) -> None:
    # A close that waits for a dead server must not hold up a change of credentials.
    with contextlib.suppress(Exception):
        async with asyncio.timeout(2):
            await client.close()


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
