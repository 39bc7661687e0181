"""What a transcoder counts: for the operator's snapshots and for its own metrics. No I/O."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping

from podium_worker.jobs import Job
from podium_worker.load import Canary, Service, TranscoderLoad, TranscoderTotals
from podium_worker.metrics import Registry
from podium_worker.node.meters import TRANSCODE_BUCKETS, TRANSFER_BUCKETS, build_info
from podium_worker.transcoder.results import TranscodeResult

__all__ = ["Tally"]

_REMEMBERED = 200


class _ClassTally:
    """Slot time of one load class; the last 200 segments give the 95th percentile."""

    def __init__(self) -> None:
        self.segments = 0
        self.slot_seconds = 0.0
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, seconds: float) -> None:
        self.segments += 1
        self.slot_seconds += seconds
        self._recent.append(seconds)

    def service(self) -> Service:
        ordered = sorted(self._recent)
        p95 = ordered[int(0.95 * (len(ordered) - 1))] if ordered else 0.0
        return Service(
            segments=self.segments,
            slot_seconds=round(self.slot_seconds, 6),
            p95_seconds=round(p95, 6),
        )


class Tally:
    """Everything a transcoder counts since its start."""

    def __init__(
        self,
        part_id: str,
        pool: str,
        slots: int,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = part_id
        self.pool = pool
        self.slots = slots
        self.canary: Mapping[str, Canary] = {}
        self._clock = clock
        self._busy = 0
        self._busy_slot_seconds = 0.0
        self._busy_since = clock()
        self.changed = asyncio.Event()
        self.draining = False
        self.not_ready = "starting"
        self.classes: tuple[str, ...] = ()
        self.failed = 0
        self.expired = 0
        self._done = 0
        self._by_class: dict[str, _ClassTally] = {}
        self.meters = _Meters(part_id, slots)

    def begin(self) -> None:
        """Note that a slot is taken."""
        self._add_busy_time()
        self._busy += 1

    def end(self) -> None:
        """Note that a slot is free again."""
        self._add_busy_time()
        self._busy -= 1

    def transcoded(
        self, job: Job, result: TranscodeResult, seconds: float, post_seconds: float
    ) -> None:
        """Count a segment: `seconds` in its slot, `post_seconds` to hand it over."""
        self._done += 1
        self._by_class.setdefault(job.load_class, _ClassTally()).add(seconds)
        self.meters.transcoded(job, result, seconds, post_seconds)

    def snapshot(self, *, is_gone: bool = False) -> TranscoderLoad:
        """Return what the operator and the nodes are told."""
        self._add_busy_time()
        return TranscoderLoad(
            id=self.id,
            at=time.time(),
            pool=self.pool,
            draining=self.draining,
            gone=is_gone,
            slots=self.slots,
            busy=self._busy,
            classes=self.classes,
            service={name: tally.service() for name, tally in self._by_class.items()},
            canary=dict(self.canary),
            totals=TranscoderTotals(
                done=self._done,
                failed=self.failed,
                expired=self.expired,
                busy_slot_seconds=round(self._busy_slot_seconds, 6),
            ),
        )

    def render(self) -> bytes:
        """Return the metrics in Prometheus' text format."""
        self.meters.busy.set(self._busy)
        self.meters.ready.set(int(not self.not_ready))
        self.meters.expired.set(self.expired)
        return self.meters.registry.render()

    def _add_busy_time(self) -> None:
        now = self._clock()
        self._busy_slot_seconds += self._busy * (now - self._busy_since)
        self._busy_since = now


class _Meters:
    def __init__(self, part_id: str, slots: int) -> None:
        self.registry = registry = Registry({"node_id": part_id, "node_type": "trcr"})
        build_info(registry, "trcr")
        self._uploaded = registry.counter(
            "livepeer_segment_source_uploaded_total", "Results posted to nodes."
        )
        self._upload = registry.histogram(
            "livepeer_upload_time_seconds",
            "Time to post a result.",
            TRANSFER_BUCKETS,
            ("orchestrator_uri",),
        )
        sessions = registry.gauge("livepeer_max_sessions_total", "Slots.")
        sessions.set(slots)
        self.ready = registry.gauge("podium_transcoder_ready", "1 after the start-up test.")
        self.busy = registry.gauge("podium_busy_slots", "Slots at work.")
        self._slot_seconds = registry.histogram(
            "podium_slot_seconds", "Slot time per segment.", TRANSCODE_BUCKETS, ("load_class",)
        )
        self._failed = registry.counter(
            "podium_transcode_errors_total", "Segments not transcoded.", ("error",)
        )
        self.expired = registry.counter(
            "podium_jobs_expired_total", "Jobs dropped because nobody waits any more."
        )
        self._decoded = registry.counter("podium_decoded_pixels_total", "Source pixels decoded.")
        self._encoded = registry.counter("podium_encoded_pixels_total", "Pixels encoded.")

    def transcoded(
        self, job: Job, result: TranscodeResult, seconds: float, post_seconds: float
    ) -> None:
        self._uploaded.add()
        self._upload.observe(post_seconds, orchestrator_uri="")
        self._slot_seconds.observe(seconds, load_class=job.load_class)
        self._decoded.add(result.decoded_pixels)
        self._encoded.add(sum(rendition.pixels for rendition in result.renditions))

    def failed(self, text: str) -> None:
        """Count an error by its text."""
        self._failed.add(error=text)
