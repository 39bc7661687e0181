"""What nodes and transcoders say of themselves at one moment: contract 3, as it comes in.

Snapshots come from the data plane, which may be of another version or under attack: each is
validated, bounded, and refused alone. Nothing is summed up here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from podium_operator.measured import MOST_CLASSES

__all__ = ["NodeReport", "Report", "TranscoderReport", "parse_report"]

_LARGEST_BYTES = 65_536
_MOST_DEVICES = 64

_Count = Annotated[int, Field(ge=0, le=2**53)]
_Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
_Name = Annotated[str, Field(max_length=256)]


class _Wire(BaseModel):
    # Unknown fields are let through: the data plane may be newer than the operator.
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")


class StreamLoad(_Wire):
    """Open streams of one load class."""

    open: _Count
    segment_seconds: Annotated[float, Field(gt=0, le=600)] = 2.0


class WaitingLoad(_Wire):
    """Waiting, unexpired segments of one load class."""

    segments: _Count = 0
    seconds: _Seconds = 0.0
    slot_seconds: _Seconds = 0.0


class NodeTotals(_Wire):
    """Counters from the node's start."""

    received: _Count | None = None
    answered: _Count | None = None
    late: _Count = 0
    lost: _Count = 0
    refused: dict[_Name, _Count] = {}


class NodeReport(_Wire):
    """A node's snapshot."""

    kind: Literal["node"]
    id: _Name
    draining: bool = False
    gone: bool = False
    sessions: _Count = 0
    max_sessions: _Count = 0
    streams: Annotated[dict[_Name, StreamLoad], Field(max_length=MOST_CLASSES + 1)] = {}
    waiting: Annotated[dict[_Name, WaitingLoad], Field(max_length=MOST_CLASSES + 1)] = {}
    oldest_wait_seconds: _Seconds = 0.0
    totals: NodeTotals = NodeTotals()


class ServiceLoad(_Wire):
    """Counters of finished segments of one load class."""

    segments: _Count = 0
    slot_seconds: _Seconds = 0.0
    p95_seconds: _Seconds = 0.0


class CanaryLoad(_Wire):
    """What the start-up test took for a segment of one load class."""

    slot_seconds: Annotated[float, Field(gt=0, le=3600)]
    segment_seconds: Annotated[float, Field(gt=0, le=600)]


class TranscoderTotals(_Wire):
    """Counters from the transcoder's start."""

    busy_slot_seconds: _Seconds | None = None


class DeviceLoad(_Wire):
    """One device that slots work on; `failed` says why it is out."""

    name: Annotated[str, Field(max_length=32)]
    slots: _Count = 0
    failed: Annotated[str, Field(max_length=4096)] = ""


class TranscoderReport(_Wire):
    """A transcoder's snapshot."""

    kind: Literal["transcoder"]
    id: _Name
    pool: _Name
    draining: bool = False
    gone: bool = False
    slots: _Count = 0
    busy: _Count = 0
    service: Annotated[dict[_Name, ServiceLoad], Field(max_length=MOST_CLASSES + 1)] = {}
    canary: Annotated[dict[_Name, CanaryLoad], Field(max_length=MOST_CLASSES + 1)] = {}
    devices: Annotated[tuple[DeviceLoad, ...], Field(max_length=_MOST_DEVICES)] = ()
    totals: TranscoderTotals = TranscoderTotals()


Report = NodeReport | TranscoderReport
_REPORT: TypeAdapter[Report] = TypeAdapter(Annotated[Report, Field(discriminator="kind")])


def parse_report(payload: bytes) -> Report | None:
    """Read one snapshot; None for what is not one."""
    if len(payload) > _LARGEST_BYTES:
        return None
    try:
        return _REPORT.validate_json(payload)
    except ValidationError:
        return None
