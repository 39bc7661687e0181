"""What a node tells people of its open sessions: contract 3, from the command line's side. Pure.

The answer comes from a pod, which may be of another version or under attack: it is validated as a
whole, bounded, and holds nothing that a terminal would obey.
"""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from podium_operator.errors import PodiumError
from podium_operator.snapshots import NodeReport

__all__ = ["MOST_SESSIONS", "OpenSession", "Told", "UntellingError", "read_told"]

MOST_SESSIONS: Final = 1000
_SHOWN_FAULTS: Final = 3

_Count = Annotated[int, Field(ge=0, le=2**53)]
_Measure = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]


class UntellingError(PodiumError):
    """What came is not an answer of ours; the text names its first faults."""


class _Wire(BaseModel):
    # Unknown fields are let through: the node may be newer than this command.
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")


class OpenSession(_Wire):
    """One session; seconds by the node's clock."""

    stream: Annotated[str, Field(pattern=r"^[0-9a-f]{4,64}$")]
    load_class: Annotated[str, Field(pattern=r"^[ -~]{0,256}$")] = ""
    source_pixels_per_second: _Measure = 0.0
    segment_seconds: _Measure = 0.0
    age_seconds: _Measure
    segment_age_seconds: _Measure | None = None
    pending: _Count = 0
    done: _Count = 0
    late: _Count = 0
    lost: _Count = 0
    failed: _Count = 0


class Told(_Wire):
    """A node's answer: its load as the operator gets it, and its worst sessions."""

    load: NodeReport
    refused_lately: _Count = 0
    sessions: Annotated[tuple[OpenSession, ...], Field(max_length=MOST_SESSIONS)] = ()


def read_told(body: bytes) -> Told:
    """Read an answer. Raises UntellingError."""
    try:
        return Told.model_validate_json(body)
    except ValidationError as error:
        faults = [
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}".removeprefix(": ")
            for fault in error.errors(include_input=False, include_url=False)
        ]
        raise UntellingError("; ".join(faults[:_SHOWN_FAULTS])) from error
