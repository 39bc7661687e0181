"""Reading an object: what is well-formed, what is refused, and in which words."""

from typing import Any

import pytest
from tests.unit.operator.desired.samples import CPU_POOL, GPU_POOL, orchestrator, sample

from podium_operator.api.v1alpha1 import parse
from podium_operator.errors import InvalidSpecError


def test_smallest_orchestrator_gets_every_default() -> None:
    spec = sample("home").spec

    assert spec.node.replicas == 1
    assert spec.queue.embedded_replicas == 1
    assert spec.pools[0].scale.in_window_seconds == 180
    assert spec.deletion_policy == "Retain"


def test_a_pool_without_a_maximum_is_of_fixed_size() -> None:
    pool = {**CPU_POOL, "scale": {"min": 3}}

    assert orchestrator(pools=[pool]).spec.pools[0].scale.ceiling == 3


def test_an_external_queue_runs_no_server() -> None:
    assert sample("external-queue").spec.queue.embedded_replicas == 0


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert orchestrator(futureField={"a": 1}).spec.paused is False


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param(
            {"pools": [{**CPU_POOL, "slots": 2, "resources": {"limits": {"cpu": "1500m"}}}]},
            r"spec\.pools\[0\]\.slots: .* limit of 1500m: lower slots or raise",
            id="more slots than cores",
        ),
        pytest.param(
            {
                "pools": [
                    {
                        **CPU_POOL,
                        "resources": {
                            "requests": {"memory": "2Gi"},
                            "limits": {"memory": 1000000000},
                        },
                    }
                ]
            },
            r"spec\.pools\[0\]\.resources\.requests\.memory: 2Gi is more than the limit",
            id="a request above its limit",
        ),
        pytest.param(
            {"node": {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}},
            r"spec\.node\.resources\.requests\.cpu",
            id="a node's request above its limit",
        ),
        pytest.param(
            {"queue": {"embedded": {"resources": {"requests": {"cpu": 2}, "limits": {"cpu": 1}}}}},
            r"spec\.queue\.embedded\.resources\.requests\.cpu",
            id="a queue's request above its limit",
        ),
        pytest.param(
            {"pools": [{**CPU_POOL, "resources": {"limits": {"memory": "lots"}}}]},
            r"spec\.pools\[0\]\.resources\.limits\.memory: 'lots' is no quantity: write",
            id="no quantity",
        ),
        pytest.param({"pools": []}, r"spec\.pools: .*at least 1", id="no pool"),
        pytest.param(
            {"pools": [{"name": "x", "hardware": {"type": "abacus"}}]},
            r"spec\.pools\.0\.hardware\.type: .*'cpu' or 'nvidia'",
            id="unknown hardware",
        ),
    ],
)
def test_what_cannot_be_carried_out_is_named(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSpecError, match=message):
        orchestrator(**spec)


def test_a_gpu_pool_may_have_more_slots_than_cores() -> None:
    pool = {**GPU_POOL, "resources": {"limits": {"cpu": "1"}}}

    assert orchestrator(pools=[pool]).spec.pools[0].slots == 4


def test_an_object_without_a_spec_is_refused_and_not_a_crash() -> None:
    with pytest.raises(InvalidSpecError, match="spec"):
        parse({"metadata": {"name": "a", "namespace": "b", "uid": "c"}})
