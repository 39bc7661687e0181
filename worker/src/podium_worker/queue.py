"""One connection to the queue, made again for ever, with stream and consumers ensured each time.

Reconnecting is ours, not the client library's: every attempt reads the credential files again
(they rotate), and after each connection the stream is made where it is missing (a memory stream
dies with its server). Callers get `QueueDown` while there is no connection and keep what they
wanted to send. Used by nodes and transcoders alike.
"""

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from podium_worker.errors import QueueDown
from podium_worker.jobs import ACK_WAIT_SECONDS, MAX_AGE_SECONDS, Job, stream_name, subject
from podium_worker.profiles import CAPABILITY_CLASSES
from podium_worker.settings import QueueSettings

__all__ = ["Queue", "QueueMessage"]

_log = logging.getLogger(__name__)
_MSG_ID: Final = "Nats-Msg-Id"
_MOST_PULLS = 10_000
_LOOK_SECONDS = 0.25
_FAILURES = (NatsError, OSError, TimeoutError)

Handler = Callable[[str, bytes], None]
QueueMessage = Msg


class Queue:
    """The queue as one part sees it; `run` keeps the connection until it is cancelled."""

    def __init__(self, settings: QueueSettings, name: str) -> None:
        self._settings = settings
        self._name = name
        self._stream = stream_name(settings.prefix)
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
            except (*_FAILURES, ssl.SSLError) as error:
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
        await self.ensure()
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
            list(self._settings.servers),
            name=self._name,
            user=user,
            password=password,
            tls=self._tls(),
            allow_reconnect=False,
            max_reconnect_attempts=0,
            connect_timeout=2,
            drain_timeout=3,
            ping_interval=5,
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

    async def ensure(self) -> None:
        """Make the stream and the consumers where they are missing."""
        stream = self._jetstream()
        config = StreamConfig(
            name=self._stream,
            subjects=[subject(self._settings.prefix, "*")],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.MEMORY,
            max_age=MAX_AGE_SECONDS,
            duplicate_window=MAX_AGE_SECONDS,
            num_replicas=self._settings.replicas,
        )
        try:
            await stream.add_stream(config)
        except BadRequestError:
            await stream.update_stream(config)
        for capability in CAPABILITY_CLASSES:
            await self._ensure_consumer(stream, capability)

    async def _ensure_consumer(self, stream: JetStreamContext, capability: str) -> None:
        config = self._consumer(capability)
        try:
            await stream.add_consumer(self._stream, config)
        except APIError as error:
            # Another release made it with something that cannot be changed. Its jobs stay in the
            # stream and are delivered anew; an answer is given once all the same.
            _log.warning("consumer made anew", extra={"reason": _reason(error)})
            await stream.delete_consumer(self._stream, capability)
            await stream.add_consumer(self._stream, config)

    def _consumer(self, capability: str) -> ConsumerConfig:
        return ConsumerConfig(
            durable_name=capability,
            filter_subject=subject(self._settings.prefix, capability),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
            max_ack_pending=_MOST_PULLS,
            max_waiting=_MOST_PULLS,
        )

    async def publish(self, job: Job, publication: int) -> int:
        """Put a job into the queue; returns its sequence there. `QueueDown` when it cannot."""
        name = subject(self._settings.prefix, job.capability)
        headers = {_MSG_ID: f"{job.id}-{publication}"}
        try:
            answer = await self._jetstream().publish(
                name, job.encode(), timeout=2, stream=self._stream, headers=headers
            )
        except _FAILURES as error:
            raise QueueDown(f"job {job.id} not published: {_reason(error)}") from error
        return answer.seq

    async def holds(self, job_id: str, sequence: int) -> bool:
        """Whether the queue still holds a job where it was put. `QueueDown` when unknown."""
        try:
            message = await self._jetstream().get_msg(self._stream, sequence)
        except NotFoundError:
            return False
        except _FAILURES as error:
            raise QueueDown(f"job {job_id} not checked: {_reason(error)}") from error
        found = (message.headers or {}).get(_MSG_ID, "")
        return bool(found.startswith(job_id))

    async def pull(self, capability: str, timeout_seconds: float) -> Msg | None:
        """Take the next job of a class; None when none came in time. `QueueDown` as above.

        A message that comes just too late stays in the subscription for the next call.
        """
        try:
            subscription = self._pulls.get(capability)
            if subscription is None:
                subscription = await self._jetstream().pull_subscribe_bind(
                    capability, stream=self._stream
                )
                self._pulls[capability] = subscription
            return (await subscription.fetch(1, timeout=timeout_seconds))[0]
        except TimeoutError:
            return None
        except _FAILURES as error:
            self._pulls.pop(capability, None)
            raise QueueDown(f"no jobs pulled: {_reason(error)}") from error

    async def repair(self) -> None:
        """Make stream and consumers again after a failure; quiet when that fails too."""
        try:
            await self.ensure()
        except (QueueDown, *_FAILURES) as error:
            _log.warning("stream not ensured", extra={"reason": _reason(error)})

    async def send(self, subject: str, data: bytes) -> None:
        """Send a message without promise (below the prefix); nothing happens while down."""
        client = self._client
        if client is None or not self.is_connected:
            return
        try:
            await client.publish(f"{self._settings.prefix}.{subject}", data)
            await client.flush(timeout=2)
        except _FAILURES as error:
            _log.debug("snapshot not sent", extra={"reason": _reason(error)})

    def _jetstream(self) -> JetStreamContext:
        client = self._client
        if client is None or not client.is_connected:
            raise QueueDown("no connection to the queue")
        return client.jetstream(timeout=2)


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
    except _FAILURES as error:
        _log.debug("connection not closed", extra={"reason": _reason(error)})


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
