"""What a run is fed with: streams that open and close, and what happens to the pools. Values only.

As JSON (`--trace FILE`), times in seconds from the start:

    {"name": "mine", "seconds": 3600, "warmupSeconds": 600,
     "classes": [{"name": "720p", "slotSeconds": 0.6, "segmentSeconds": 2.0}],
     "streams": [{"open": 0.0, "close": 3600.0, "class": "720p"}],
     "events": [{"at": 1200, "kind": "preempt", "pool": "base", "share": 0.4}]}
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

__all__ = ["Event", "EventKind", "LoadClass", "Stream", "Trace", "read_trace"]

_Seconds = Annotated[float, Field(ge=0, le=14 * 86_400, allow_inf_nan=False)]
_Length = Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)]


class EventKind(StrEnum):
    """What may happen to pools or to what is known of the load."""

    PREEMPT = "preempt"
    """A share of a pool's ready pods is gone at once; what they worked on is done again."""
    BLACKOUT = "blackout"
    """For some seconds nobody learns anything of the load."""
    SLOW_STARTS = "slowStarts"
    """For some seconds a pool's pods take `factor` times as long to start."""
    STALL = "stall"
    """For some seconds a share of the streams pushes `factor` times slower, then catches up."""


class _Value(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class LoadClass(_Value):
    """Segments that cost alike: mean slot seconds at speed 1, and how long the video is."""

    name: str
    slot_seconds: _Length
    segment_seconds: _Length = 2.0


class Stream(_Value):
    """One stream: it pushes a segment every `segment_seconds` from `open` until `close`."""

    open: _Seconds
    close: _Seconds
    load_class: str = Field(alias="class")


class Event(_Value):
    """Something that happens; which fields count depends on the kind."""

    at: _Seconds
    kind: EventKind
    pool: str = "base"
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    seconds: _Seconds = 0.0
    factor: Annotated[float, Field(gt=0, le=100)] = 1.0


class Trace(_Value):
    """Everything that happens to a provider from outside.

    `step_ends_at`: when the rise of a step is over, for the time until capacity; None without.
    """

    name: str
    seconds: _Seconds
    classes: Annotated[tuple[LoadClass, ...], Field(min_length=1)]
    streams: tuple[Stream, ...]
    events: tuple[Event, ...] = ()
    warmup_seconds: _Seconds = 600.0
    step_ends_at: _Seconds | None = None

    @model_validator(mode="after")
    def _check_classes(self) -> "Trace":
        known = {load_class.name for load_class in self.classes}
        if len(known) != len(self.classes):
            raise ValueError("classes: two have the same name")
        for number, stream in enumerate(self.streams):
            if stream.load_class not in known:
                raise ValueError(f"streams[{number}].class: {stream.load_class!r} is not a class")
        return self


def read_trace(path: Path) -> Trace:
    """Read a trace file; `ValueError` names the field that is wrong."""
    try:
        return Trace.model_validate(json.loads(path.read_text()))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {error}") from error
