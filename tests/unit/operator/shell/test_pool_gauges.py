"""What is shown of a pool beside its scaling decision."""

from datetime import UTC, datetime, timedelta
from typing import Any

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator, parse
from podium_operator.metrics import Metrics
from podium_operator.sightings import Sighted

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def orchestrator(**scale: Any) -> Orchestrator:
    pool = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 4, **scale}}
    return parse(
        {"metadata": {"name": "home", "namespace": "media", "uid": "1"}, "spec": {"pools": [pool]}}
    )


def leaving(name: str, *, grace_ended_seconds_ago: float) -> dict[str, Any]:
    end = NOW - timedelta(seconds=grace_ended_seconds_ago)
    labels = {names.POOL_LABEL: "cpu"}
    return {"metadata": {"name": name, "labels": labels, "deletionTimestamp": end.isoformat()}}


def shown(orchestrators: list[Orchestrator], *pods: dict[str, Any]) -> str:
    metrics, sighted = Metrics(), Sighted()
    for pod in pods:
        sighted.see_pod(pod)
    for one in orchestrators:
        metrics.pools.show(one, sighted, now=NOW)
    return metrics.render().decode()


def line(gauge: str, value: float) -> str:
    return f'podium_pool_{gauge}{{name="home",namespace="media",pool="cpu"}} {value}'


def test_pods_that_leave_are_counted_and_those_that_should_be_gone_too() -> None:
    stays = {"metadata": {"name": "c", "labels": {names.POOL_LABEL: "cpu"}}}
    others = leaving("d", grace_ended_seconds_ago=99) | {}
    others["metadata"]["labels"] = {names.POOL_LABEL: "gpu"}

    text = shown(
        [orchestrator()],
        leaving("a", grace_ended_seconds_ago=-20),
        leaving("b", grace_ended_seconds_ago=31),
        stays,
        others,
    )

    assert line("draining_pods", 2.0) in text
    assert line("overdue_pods", 1.0) in text


def test_a_price_is_shown_where_there_is_one() -> None:
    assert line("pod_usd_per_hour", 0.25) in shown([orchestrator(costUsdPerHour="0.25")])
    assert "pod_usd_per_hour{" not in shown([orchestrator()])


def test_a_price_that_is_taken_back_is_forgotten() -> None:
    assert "pod_usd_per_hour{" not in shown([orchestrator(costUsdPerHour="0.25"), orchestrator()])


def test_limits_and_goal_are_those_of_the_spec() -> None:
    text = shown([orchestrator(targetBacklogSeconds=3)])

    assert line("min_pods", 1.0) in text
    assert line("max_pods", 4.0) in text
    assert line("target_backlog_seconds", 3.0) in text
