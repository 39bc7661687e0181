"""Carries out a scale plan: every picture is scaled once per size, and only where it is shown."""

from collections.abc import Collection, Sequence

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from podium_worker.transcoder.media.scale_plan import ScaleStep, steps_needed

__all__ = ["PIXEL_FORMAT", "Scaler"]

PIXEL_FORMAT = "yuv420p"


class Scaler:
    """Scales pictures of one size; a step that changes nothing hands the picture itself on.

    One thread at a time: scaling briefly rewrites the colour tags of the picture it reads.
    """

    def __init__(self, plan: Sequence[ScaleStep]) -> None:
        self._plan = plan
        self._reformatters = [VideoReformatter() for _ in plan]

    def scale(self, picture: VideoFrame, wanted: Collection[int]) -> dict[int, VideoFrame]:
        """Return the wanted steps' pictures by place, with those they were made from."""
        made: dict[int, VideoFrame] = {}
        for place in steps_needed(self._plan, wanted):
            step = self._plan[place]
            made[place] = self._reformatters[place].reformat(
                picture if step.parent is None else made[step.parent],
                step.size.width,
                step.size.height,
                PIXEL_FORMAT,
                interpolation=_filter(step),
                threads=1,
            )
        return made


def _filter(step: ScaleStep) -> Interpolation:
    """Keep the reference's bits where the source is scaled; blur no second time below."""
    return Interpolation.BICUBIC if step.parent is None else Interpolation.LANCZOS
