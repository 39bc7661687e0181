"""The job that travels from a node to a transcoder, and the names it travels under.

Both sides use this module, so that subject, stream and message agree (docs/contracts.md §2).
It holds no connection and does no I/O.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from podium_worker.profiles import Profile

__all__ = [
    "ACK_WAIT_SECONDS",
    "MAX_AGE_SECONDS",
    "Job",
    "channels",
    "deadline_of",
    "patience_seconds",
    "stream_name",
    "subject",
]

ACK_WAIT_SECONDS = 2.0
"""A transcoder that has not said "working" for this long is dead; its job moves on."""

MAX_AGE_SECONDS = 30.0
"""The stream forgets older messages; a job that waits longer is published again."""


class Job(BaseModel):
    """One segment to transcode; `deadline` and `received_at` are unix seconds."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    url: Annotated[str, Field(pattern=r"^https://")]
    cert_sha256: Annotated[str, Field(alias="certSha256", pattern=r"^[0-9a-f]{64}$")]
    capability: Annotated[str, Field(alias="class")]
    load_class: str
    session_id: str
    seq: int
    duration_ms: Annotated[int, Field(gt=0)]
    received_at: float
    deadline: float
    profiles: tuple[Profile, ...]

    def encode(self) -> bytes:
        """Write the message's bytes."""
        return self.model_dump_json(by_alias=True).encode()


def patience_seconds(duration_seconds: float) -> float:
    """How long a gateway waits for a whole answer: 8 s, or four durations of a long segment."""
    return max(8.0, 4 * duration_seconds)


def deadline_of(received_at: float, duration_seconds: float) -> float:
    """When nobody should spend a slot on a segment any more (unix seconds)."""
    return received_at + 0.9 * patience_seconds(duration_seconds)


def channels(capability: str, servers: int) -> tuple[str, ...]:
    """Name what a class's jobs travel through: one channel per server that should hold jobs.

    Each channel of several lies on one server alone, so that no job waits for servers to agree:
    after the loss of a leader they take 4 to 9 s, and a gateway leaves after 8.
    """
    if servers == 1:
        return (capability,)
    return tuple(f"{ordinal}.{capability}" for ordinal in range(servers))


def stream_name(prefix: str, channel: str = "") -> str:
    """Name the stream of a prefix that a channel is of; stream names have no dots."""
    ordinal, has_ordinal, _ = channel.partition(".")
    return prefix.replace(".", "_") + "_jobs" + (f"_{ordinal}" if has_ordinal else "")


def subject(prefix: str, channel: str) -> str:
    """Name the subject of a channel; `*` in place of its class for all of one stream."""
    return f"{prefix}.jobs.{channel}"
