"""Dashboards have something to show, and alerts fire, on real parts without a cluster."""

from pathlib import Path

import pytest
from tests.watch.local import Local, local
from tests.watch.pushing import streaming
from tests.watch.questions import alert_questions, panel_questions
from tests.watch.rules import hurried, shipped

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

_WITHIN_SECONDS = 90.0
_ALL_HAVE_A_RATE = "min(count_over_time(up[1m])) > 2"


async def test_every_query_has_series_under_load(tmp_path: Path) -> None:
    async with local(tmp_path, shipped()) as world, streaming(world):
        await world.server.until(
            "sum(rate(livepeer_segment_transcoded_total[1m])) > 0", within_seconds=_WITHIN_SECONDS
        )
        await world.server.until(
            "podium_orchestrator_condition > -1", within_seconds=_WITHIN_SECONDS
        )
        await world.server.until(_ALL_HAVE_A_RATE, within_seconds=_WITHIN_SECONDS)
        questions = [one for one in (*panel_questions(), *alert_questions()) if not one.when]
        answers = await world.server.all_series(one.expr for one in questions)
        faults = await world.server.rule_faults()

    assert [f"{one.where}: {one.expr}" for one in questions if not answers[one.expr]] == []
    assert faults == []


async def test_a_queue_that_is_gone_fires_its_alerts(tmp_path: Path) -> None:
    async with local(tmp_path, hurried("2s")) as world, streaming(world):
        await world.server.until("podium_queue_connected == 1", within_seconds=_WITHIN_SECONDS)

        await world.plane.stop("queue")

        await _fire(world, "QueueUnreachable", "SegmentsLost")


async def test_a_node_that_is_gone_fires_its_alerts(tmp_path: Path) -> None:
    async with local(tmp_path, hurried("2s")) as world:
        await world.server.until("podium_endpoint_reachable == 1", within_seconds=_WITHIN_SECONDS)

        await world.plane.stop("node")

        await _fire(world, "EndpointUnreachable")


async def test_a_transcoder_that_is_gone_fires_its_alerts(tmp_path: Path) -> None:
    async with local(tmp_path, hurried("2s")) as world:
        await world.server.until("livepeer_transcoders_number == 1", within_seconds=_WITHIN_SECONDS)

        await world.plane.stop("transcoder")

        await _fire(world, "NoTranscoders")


async def test_a_transcoder_that_hangs_fires_its_alerts(tmp_path: Path) -> None:
    async with local(tmp_path, hurried("2s")) as world, streaming(world):
        await world.server.until(
            "sum(rate(livepeer_segment_transcoded_total[1m])) > 0", within_seconds=_WITHIN_SECONDS
        )

        world.plane.pause("transcoder")

        await _fire(world, "SegmentsLost", "SegmentsLate")


async def _fire(world: Local, *alerts: str) -> None:
    for alert in alerts:
        firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
        await world.server.until(firing, within_seconds=_WITHIN_SECONDS)
