"""What a transcoder says of itself, counted by a clock that stands still."""

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.support.clock import Clock

from podium_worker.jobs import Job
from podium_worker.load import Canary, Device
from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.devices.placement import DeviceState
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.meters import height_step, resident_bytes
from podium_worker.transcoder.slots.pool import SlotPool
from podium_worker.transcoder.tally import Slots, Tally

COST = {"h264/640x360@30": Canary(slot_seconds=0.2, segment_seconds=1.0)}
JOB = Job(
    id="0" * 32,
    url="https://n:1/jobs/t",
    certSha256="0" * 64,
    **{"class": "h264"},
    load_class="h264/640x360@30",
    session_id="s",
    seq=1,
    duration_ms=2000,
    received_at=0,
    deadline=8,
    profiles=(Profile("name of a gateway's own", 640, 360, 1),),
)


@dataclass
class FakeSlots:
    """Slots that are as a test says."""

    slots: int = 2
    devices: tuple[DeviceState, ...] = (DeviceState("cpu", 2),)
    respawned: int = 0
    killed: int = 0
    pids: tuple[int, ...] = field(default_factory=tuple)


def rendition(psnr_db: float | None, *, width: int = 640, height: int = 360) -> Rendition:
    return Rendition("p", b"", 1000, 1, width, height, Container.MPEGTS, psnr_db)


def samples(tally: Tally) -> dict[tuple[str, str], float]:
    """Every sample by name and the values of its own labels."""
    return {
        (sample.name, ",".join(v for k, v in sample.labels.items() if not k.startswith("node_"))): (
            sample.value
        )
        for family in text_string_to_metric_families(tally.render().decode())
        for sample in family.samples
    }


def working(slots: Slots | None = None) -> Tally:
    tally = Tally("t", "cpu")
    tally.watch(slots or FakeSlots())
    tally.proven(("h264",), COST)
    return tally


def test_a_pool_is_what_a_tally_watches() -> None:
    tally = working(SlotPool(3))

    assert [device.name for device in tally.snapshot().devices] == ["cpu"]


def test_taken_slots_are_counted_by_their_time_while_they_work() -> None:
    clock = Clock()
    tally = Tally("t", "cpu", clock=clock)
    tally.begin()
    clock.now += 2
    tally.begin()
    clock.now += 1
    so_far = tally.snapshot().totals.busy_slot_seconds
    tally.end()
    clock.now += 4
    tally.end()
    clock.now += 50

    assert so_far == 4.0
    assert tally.snapshot().totals.busy_slot_seconds == 8.0
    assert tally.snapshot().busy == 0


def test_the_first_snapshot_carries_what_the_start_up_test_measured() -> None:
    first = working().snapshot()

    assert first.canary == COST
    assert first.service == {}
    assert first.devices == (Device(name="cpu", slots=2),)


def test_a_failed_device_is_named_and_its_slots_are_not_offered() -> None:
    slots = FakeSlots(2, (DeviceState("gpu0", 2), DeviceState("gpu1", 2, "no decoder")))

    told = working(slots).snapshot()

    assert told.slots == 2
    assert told.devices[1] == Device(name="gpu1", slots=2, failed="no decoder")


@pytest.mark.parametrize(
    ("is_proven", "slots", "reason"),
    [
        pytest.param(False, FakeSlots(), "starting", id="the start-up test still runs"),
        pytest.param(True, FakeSlots(), "", id="it passed"),
        pytest.param(True, FakeSlots(0), "no device works", id="every device has failed since"),
    ],
)
def test_a_pod_is_ready_while_a_proven_slot_works(
    slots: FakeSlots, reason: str, *, is_proven: bool
) -> None:
    tally = Tally("t", "cpu")
    tally.watch(slots)
    if is_proven:
        tally.proven(("h264",), COST)

    assert tally.not_ready == reason
    assert samples(tally)["podium_transcoder_ready", ""] == (not reason)


def test_metrics_tell_of_slots_and_devices() -> None:
    devices = (DeviceState("gpu0", 2), DeviceState("gpu1", 2, "no decoder"))
    tally = working(FakeSlots(2, devices, respawned=3, killed=1, pids=(os.getpid(),)))

    seen = samples(tally)

    assert seen["livepeer_max_sessions_total", ""] == 2
    assert seen["podium_slot_respawns_total", ""] == 3
    assert seen["podium_deadline_kills_total", ""] == 1
    assert seen["podium_device_up", "gpu0"] == 1
    assert seen["podium_device_up", "gpu1"] == 0
    assert seen["podium_device_slots", "gpu1"] == 0
    assert seen["podium_slot_memory_bytes", ""] > 1 << 20


def test_a_segments_pixels_quality_and_processor_time_are_counted() -> None:
    tally = working()
    made = (rendition(38.5), rendition(None), rendition(31.0, width=720, height=1280))

    tally.transcoded(JOB, TranscodeResult(made, 60, 5000, cpu_seconds=0.7), 0.8, 0.01)

    seen = samples(tally)
    assert seen["podium_decoded_pixels_total", ""] == 5000
    assert seen["podium_encoded_pixels_total", ""] == 3000
    assert seen["podium_transcode_cpu_seconds_total", ""] == pytest.approx(0.7)
    assert seen["podium_rendition_psnr_db_count", "360"] == 1
    assert seen["podium_rendition_psnr_db_sum", "360"] == 38.5
    assert seen["podium_rendition_psnr_db_sum", "720"] == 31.0


def test_no_gateway_can_make_series_of_its_own() -> None:
    tally = working()
    sizes = [(width, height) for width in range(146, 4097, 50) for height in range(50, 4097, 50)]

    made = tuple(rendition(40.0, width=width, height=height) for width, height in sizes)
    tally.transcoded(JOB, TranscodeResult(made, 1, 1), 0.1, 0.01)

    counted = [labels for name, labels in samples(tally) if name == "podium_rendition_psnr_db_sum"]
    assert len(counted) == 8


@pytest.mark.parametrize(
    ("width", "height", "step"),
    [
        (1280, 720, "720"),
        (854, 480, "480"),
        (720, 1280, "720"),
        (640, 358, "360"),
        (16, 16, "144"),
        (4096, 4096, "2160"),
    ],
)
def test_a_rendition_belongs_to_the_step_of_its_shorter_side(
    width: int, height: int, step: str
) -> None:
    assert height_step(width, height) == step


def test_a_process_that_has_ended_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "statm").write_text("100 10 5 1 0 20 0\n")

    assert resident_bytes([1, 2], tmp_path) == resident_bytes([1], tmp_path) > 0
