"""One connection to the queue, made again for ever, with streams and consumers ensured each time.

Reconnecting is ours, not the client library's: every attempt reads the credential files again
(they rotate), every address behind a name is tried, and after each connection the streams are made
where they are missing (a memory stream dies with its server). Callers get `QueueDown` while there
is no connection and keep what they wanted to send. Used by nodes and transcoders alike.
"""

import asyncio
import logging
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from podium_worker.errors import QueueDown
from podium_worker.job_streams import FAILURES, JobStreams, Turns
from podium_worker.jobs import Job, channels, stream_name, subject
from podium_worker.settings import QueueSettings

__all__ = ["Queue", "QueueMessage"]

_log = logging.getLogger(__name__)
_MSG_ID: Final = "Nats-Msg-Id"
_LOOK_SECONDS = 0.25
_CONNECT_SECONDS = 2
_PORT = 4222

Handler = Callable[[str, bytes], None]
QueueMessage = Msg


class Queue:
    """The queue as one part sees it; `run` keeps the connection until it is cancelled."""

    def __init__(self, settings: QueueSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._streams = JobStreams(settings.prefix, settings.replicas)
        self._turns = Turns(len(self._streams))
        # One of several servers is not waited for as long as the only one.
        self._patience_seconds = 2.0 if len(self._streams) == 1 else 1.0
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self._handlers: dict[str, Handler] = {}
        self._on_connect: list[Callable[[], Awaitable[None]]] = []
        self._pulls: dict[str, JetStreamContext.PullSubscription] = {}
        self._last_reason = ""
        self.connections = 0

    @property
    def is_connected(self) -> bool:
        """Whether the queue can be reached now."""
        return self._connected.is_set()

    async def wait_connected(self) -> None:
        """Return as soon as there is a connection."""
        await self._connected.wait()

    def subscribe(self, subject: str, handler: Handler) -> None:
        """Hear a subject (below the prefix) over every future connection."""
        self._handlers[f"{self._settings.prefix}.{subject}"] = handler

    def on_connect(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Call back after every connection, when the stream is there."""
        self._on_connect.append(callback)

    async def run(self) -> None:
        """Connect, stay connected, connect again; ends only by cancellation."""
        delay = 0.1
        while True:
            try:
                await self._connect_once()
                delay = 0.1
            except (*FAILURES, ssl.SSLError) as error:
                self._complain(_reason(error))
            except Exception:  # noqa: BLE001 - the client library raises what it likes
                _log.exception("queue connection failed")
            finally:
                self._connected.clear()
                self._pulls.clear()
                client, self._client = self._client, None
                if client is not None and not client.is_closed:
                    await asyncio.shield(_close(client))
            await asyncio.sleep(delay * random.uniform(0.7, 1.3))  # noqa: S311 - jitter
            delay = min(delay * 2, 2.0)

    def _complain(self, reason: str) -> None:
        """Log why there is no connection, once for each new reason."""
        if reason != self._last_reason:
            _log.warning("queue not reached", extra={"reason": reason})
        self._last_reason = reason

    async def _connect_once(self) -> None:
        closed = asyncio.Event()
        self._client = await self._open(closed)
        if len(self._streams) == 1:
            await self.ensure()
        else:
            # What is there serves, also while the servers cannot agree on what is missing.
            await self.repair()
        for name, handler in self._handlers.items():
            await self._client.subscribe(name, cb=_forward(handler))
        self.connections += 1
        self._last_reason = ""
        self._connected.set()
        _log.info("queue connected", extra={"connection": self.connections})
        for callback in self._on_connect:
            await callback()
        await _until_closed(self._client, closed)
        _log.warning("queue connection lost")

    async def _open(self, closed: asyncio.Event) -> Client:
        async def on_closed() -> None:
            closed.set()

        async def on_error(error: Exception) -> None:
            _log.debug("queue error", extra={"reason": _reason(error)})

        user, password = self._credentials()
        return await nats.connect(
            await _addresses(self._settings.servers),
            name=self._name,
            user=user,
            password=password,
            tls=self._tls(),
            tls_hostname=self._tls_hostname(),
            allow_reconnect=False,
            # None would have the library try for ever; the next attempt is ours.
            max_reconnect_attempts=1,
            reconnect_time_wait=0.1,
            connect_timeout=_CONNECT_SECONDS,
            drain_timeout=3,
            # A server whose machine is gone says nothing: 3 s, and another one is asked.
            ping_interval=1,
            max_outstanding_pings=2,
            closed_cb=on_closed,
            error_cb=on_error,
        )

    def _credentials(self) -> tuple[str | None, str | None]:
        username_file, password_file = self._settings.username_file, self._settings.password_file
        if username_file is None or password_file is None:
            return None, None
        return username_file.read_text().strip(), password_file.read_text().strip()

    def _tls(self) -> ssl.SSLContext | None:
        if not any(server.startswith("tls://") for server in self._settings.servers):
            return None
        return ssl.create_default_context(cafile=self._settings.ca_file)

    def _tls_hostname(self) -> str | None:
        """Return the name that certificates show, where addresses stand for it."""
        first, *others = self._settings.servers
        return None if others or not first.startswith("tls://") else urlsplit(first).hostname

    async def ensure(self) -> None:
        """Make streams and consumers where they are missing."""
        await self._streams.ensure(self._jetstream())

    async def publish(self, job: Job, publication: int) -> int:
        """Put a job into the queue; returns its place there. `QueueDown` when it cannot.

        Of several streams the next in turn takes it, or the first after that one which does.
        """
        reason = ""
        for number in self._turns.next():
            try:
                sequence = await self._publish_to(number, job, publication)
            except FAILURES as error:
                reason = _reason(error)
                self._turns.avoid(number)
            else:
                return sequence * len(self._streams) + number
        raise QueueDown(f"job {job.id} not published: {reason}")

    async def _publish_to(self, number: int, job: Job, publication: int) -> int:
        channel = channels(job.capability, len(self._streams))[number]
        answer = await self._jetstream().publish(
            subject(self._settings.prefix, channel),
            job.encode(),
            timeout=self._patience_seconds,
            stream=self._streams[number].name,
            headers={_MSG_ID: f"{job.id}-{publication}"},
        )
        return answer.seq

    async def holds(self, job_id: str, place: int) -> bool:
        """Whether the queue still holds a job where it was put. `QueueDown` when unknown.

        One of several servers that does not answer holds nothing: a job is better done twice.
        """
        sequence, number = divmod(place, len(self._streams))
        is_one_of_many = len(self._streams) > 1
        try:
            message = await self._jetstream().get_msg(
                self._streams[number].name, sequence, direct=is_one_of_many
            )
        except NotFoundError:
            return False
        except FAILURES as error:
            if is_one_of_many and self.is_connected:
                self._turns.avoid(number)
                return False
            raise QueueDown(f"job {job_id} not checked: {_reason(error)}") from error
        found = (message.headers or {}).get(_MSG_ID, "")
        return bool(found.startswith(job_id))

    def channels(self, capability: str) -> tuple[str, ...]:
        """Name what a class's jobs are pulled from."""
        return channels(capability, len(self._streams))

    async def pull(self, channel: str, timeout_seconds: float) -> Msg | None:
        """Take the next job of a channel; None when none came in time. `QueueDown` as above.

        A message that comes just too late stays in the subscription for the next call.
        """
        try:
            subscription = self._pulls.get(channel)
            if subscription is None:
                subscription = await self._jetstream().pull_subscribe_bind(
                    channel.rpartition(".")[2],
                    stream=stream_name(self._settings.prefix, channel),
                )
                self._pulls[channel] = subscription
            return (await subscription.fetch(1, timeout=timeout_seconds))[0]
        except TimeoutError:
            return None
        except FAILURES as error:
            self._pulls.pop(channel, None)
            raise QueueDown(f"no jobs pulled: {_reason(error)}") from error

    async def repair(self) -> None:
        """Make stream and consumers again after a failure; quiet when that fails too."""
        try:
            await self.ensure()
        except (QueueDown, *FAILURES) as error:
            _log.warning("stream not ensured", extra={"reason": _reason(error)})

    async def send(self, subject: str, data: bytes) -> None:
        """Send a message without promise (below the prefix); nothing happens while down."""
        client = self._client
        if client is None or not self.is_connected:
            return
        try:
            await client.publish(f"{self._settings.prefix}.{subject}", data)
            await client.flush(timeout=2)
        except FAILURES as error:
            _log.debug("snapshot not sent", extra={"reason": _reason(error)})

    def _jetstream(self) -> JetStreamContext:
        client = self._client
        if client is None or not client.is_connected:
            raise QueueDown("no connection to the queue")
        return client.jetstream(timeout=self._patience_seconds)


async def _addresses(servers: Sequence[str]) -> list[str]:
    """Return every address behind a single name: the first of them may be of a server that is gone.

    Several names are several servers already.
    """
    if len(servers) > 1:
        return list(servers)
    server = urlsplit(servers[0])
    port = server.port or _PORT
    async with asyncio.timeout(_CONNECT_SECONDS):
        found = await asyncio.get_running_loop().getaddrinfo(
            server.hostname, port, type=socket.SOCK_STREAM
        )
    hosts = dict.fromkeys(str(address[0]) for *_, address in found)
    return [f"{server.scheme}://{_bracketed(host)}:{port}" for host in hosts]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _forward(handler: Handler) -> Callable[[Msg], Awaitable[None]]:
    async def forward(message: Msg) -> None:
        handler(message.subject, message.data)

    return forward


async def _until_closed(client: Client, closed: asyncio.Event) -> None:
    """Return when the connection has ended.

    The library's callback is not enough: when its last write fails too, it is never called.
    """
    while not client.is_closed:
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await closed.wait()
        except TimeoutError:
            continue


async def _close(client: Client) -> None:
    try:
        async with asyncio.timeout(3):
            await client.close()
    except FAILURES as error:
        _log.debug("connection not closed", extra={"reason": _reason(error)})


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
