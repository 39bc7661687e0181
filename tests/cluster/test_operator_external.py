"""An external pool on a real API server: who owns the number, and where the wanted one is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import KubectlError
from tests.support.operator_process import OperatorProcess

pytestmark = pytest.mark.cluster

_POOL = "home-pool-cpu"


@pytest.fixture
def site(cluster: Cluster, namespace: str, tmp_path: Path) -> Iterator[Site]:
    site = Site(cluster, namespace, tmp_path)
    site.install()
    yield site
    site.remove()


@pytest.fixture
def operator(site: Site) -> Iterator[OperatorProcess]:
    with site.operator() as operator:
        yield operator.leads()


def _scale(site: Site, **scale: Any) -> None:
    site.apply(pools=[{"name": "cpu", "hardware": {"type": "cpu"}, "scale": scale}])


def _is_ours(site: Site) -> bool:
    """Whether the operator owns the number of pods."""
    found = site.cluster.kubectl_json(
        "get", "deployment", _POOL, "--show-managed-fields", namespace=site.namespace
    )
    return any(
        entry["manager"] == "podium-operator"
        and "f:replicas" in (entry["fieldsV1"].get("f:spec") or {})
        for entry in found["metadata"]["managedFields"]
    )


def _replicas(site: Site) -> int:
    found = site.get("deployment", _POOL)
    assert found is not None
    return int(found["spec"]["replicas"])


def test_a_pool_goes_to_another_scaler_and_comes_back_without_a_jump(
    site: Site, operator: OperatorProcess
) -> None:
    _scale(site, min=4, max=4)
    site.settle(operator)
    assert (_replicas(site), _is_ours(site)) == (4, True)

    _scale(site, mode="External", min=2, max=9)
    site.settle(operator)
    assert (_replicas(site), _is_ours(site)) == (4, False)

    site.kubectl("scale", "deployment", _POOL, "--replicas=6")
    site.passes(operator, 4)
    page = json.loads(operator.ask(f"/pools/{site.namespace}/home/cpu"))
    assert (_replicas(site), page["desiredPods"] >= 2) == (6, True)

    _scale(site, min=3, max=3)
    site.settle(operator)
    assert (_replicas(site), _is_ours(site)) == (3, True)


def test_a_new_external_pool_says_nothing_of_its_number(
    site: Site, operator: OperatorProcess
) -> None:
    _scale(site, mode="External", min=3, max=9)

    site.settle(operator)

    found = site.get("orchestrator", "home")
    assert found is not None
    assert not _is_ours(site)
    assert found["status"]["pools"][0]["desired"] == 3


def test_external_without_a_maximum_is_refused_by_the_api_server(site: Site) -> None:
    with pytest.raises(KubectlError, match=r"set scale\.max"):
        _scale(site, mode="External", min=1)
