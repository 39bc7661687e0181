"""The replay on a real cluster, without one: pods by sight, reports, objects, traces."""

import json
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
from tests.bench.scaling.live import __main__ as live
from tests.bench.scaling.live.objects import OURS, PEERS, ours, peer_objects
from tests.bench.scaling.live.pods import LivePods, Sight
from tests.bench.scaling.live.reports import node_report, transcoder_reports
from tests.bench.scaling.live.run import Stage
from tests.bench.scaling.live.shapes import LIVE_SHAPES, make_live_trace
from tests.bench.scaling.outcome import Outcome
from tests.bench.scaling.stage import BASE, OVERFLOW
from tests.bench.scaling.trace import Event, EventKind, LoadClass, Stream, Trace
from tests.bench.scaling.world import Conditions, World
from tests.devcluster.cluster import Cluster

from podium_operator.api.v1alpha1 import parse
from podium_operator.snapshots import NodeReport, TranscoderReport, parse_report

CLASSES = (LoadClass(name="720p", slot_seconds=0.5),)


class Scene:
    """A world over sighted pods; `taken` are those that were deleted from the cluster."""

    def __init__(self, *streams: Stream, events: tuple[Event, ...] = ()) -> None:
        self.taken: list[str] = []
        self.pods = LivePods((BASE, OVERFLOW), Random(1), self._take)
        self.trace = Trace(
            name="t",
            seconds=60,
            classes=CLASSES,
            streams=streams,
            events=events,
            warmup_seconds=0,
        )
        conditions = Conditions((BASE, OVERFLOW), seed=1)
        self.world = World(self.trace, conditions, pods=self.pods)
        self.world.on_done = self.pods.done
        self.world.begin()

    def _take(self, names: Iterable[str]) -> None:
        self.taken += names

    def see(self, at: float, *sights: Sight) -> None:
        self.world.advance(at)
        self.pods.see(sights, at)


def _sight(name: str, *, ready: bool = True, leaving: bool = False, pool: str = "base") -> Sight:
    return Sight(name, pool, ready, leaving)


def _stream(opens: float = 0.0, closes: float = 60.0) -> Stream:
    return Stream(open=opens, close=closes, load_class="720p")


def test_only_pods_that_are_ready_work() -> None:
    scene = Scene(_stream())

    scene.see(1.0, _sight("a", ready=False))
    scene.see(3.0, _sight("a", ready=False))
    before = scene.world.load()
    scene.see(3.1, _sight("a"))
    scene.world.advance(10.0)

    assert (before.answered, before.waiting) == (0, 1)
    assert scene.world.load().answered >= 3
    assert scene.pods.capacity() == BASE.slots


def test_a_pod_that_leaves_finishes_what_it_has_and_takes_no_more() -> None:
    scene = Scene(_stream())
    scene.see(1.9, _sight("a"))

    scene.see(2.05, _sight("a", leaving=True))
    scene.world.advance(30.0)

    assert scene.world.load().answered == 1
    assert scene.pods.exposed == 1
    assert scene.pods.serving() == []


def test_a_pod_that_is_not_listed_any_more_is_gone() -> None:
    scene = Scene(_stream())
    scene.see(1.0, _sight("a"))

    scene.see(1.5)
    scene.see(1.6, _sight("a", leaving=True))

    assert scene.pods.serving() == []
    (bill,) = scene.pods.bills(60.0)
    assert bill.since == 1.0


def test_lost_pods_are_deleted_and_their_work_is_done_again() -> None:
    loss = Event(at=2.1, kind=EventKind.PREEMPT, share=1.0)
    scene = Scene(_stream(closes=3.0), events=(loss,))
    scene.see(1.0, _sight("a"))

    scene.world.advance(3.0)
    scene.see(3.5, _sight("a"), _sight("b"))
    scene.world.advance(30.0)

    assert scene.taken == ["a"]
    assert [worker.name for worker in scene.pods.serving()] == ["b"]
    outcome = scene.world.outcome()
    assert (outcome.segments, outcome.late) == (1, 1)


