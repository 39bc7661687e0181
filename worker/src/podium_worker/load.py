"""Snapshots of load that nodes and transcoders send to the operator (docs/contracts.md §3).

Counters count from the process's start; a snapshot that does not come means "unknown", so nothing
here ever invents a zero for a part that is silent. What nodes hear of each other is refused as a
whole where a number of it cannot be.
"""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

__all__ = [
    "ASK",
    "STALE_SECONDS",
    "Canary",
    "Capacity",
    "Device",
    "NodeLoad",
    "NodeTotals",
    "Pool",
    "Service",
    "Streams",
    "TranscoderLoad",
    "TranscoderTotals",
    "Waiting",
    "parse_capacity",
    "parse_node",
    "parse_transcoder",
]

ASK = "load.ask"
"""A message here makes every transcoder report at once: a node that came late wants to know."""

STALE_SECONDS = 15.0
"""A sender silent for longer is unknown."""

_LARGEST = 2**53


class _Message(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )

    def encode(self) -> bytes:
        return self.model_dump_json(by_alias=True, exclude_defaults=False).encode()


_M = TypeVar("_M", bound=_Message)


class Streams(_Message):
    """Open streams of one load class and how long their segments are."""

    open: int
    segment_seconds: float


class Waiting(_Message):
    """Segments of one load class that no slot works on yet."""

    segments: int
    seconds: float
    slot_seconds: float


class NodeTotals(_Message):
    """Segments since the process started."""

    received: int = 0
    answered: int = 0
    late: int = 0
    lost: int = 0
    failed: int = 0
    republished: int = 0
    refused: dict[str, int] = Field(default_factory=dict)


class NodeLoad(_Message):
    """What a node sees of its gateways."""

    kind: Literal["node"] = "node"
    id: str
    at: float
    draining: bool = False
    gone: bool = False
    sessions: int
    max_sessions: int
    streams: dict[str, Streams]
    waiting: dict[str, Waiting]
    oldest_wait_seconds: float
    totals: NodeTotals


class Service(_Message):
    """Slot time that finished segments of one load class took."""

    segments: int
    slot_seconds: float
    p95_seconds: float = 0.0


class Canary(_Message):
    """Slot time that the start-up test took for one segment of a load class, all slots busy."""

    slot_seconds: float
    segment_seconds: float


class Device(_Message):
    """What slots work on: the processor or one GPU; `failed` says why it is out, "" while it works.

    The slots of a failed device are not counted in the snapshot's `slots`.
    """

    name: str
    slots: int
    failed: str = ""


class TranscoderTotals(_Message):
    """Jobs since the process started, and the time their slots were taken, whatever came of it."""

    done: int = 0
    failed: int = 0
    expired: int = 0
    busy_slot_seconds: float = 0.0


class TranscoderLoad(_Message):
    """What a transcoder does."""

    kind: Literal["transcoder"] = "transcoder"
    id: str
    at: float
    pool: str
    draining: bool = False
    gone: bool = False
    slots: int
    busy: int
    classes: tuple[str, ...]
    service: dict[str, Service]
    canary: dict[str, Canary] = Field(default_factory=dict)
    devices: tuple[Device, ...] = ()
    totals: TranscoderTotals


class Pool(_Message):
    """What the operator says of one pool."""

    name: str
    slots_per_pod: int
    ready_pods: int
    desired_pods: int
    max_pods: int
    startup_seconds: float


class Capacity(_Message):
    """What the operator says of all pools, at a unix time."""

    at: float
    pools: tuple[Pool, ...]


def parse_capacity(data: bytes) -> Capacity | None:
    """Read the operator's message; None when it is not one (the last one then stays)."""
    return _parsed(Capacity, data)


def parse_node(data: bytes) -> NodeLoad | None:
    """Read another node's snapshot; None when it is not one."""
    return _parsed(NodeLoad, data)


def parse_transcoder(data: bytes) -> TranscoderLoad | None:
    """Read a transcoder's snapshot; None when it is not one."""
    return _parsed(TranscoderLoad, data)


def _parsed(kind: type[_M], data: bytes) -> _M | None:
    try:
        message = kind.model_validate_json(data)
    except ValidationError:
        return None
    return message if _can_be(message.model_dump()) else None


def _can_be(value: Any) -> bool:
    """Whether every number in it is one that something is counted or measured by."""
    if isinstance(value, dict):
        return all(map(_can_be, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_can_be, value))
    return not isinstance(value, int | float) or 0 <= value <= _LARGEST
