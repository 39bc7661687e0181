"""Names stay literal, types are right, and Prometheus' own parser agrees."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from podium_worker.metrics import Registry
from podium_worker.node.dispatch import Answer
from podium_worker.node.meters import NodeMeters
from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.media.results import Rendition
from podium_worker.wire import lp_rpc_pb2 as pb
from podium_worker.wire.segment import Segment

SEGMENT = Segment(b"m", "s", 0, b"", 2000, (Profile("P", 1, 1, 1),), pb.AuthToken())
ANSWER = Answer((Rendition("P", b"", 2_500_000, 1, 1, 1, Container.MPEGTS),), 1)


def lines(registry: Registry) -> list[str]:
    return registry.render().decode().splitlines()


def rendered() -> list[str]:
    meters = NodeMeters("n")
    meters.received(2.0)
    meters.transcoded(SEGMENT, ANSWER, 0.4)
    meters.failed("OrchestratorBusy")
    return lines(meters.registry)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("livepeer_mil_pixels_processed", "counter"),
        ("livepeer_segment_transcoded_total", "counter"),
        ("livepeer_segment_transcode_failed_total", "counter"),
        ("livepeer_segment_source_emerged_unprocessed_total", "counter"),
        ("livepeer_current_sessions_total", "gauge"),
        ("livepeer_max_sessions_total", "gauge"),
        ("livepeer_versions", "gauge"),
        ("livepeer_transcoders_capacity", "gauge"),
        ("livepeer_transcode_time_seconds", "histogram"),
        ("livepeer_transcode_score", "histogram"),
        ("livepeer_source_segment_duration_seconds", "histogram"),
    ],
)
def test_a_network_name_keeps_its_type(name: str, kind: str) -> None:
    assert f"# TYPE {name} {kind}" in rendered()


def test_values_and_labels_are_the_network_s() -> None:
    text = rendered()

    assert 'livepeer_mil_pixels_processed{node_id="n",node_type="orch"} 2.5' in text
    trust = 'profiles="P",trusted="trusted",verified="verified"'
    assert f'livepeer_segment_transcoded_total{{node_id="n",node_type="orch",{trust}}} 1' in text
    code = 'error_code="OrchestratorBusy"'
    failed = f'livepeer_segment_transcode_failed_total{{node_id="n",node_type="orch",{code}}} 1'
    assert failed in text


def test_the_build_has_no_node_id() -> None:
    (line,) = [line for line in rendered() if line.startswith("livepeer_versions{")]

    assert "node_id" not in line


def test_histograms_add_up() -> None:
    buckets = [
        float(line.rpartition(" ")[2])
        for line in rendered()
        if line.startswith("livepeer_transcode_time_seconds_bucket")
    ]

    assert buckets == [0.0] + [1.0] * 14


def test_prometheus_reads_everything() -> None:
    families = list(text_string_to_metric_families("\n".join(rendered()) + "\n"))

    assert len(families) > 20


def test_a_label_value_is_escaped() -> None:
    registry = Registry({})
    registry.counter("c", "text", ("l",)).add(l='a"b\\c\nd')

    assert 'c{l="a\\"b\\\\c\\nd"} 1' in lines(registry)


def test_series_are_bounded() -> None:
    registry = Registry({})
    family = registry.counter("c", "text", ("l",))

    for number in range(2000):
        family.add(l=str(number))

    assert sum(line.startswith("c{") for line in lines(registry)) == 1000