def test_the_operator_reads_what_a_replay_reports() -> None:
    scene = Scene(*[_stream() for _ in range(40)])
    scene.see(0.0, _sight("a"), _sight("o", pool="overflow"))
    scene.world.advance(10.2)
    classes = {one.name: one for one in CLASSES}

    node = parse_report(
        node_report("n", scene.world.load(), scene.world.waiting(), classes, at=1.0)
    )
    workers = {
        name: parse_report(one) for name, one in transcoder_reports(scene.pods, classes, at=1.0)
    }

    assert isinstance(node, NodeReport)
    assert node.streams["720p"].open == 40
    assert node.totals.received == scene.world.load().received
    worker = workers["a"]
    assert isinstance(worker, TranscoderReport)
    assert (worker.pool, worker.slots, worker.busy) == ("base", BASE.slots, BASE.slots)
    service = worker.service["720p"]
    assert service.slot_seconds / service.segments == pytest.approx(0.5, rel=0.2)
    assert worker.totals.busy_slot_seconds == pytest.approx(service.slot_seconds)


def test_our_objects_are_a_valid_orchestrator_and_each_peer_follows_its_page() -> None:
    body = ours((BASE, OVERFLOW), queue="nats://172.31.255.1:4222")
    body["metadata"] |= {"namespace": "bench", "uid": "1"}
    pools = parse(body).spec.pools
    deployment, scaled = peer_objects(PEERS[1], BASE, replicas=3, page="http://here:1")

    assert [(pool.name, pool.scale.role) for pool in pools] == [
        ("base", "base"),
        ("overflow", "overflow"),
    ]
    assert deployment["spec"]["replicas"] == 3
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"]["targetValue"] == "5.6"
    assert trigger["metadata"]["url"] == "http://here:1/keda-tuned"


@pytest.mark.parametrize("shape", LIVE_SHAPES)
def test_a_live_shape_fits_into_a_quarter_of_an_hour(shape: str) -> None:
    trace = make_live_trace(shape, 10)

    assert trace.seconds <= 900
    assert trace == make_live_trace(shape, 10)
    assert trace.step_ends_at is not None
    assert trace.warmup_seconds < trace.step_ends_at


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"seconds": 901}, "at most 900", id="it lasts too long"),
        pytest.param(
            {"events": [{"at": 1, "kind": "slowStarts", "seconds": 9, "factor": 2}]},
            "slowStarts",
            id="slow",
        ),
    ],
)
def test_a_trace_that_cannot_be_replayed_is_refused_by_its_field(
    changes: dict[str, Any], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    trace = {
        "name": "mine",
        "seconds": 60,
        "warmupSeconds": 0,
        "classes": [{"name": "a", "slotSeconds": 1}],
        "streams": [],
    }
    file.write_text(json.dumps(trace | changes))
    options = live.options([f"--trace={file}"])

    with pytest.raises(ValueError, match=said):
        live.traces_of(options)


def _outcome(late: int) -> Outcome:
    return Outcome(
        segments=1000,
        late=late,
        p99_seconds=1.0,
        cost=2.0,
        base_hours=2.0,
        overflow_hours=0.0,
        peak_overflow=0,
        actions=3,
        reversals=1,
        base_reversals=1,
        exposed=0,
        capacity_seconds=None,
    )


def test_shapes_that_were_replayed_one_at_a_time_are_judged_together(tmp_path: Path) -> None:
    live.keep(tmp_path / "out", "flash", 10, {OURS: _outcome(7)})
    live.keep(tmp_path / "out", "spot", 10, {OURS: _outcome(8)})
    live.keep(tmp_path / "out", "spot", 11, {OURS: _outcome(9)})

    assert live.kept(tmp_path / "out", 10) == {
        "flash": {OURS: _outcome(7)},
        "spot": {OURS: _outcome(8)},
    }


def test_traces_that_are_replayed_at_once_do_not_share_a_port() -> None:
    stages = [Stage(cast("Cluster", None), 10, print, number) for number in range(3)]
    ports = [port for stage in stages for port in (stage.page_port, stage.queue_port)]

    assert len(set(ports)) == len(ports)


def test_every_policy_of_the_gates_runs() -> None:
    assert [OURS, *(peer.name for peer in PEERS)] == ["Podium", "KEDA default", "KEDA tuned"]
