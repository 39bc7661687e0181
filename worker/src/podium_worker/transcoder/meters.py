"""A transcoder's metrics: the network's names where they mean the same, `podium_…` for the rest.

docs/operations.md points here. Labels are few and bounded: a rendition counts under the height of
the ladder step it belongs to, never under its name.
"""

from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from resource import getpagesize

from podium_worker.jobs import Job
from podium_worker.metrics import Registry
from podium_worker.network_metrics import TRANSCODE_BUCKETS, TRANSFER_BUCKETS, build_info
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.media.results import TranscodeResult

__all__ = ["TranscoderMeters", "height_step", "resident_bytes"]

_PSNR_BUCKETS = (25, 28, 31, 34, 36, 38, 40, 42, 44, 47, 50)
_HEIGHTS = (144, 240, 360, 480, 720, 1080, 1440, 2160)
_PROC = Path("/proc")
_PAGE_BYTES = getpagesize()


def height_step(width: int, height: int) -> str:
    """Name the ladder step of a picture by its shorter side: the next larger one of eight."""
    index = bisect_left(_HEIGHTS, min(width, height))
    return str(_HEIGHTS[min(index, len(_HEIGHTS) - 1)])


def resident_bytes(pids: Iterable[int], proc: Path = _PROC) -> int:
    """Return the memory that processes hold, shared pages counted in each; 0 for one that ended."""
    total = 0
    for pid in pids:
        try:
            total += int((proc / str(pid) / "statm").read_text().split()[1]) * _PAGE_BYTES
        except (OSError, IndexError, ValueError):
            continue
    return total


class TranscoderMeters:
    """Everything a transcoder counts, ready to be rendered."""

    def __init__(self, part_id: str) -> None:
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
        self.slots = registry.gauge("livepeer_max_sessions_total", "Slots of working devices.")
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
        self._count_media(registry)
        self._watch_slots(registry)

    def _count_media(self, registry: Registry) -> None:
        self._decoded = registry.counter("podium_decoded_pixels_total", "Source pixels decoded.")
        self._encoded = registry.counter("podium_encoded_pixels_total", "Pixels encoded.")
        self._cpu = registry.counter(
            "podium_transcode_cpu_seconds_total", "Processor time of finished segments."
        )
        self._psnr = registry.histogram(
            "podium_rendition_psnr_db",
            "Luma PSNR of a rendition against what its encoder was given, in dB.",
            _PSNR_BUCKETS,
            ("height",),
        )

    def _watch_slots(self, registry: Registry) -> None:
        self.memory = registry.gauge("podium_slot_memory_bytes", "Memory of all slots together.")
        self.respawned = registry.counter(
            "podium_slot_respawns_total", "Slots whose process was replaced."
        )
        self.killed = registry.counter(
            "podium_deadline_kills_total", "Slots whose process was ended at a job's deadline."
        )
        self._device_up = registry.gauge("podium_device_up", "1 while a device works.", ("device",))
        self._device_slots = registry.gauge(
            "podium_device_slots", "Slots on a device that works.", ("device",)
        )

    def transcoded(
        self, job: Job, result: TranscodeResult, seconds: float, post_seconds: float
    ) -> None:
        """Count a segment: `seconds` in its slot, `post_seconds` to hand it over."""
        self._uploaded.add()
        self._upload.observe(post_seconds, orchestrator_uri="")
        self._slot_seconds.observe(seconds, load_class=job.load_class)
        self._decoded.add(result.decoded_pixels)
        self._encoded.add(sum(rendition.pixels for rendition in result.renditions))
        self._cpu.add(result.cpu_seconds)
        for made in result.renditions:
            if made.psnr_db is not None:
                self._psnr.observe(made.psnr_db, height=height_step(made.width, made.height))

    def failed(self, text: str) -> None:
        """Count an error by its text."""
        self._failed.add(error=text)

    def show_devices(self, devices: Iterable[DeviceState]) -> None:
        """Set what each device does now."""
        for device in devices:
            is_up = not device.failed
            self._device_up.set(int(is_up), device=device.name)
            self._device_slots.set(device.slots if is_up else 0, device=device.name)
