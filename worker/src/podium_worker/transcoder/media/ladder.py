"""All renditions of one segment: each picture is decoded once and scaled once per size.

Which frames a rendition shows is decided here before anything is scaled; how many threads work
on them is not: lanes are the same either way.
"""

from collections.abc import Sequence

from av.video.frame import VideoFrame

from podium_worker.transcoder.media.grid import FrameTimes
from podium_worker.transcoder.media.lanes import CallerLane, Lane, Showing, ThreadLane
from podium_worker.transcoder.media.rendition import RenditionWriter
from podium_worker.transcoder.media.results import Rendition
from podium_worker.transcoder.media.scale_plan import scale_plan
from podium_worker.transcoder.media.scaler import Scaler
from podium_worker.transcoder.media.sizes import Size
from podium_worker.transcoder.media.source import AudioUnit, Picture

__all__ = ["Ladder"]


class Ladder:
    """Takes a source's units in order; `close` in any case.

    A picture waits until the next one tells how long it is shown. Outputs open with the first
    picture, whose size and colours they need; sound waits for that.
    """

    def __init__(
        self, writers: Sequence[RenditionWriter], times: Sequence[FrameTimes], *, has_threads: bool
    ) -> None:
        self._writers = writers
        self._times = times
        self._has_threads = has_threads
        self._held: Picture | None = None
        self._early: list[AudioUnit] = []
        self._stage: _Stage | None = None

    def write(self, unit: Picture | AudioUnit) -> None:
        """Take the next unit."""
        if isinstance(unit, AudioUnit):
            self._write_audio(unit)
            return
        times = [each.push(unit.pts, unit.duration) for each in self._times]
        held, self._held = self._held, unit
        if held is not None:
            self._show(held, times)

    def finish(self) -> tuple[Rendition, ...]:
        """Encode what is left and return the renditions in order."""
        if self._held is not None:
            self._show(self._held, [each.finish() for each in self._times])
        if self._stage is not None:
            self._stage.finish(is_last=True)
        return tuple(writer.finish() for writer in self._writers)

    def close(self) -> None:
        """Stop all work."""
        if self._stage is not None:
            self._stage.abort()

    def _write_audio(self, unit: AudioUnit) -> None:
        if self._stage is None:
            self._early.append(unit)
        else:
            self._stage.write_audio(unit)

    def _show(self, picture: Picture, times: Sequence[range]) -> None:
        size = Size(picture.frame.width, picture.frame.height)
        if self._stage is None or self._stage.size != size:
            self._set_stage(picture, size)
        if self._stage is not None:
            self._stage.show(picture.frame, times)

    def _set_stage(self, picture: Picture, size: Size) -> None:
        if self._stage is not None:
            self._stage.finish(is_last=False)
        for writer in self._writers:
            writer.prepare(picture, size)
        self._stage = _Stage(self._writers, size, has_threads=self._has_threads)
        for unit in self._early:
            self._stage.write_audio(unit)
        self._early.clear()


class _Stage:
    """The scaler and the lanes while the source keeps one size."""

    def __init__(
        self, writers: Sequence[RenditionWriter], size: Size, *, has_threads: bool
    ) -> None:
        self.size = size
        sizes = [writer.size_of(size) for writer in writers]
        plan = scale_plan(size, sizes)
        self._scaler = Scaler(plan)
        self._members = [
            [place for place, wanted in enumerate(sizes) if wanted == step.size] for step in plan
        ]
        build = ThreadLane if has_threads else CallerLane
        self._lanes: list[Lane] = [
            build([writers[place] for place in members]) for members in self._members
        ]

    def show(self, frame: VideoFrame, times: Sequence[range]) -> None:
        """Scale a frame to every size at which some rendition shows it, and hand it over."""
        shown = {
            place: tuple(times[member] for member in members)
            for place, members in enumerate(self._members)
            if any(times[member] for member in members)
        }
        for place, scaled in self._scaler.scale(frame, shown).items():
            if place in shown:
                self._lanes[place].feed(Showing(scaled, shown[place]))

    def write_audio(self, unit: AudioUnit) -> None:
        for lane in self._lanes:
            lane.feed(unit)

    def finish(self, *, is_last: bool) -> None:
        for lane in self._lanes:
            lane.end(is_last=is_last)
        for lane in self._lanes:
            lane.join()

    def abort(self) -> None:
        for lane in self._lanes:
            lane.abort()
