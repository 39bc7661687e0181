"""What a feeder is asked to do: a JSON file between the process that plans and the one that feeds.

Pydantic, because the file crosses a process boundary.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["FeedPlan", "PlannedRendition", "PlannedSource", "PlannedStream"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlannedRendition(_Strict):
    """One wanted output; `fps` 0 keeps the source's frames."""

    name: str
    width: int
    height: int
    bitrate: int
    fps: int = 0
    fps_den: int = 0
    profile: int = 0
    gop_ms: int = 0


class PlannedSource(_Strict):
    """The pictures of a stream, from `tests.media`; `skip` segments so that streams differ."""

    width: int
    height: int
    fps: int
    segment_seconds: float = Field(gt=0, le=300)
    skip: int = Field(default=0, ge=0)


class PlannedStream(_Strict):
    """One stream; start and end count from the moment the first stream is live."""

    name: str
    start_seconds: float = Field(ge=0)
    end_seconds: float
    renditions: tuple[PlannedRendition, ...] = Field(min_length=1)
    source: PlannedSource


class FeedPlan(_Strict):
    """All streams of one feeder, where they go, and where the renditions are saved."""

    orchestrators: tuple[str, ...] = Field(min_length=1)
    connect_to: dict[str, str] = Field(default_factory=dict)
    save_to: Path | None = None
    streams: tuple[PlannedStream, ...] = Field(min_length=1)
