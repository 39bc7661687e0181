"""The streams that jobs wait in: what they are like, and making those that are missing.

One stream for one server; for several, one on each, so that a server's end takes its own jobs
only (their nodes publish them again, docs/contracts.md §2). Holds no connection.
"""

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from podium_worker.jobs import ACK_WAIT_SECONDS, MAX_AGE_SECONDS, channels, stream_name, subject
from podium_worker.profiles import CAPABILITY_CLASSES

__all__ = ["FAILURES", "JobStream", "JobStreams", "Turns"]

_log = logging.getLogger(__name__)
_MOST_PULLS: Final = 10_000
_AVOID_SECONDS: Final = 5.0

FAILURES: Final = (NatsError, OSError, TimeoutError)
"""What a call to the servers may end with."""


@dataclass(frozen=True, slots=True)
class JobStream:
    """One stream: its configuration, and its consumers by the channel that each is for."""

    config: StreamConfig
    consumers: Mapping[str, ConsumerConfig]

    @property
    def name(self) -> str:
        """The stream's name."""
        return str(self.config.name)

    async def is_made(self, jetstream: JetStreamContext) -> bool:
        """Whether it is there as it should be; needs no word of the servers' leader."""
        try:
            found, *consumers = await asyncio.gather(
                jetstream.stream_info(self.name),
                *(
                    jetstream.consumer_info(self.name, str(config.durable_name))
                    for config in self.consumers.values()
                ),
            )
        except NotFoundError:
            return False
        return _is_like(self.config, found.config) and all(
            _is_like(wanted, consumer.config)
            for wanted, consumer in zip(self.consumers.values(), consumers, strict=True)
        )

    async def make(self, jetstream: JetStreamContext) -> None:
        """Make or change it and its consumers."""
        try:
            await jetstream.add_stream(self.config)
        except BadRequestError:
            await jetstream.update_stream(self.config)
        for config in self.consumers.values():
            await self._make_consumer(jetstream, config)

    async def _make_consumer(self, jetstream: JetStreamContext, config: ConsumerConfig) -> None:
        try:
            await jetstream.add_consumer(self.name, config)
        except APIError as error:
            # Another release made it with something that cannot be changed. Its jobs stay in the
            # stream and are delivered anew; an answer is given once all the same.
            _log.warning("consumer made anew", extra={"reason": f"{type(error).__name__}: {error}"})
            await jetstream.delete_consumer(self.name, str(config.durable_name))
            await jetstream.add_consumer(self.name, config)


class JobStreams:
    """All streams of a prefix, in an order that stays."""

    def __init__(self, prefix: str, servers: int) -> None:
        by_class = [channels(capability, servers) for capability in CAPABILITY_CLASSES]
        self._streams = tuple(_stream(prefix, own) for own in zip(*by_class, strict=True))

    def __len__(self) -> int:
        return len(self._streams)

    def __getitem__(self, number: int) -> JobStream:
        return self._streams[number]

    async def ensure(self, jetstream: JetStreamContext) -> None:
        """Make what is missing; fails when not one of them is there afterwards."""
        looks = (stream.is_made(jetstream) for stream in self._streams)
        looked = await asyncio.gather(*looks, return_exceptions=True)
        failures: list[BaseException] = []
        for stream, found in zip(self._streams, looked, strict=True):
            try:
                if isinstance(found, BaseException):
                    raise found
                if not found:
                    # One after the other: servers place the next where the fewest are.
                    await stream.make(jetstream)
            except FAILURES as error:
                _log.debug("stream not ensured", extra={"stream": stream.name})
                failures.append(error)
        if len(failures) == len(self._streams):
            raise failures[0]


class Turns:
    """Which stream takes the next job: each in turn, those that failed lately after the others."""

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = -1
        self._failed_at = [float("-inf")] * count

    def next(self) -> list[int]:
        """Return all streams' numbers, the one to try first in front."""
        count = len(self._failed_at)
        self._turn = (self._turn + 1) % count
        order = ((self._turn + step) % count for step in range(count))
        return sorted(order, key=self._is_avoided)

    def avoid(self, number: int) -> None:
        """Try this one last for a while."""
        self._failed_at[number] = self._clock()

    def _is_avoided(self, number: int) -> bool:
        return self._clock() - self._failed_at[number] < _AVOID_SECONDS


def _stream(prefix: str, own_channels: tuple[str, ...]) -> JobStream:
    is_one_of_many = "." in own_channels[0]
    ordinal = own_channels[0].partition(".")[0]
    config = StreamConfig(
        name=stream_name(prefix, own_channels[0]),
        subjects=[subject(prefix, f"{ordinal}.*" if is_one_of_many else "*")],
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.MEMORY,
        max_age=MAX_AGE_SECONDS,
        duplicate_window=MAX_AGE_SECONDS,
        num_replicas=1,
        # Asked directly, a server that is gone is known to be at once.
        allow_direct=is_one_of_many or None,
    )
    return JobStream(config, {channel: _consumer(prefix, channel) for channel in own_channels})


def _consumer(prefix: str, channel: str) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=channel.rpartition(".")[2],
        filter_subject=subject(prefix, channel),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT_SECONDS,
        max_deliver=-1,
        max_ack_pending=_MOST_PULLS,
        max_waiting=_MOST_PULLS,
    )


def _is_like(wanted: Any, found: Any) -> bool:
    """Whether everything that is wanted is so; what nobody asked for may be anything."""
    given = ((one.name, getattr(wanted, one.name)) for one in dataclasses.fields(wanted))
    return all(value is None or getattr(found, name) == value for name, value in given)
