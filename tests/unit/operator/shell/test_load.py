"""The book of load: sums, differences of counters, silence, and hostile reports."""

import json
from typing import Any

import pytest

from podium_operator.devices import DeviceState
from podium_operator.load import LoadBook
from podium_operator.scaling import ClassDemand
from podium_operator.snapshots import NodeReport, TranscoderReport, parse_report

HD = "h264/1280x720@30"
SD = "h264/640x360@30"


def _node(**changes: Any) -> NodeReport:
    wire = {
        "kind": "node",
        "id": "home-node-0",
        "at": 1.0,
        "sessions": 3,
        "maxSessions": 8,
        "streams": {HD: {"open": 3, "segmentSeconds": 2.0}},
        "waiting": {HD: {"segments": 2, "seconds": 4.0, "slotSeconds": 1.2}},
        "oldestWaitSeconds": 0.4,
        "totals": {"received": 10, "refused": {"OrchestratorCapped": 2}},
    } | changes
    report = parse_report(json.dumps(wire).encode())
    assert isinstance(report, NodeReport)
    return report


def _transcoder(**changes: Any) -> TranscoderReport:
    wire = {
        "kind": "transcoder",
        "id": "home-pool-cpu-1",
        "at": 1.0,
        "pool": "cpu",
        "slots": 2,
        "busy": 1,
        "classes": ["h264"],
        "service": {HD: {"segments": 10, "slotSeconds": 5.0, "p95Seconds": 0.7}},
        "totals": {"done": 10},
    } | changes
    report = parse_report(json.dumps(wire).encode())
    assert isinstance(report, TranscoderReport)
    return report


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"kind": "gateway"}', id="an unknown kind"),
        pytest.param(b'{"kind": "node"}', id="no id"),
        pytest.param(b'{"kind": "node", "id": "a", "sessions": -1}', id="less than none"),
        pytest.param(b'{"kind": "node", "id": "a", "oldestWaitSeconds": NaN}', id="not a number"),
        pytest.param(b'{"kind": "node", "id": "' + b"a" * 300 + b'"}', id="an endless name"),
        pytest.param(b" " * 70_000 + b'{"kind": "node", "id": "a"}', id="too long"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_what_is_no_report_is_refused(payload: bytes) -> None:
    assert parse_report(payload) is None


def test_fields_of_newer_versions_are_passed_over() -> None:
    assert _node(novelty=1).sessions == 3


def test_nodes_are_summed_by_class() -> None:
    book = LoadBook()
    book.take(_node(), now=0)
    book.take(
        _node(
            id="home-node-1",
            streams={
                HD: {"open": 1, "segmentSeconds": 4.0},
                SD: {"open": 2, "segmentSeconds": 2.0},
            },
        ),
        now=1,
    )

    view = book.view(now=2)

    assert view.demand == (
        ClassDemand(HD, streams=4, segment_seconds=2.5, waiting_slot_seconds=2.4),
        ClassDemand(SD, streams=2, segment_seconds=2.0, waiting_slot_seconds=0.0),
    )
    assert (view.sessions, view.max_sessions, view.backlog_seconds) == (6, 16, 8.0)
    assert view.age_seconds == 2


def test_nothing_heard_is_not_zero() -> None:
    assert LoadBook().view(now=5).age_seconds is None


def test_a_silent_node_keeps_its_streams_while_its_pod_lives() -> None:
    book = LoadBook()
    book.take(_node(), now=0)

    book.retain({"home-node-0"}, pools=(), now=1000)

    assert book.view(now=1000).age_seconds == 1000
    assert book.view(now=1000).demand[0].streams == 3


def test_a_silent_node_without_a_pod_is_dropped_after_15_seconds() -> None:
    book = LoadBook()
    book.take(_node(), now=0)

    book.retain((), pools=(), now=14)
    assert book.view(now=14).sessions == 3
    book.retain((), pools=(), now=16)

    assert book.view(now=16).age_seconds is None


def test_a_goodbye_drops_a_node_at_once() -> None:
    book = LoadBook()
    book.take(_node(), now=0)

    assert book.take(_node(gone=True), now=1)

    assert book.view(now=1).sessions == 0


def test_refusals_are_differences_of_the_last_ten_seconds() -> None:
    book = LoadBook()
    book.take(_node(), now=0)
    book.take(_node(totals={"refused": {"OrchestratorCapped": 5, "BadSignature": 9}}), now=5)

    assert book.view(now=6).refused == 3
    assert book.view(now=16).refused == 0


def test_a_restarted_nodes_counters_are_no_negative_refusals() -> None:
    book = LoadBook()
    book.take(_node(), now=0)
    book.take(_node(totals={"refused": {}}), now=1)

    assert book.view(now=1).refused == 0


def test_service_time_is_measured_from_differences() -> None:
    book = LoadBook()
    book.take(_transcoder(), now=0)
    book.take(
        _transcoder(service={HD: {"segments": 20, "slotSeconds": 10.0, "p95Seconds": 0.9}}), now=1
    )

    service = book.view(now=1).service["cpu"][HD]

    assert service.mean_seconds == pytest.approx(0.5)
    assert service.p95_seconds == 0.9


def test_service_time_follows_a_change_and_outlives_the_transcoder() -> None:
    book = LoadBook()
    book.take(
        _transcoder(service={HD: {"segments": 200, "slotSeconds": 100.0, "p95Seconds": 0.6}}), now=0
    )
    slow = {HD: {"segments": 500, "slotSeconds": 700.0, "p95Seconds": 2.5}}
    book.take(_transcoder(service=slow), now=1)
    book.take(_transcoder(service=slow, gone=True), now=2)

    assert book.view(now=3).service["cpu"][HD].mean_seconds > 1.9


def test_a_restarted_transcoders_counters_begin_again() -> None:
    book = LoadBook()
    book.take(_transcoder(), now=0)
    book.take(
        _transcoder(service={HD: {"segments": 2, "slotSeconds": 1.0, "p95Seconds": 0.5}}), now=1
    )

    assert book.view(now=1).service["cpu"][HD].mean_seconds == pytest.approx(0.5)


def test_a_draining_transcoder_is_no_capacity() -> None:
    book = LoadBook()
    book.take(_transcoder(), now=0)
    book.take(_transcoder(id="home-pool-cpu-2", draining=True), now=0)

    assert book.view(now=0).slots == {"cpu": 2}
    assert book.view(now=0).busy == {"cpu": 1}


def test_devices_are_those_of_transcoders_that_stay() -> None:
    book = LoadBook()
    book.take(_transcoder(devices=[{"name": "gpu0"}, {"name": "gpu1", "failed": "a\nb"}]), now=0)
    book.take(_transcoder(id="home-pool-cpu-2", draining=True, devices=[{"name": "gpu0"}]), now=0)

    assert book.view(now=0).devices == (
        DeviceState("home-pool-cpu-1", "gpu0", pool="cpu"),
        DeviceState("home-pool-cpu-1", "gpu1", pool="cpu", failed="a b"),
    )


def test_a_device_that_fails_wakes_the_keeper_once() -> None:
    book = LoadBook()
    book.take(_transcoder(devices=[{"name": "gpu0"}]), now=0)

    assert book.take(_transcoder(devices=[{"name": "gpu0", "failed": "hot"}]), now=1)
    assert not book.take(_transcoder(devices=[{"name": "gpu0", "failed": "hotter"}]), now=2)
    assert book.take(_transcoder(devices=[{"name": "gpu0"}]), now=3)


def test_an_endless_reason_is_cut_and_endless_devices_are_refused() -> None:
    book = LoadBook()
    book.take(_transcoder(devices=[{"name": "gpu0", "failed": "x" * 4096}]), now=0)
    endless = {"kind": "transcoder", "id": "t", "pool": "cpu", "devices": [{"name": "gpu0"}] * 65}

    assert len(book.view(now=0).devices[0].failed) == 200
    assert parse_report(json.dumps(endless).encode()) is None


@pytest.mark.parametrize(
    ("changes", "is_news"),
    [
        pytest.param({}, False, id="the same again"),
        pytest.param({"oldestWaitSeconds": 9}, False, id="a number that moves all the time"),
        pytest.param({"streams": {HD: {"open": 4}}}, True, id="a stream opened"),
        pytest.param({"sessions": 2}, True, id="a session ended"),
        pytest.param({"draining": True}, True, id="the node drains"),
        pytest.param(
            {"totals": {"refused": {"OrchestratorCapped": 3}}}, True, id="a session was refused"
        ),
    ],
)
def test_which_reports_wake_the_keeper(changes: dict[str, Any], *, is_news: bool) -> None:
    book = LoadBook()
    book.take(_node(), now=0)

    assert book.take(_node(**changes), now=1) is is_news


def test_sources_and_classes_are_bounded() -> None:
    book = LoadBook()
    for number in range(3000):
        book.take(_node(id=f"n{number}", streams={}, waiting={}), now=0)
    for number in range(200):
        service = {f"c{number}": {"segments": 1, "slotSeconds": 1.0}}
        book.take(_transcoder(id=f"t{number}", service=service), now=0)

    view = book.view(now=0)

    assert view.sessions == 2000 * 3
    assert len(view.service["cpu"]) <= 66


def test_classes_of_many_nodes_are_one_beyond_a_limit_and_no_stream_is_lost() -> None:
    book = LoadBook()
    for number in range(40):
        streams = {f"c{number}-{one}": {"open": 2, "segmentSeconds": 4.0} for one in range(60)}
        book.take(_node(id=f"n{number}", streams=streams, waiting={}), now=0)

    demand = book.view(now=0).demand

    assert len(demand) <= 130
    assert sum(one.streams for one in demand) == 40 * 60 * 2
    assert {one.segment_seconds for one in demand} == {4.0}


def test_what_start_up_tests_tell_is_bounded() -> None:
    book = LoadBook()
    for number in range(40):
        canary = {f"c{number}-{one}": {"slotSeconds": 1, "segmentSeconds": 2} for one in range(60)}
        book.take(_transcoder(id=f"t{number}", canary=canary), now=0)

    assert len(book.view(now=0).canary["cpu"]) <= 66


def test_pools_that_nobody_has_do_not_pile_up() -> None:
    book = LoadBook()
    for number in range(1000):
        book.take(_transcoder(id=f"t{number}", pool=f"pool-{number}"), now=0)
    book.take(_transcoder(), now=0)
    book.view(now=0)

    book.retain((), pools=("cpu",), now=100)
    view = book.view(now=100)

    assert view.service.keys() == view.slots_per_pod.keys() == {"cpu"}


def test_a_pool_that_is_away_for_a_while_is_remembered() -> None:
    book = LoadBook()
    book.take(_transcoder(pool="gpu"), now=0)

    book.retain((), pools=("cpu",), now=100)

    assert book.view(now=100).service["gpu"][HD].mean_seconds == 0.5


@pytest.mark.parametrize("at", [-1e300, 0.0, 1e300])
def test_how_old_a_report_is_says_the_operators_clock_and_not_the_senders(at: float) -> None:
    book = LoadBook()
    book.take(_node(at=at), now=5.0)

    assert book.view(now=6.5).age_seconds == 1.5


def test_a_report_that_comes_again_is_no_crowd_of_segments() -> None:
    book = LoadBook()
    for now, received in ((0.0, 100_000), (1.0, 100_025), (1.1, 100_000), (2.0, 100_050)):
        book.take(_node(totals={"received": received}), now=now)

    assert book.view(now=2.0).segments == 25 + 50
