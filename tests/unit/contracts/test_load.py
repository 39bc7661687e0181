"""Contracts 3 and 4: what one side emits is what the other side reads, field by field."""

import json

from podium_operator.load import LoadBook
from podium_operator.queue_link import Capacity, capacity_payload
from podium_operator.snapshots import NodeReport, TranscoderReport, parse_report
from podium_worker import load as worker

CLASS = "h264/1280x720@30"
NODE = worker.NodeLoad(
    id="home-node-0",
    at=1.0,
    draining=True,
    sessions=3,
    max_sessions=8,
    streams={CLASS: worker.Streams(open=3, segment_seconds=2.0)},
    waiting={CLASS: worker.Waiting(segments=2, seconds=4.0, slot_seconds=1.2)},
    oldest_wait_seconds=0.4,
    totals=worker.NodeTotals(received=10, refused={"OrchestratorCapped": 2}),
)
TRANSCODER = worker.TranscoderLoad(
    id="home-pool-cpu-1",
    at=1.0,
    pool="cpu",
    slots=2,
    busy=1,
    classes=("h264",),
    service={CLASS: worker.Service(segments=10, slot_seconds=5.0, p95_seconds=0.7)},
    canary={CLASS: worker.Canary(slot_seconds=0.3, segment_seconds=1.0)},
    devices=(
        worker.Device(name="gpu0", slots=2),
        worker.Device(name="gpu1", slots=2, failed="no decoder"),
    ),
    totals=worker.TranscoderTotals(done=10),
)


def test_the_operator_reads_what_a_node_sends() -> None:
    report = parse_report(NODE.encode())

    assert isinstance(report, NodeReport)
    assert report.model_dump() == {
        **NODE.model_dump(include=set(NodeReport.model_fields)),
        "totals": NODE.totals.model_dump(exclude={"failed", "republished"}),
    }


def test_the_operator_reads_what_a_transcoder_sends() -> None:
    report = parse_report(TRANSCODER.encode())

    assert isinstance(report, TranscoderReport)
    assert report.model_dump() == {
        **TRANSCODER.model_dump(include=set(TranscoderReport.model_fields)),
        "totals": {"busy_slot_seconds": 0.0},
    }


def test_a_refusal_for_want_of_capacity_is_demand() -> None:
    book, refused = LoadBook(), {"OrchestratorCapped": 3}
    later = NODE.model_copy(update={"totals": worker.NodeTotals(refused=refused)})

    for now, snapshot in enumerate((NODE, later)):
        report = parse_report(snapshot.encode())
        assert report is not None
        book.take(report, now=now)

    assert book.view(now=2).refused == 1


def test_the_node_reads_what_the_operator_sends() -> None:
    pool = Capacity("cpu", 2, ready_pods=1, desired_pods=2, max_pods=4, startup_seconds=4.0)

    read = worker.parse_capacity(capacity_payload((pool,), at=7.0))

    assert read is not None
    assert read.at == 7.0
    assert json.loads(read.encode())["pools"] == [
        {
            "name": "cpu",
            "slotsPerPod": 2,
            "readyPods": 1,
            "desiredPods": 2,
            "maxPods": 4,
            "startupSeconds": 4.0,
        }
    ]


def test_the_operator_passes_over_a_request_for_reports() -> None:
    assert parse_report(b"") is None
    assert worker.ASK.startswith("load.")
