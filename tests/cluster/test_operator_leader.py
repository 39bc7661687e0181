"""Two operators, one lease: who works when the other dies, freezes, or is told to go."""

import signal
from pathlib import Path

import pytest
from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def site(cluster: Cluster, namespace: str, tmp_path: Path) -> Site:
    site = Site(cluster, namespace, tmp_path)
    site.install()
    site.apply()
    return site


def _holder(site: Site) -> str:
    lease = site.get("lease", "podium-operator")
    return str((lease or {"spec": {}})["spec"].get("holderIdentity", ""))


def test_a_killed_leader_is_succeeded(site: Site) -> None:
    with site.operator() as first:
        site.settle(first.leads())
        with site.operator() as second:
            second.wait_for_line("listening")
            assert second.series("podium_operator_leader") == {"podium_operator_leader": 0.0}

            first.send(signal.SIGKILL)
            site.kubectl("delete", "service", "home-node")

            second.leads()
            site.wait("service", "home-node", bool)
            assert second.series("podium_operator_leader") == {"podium_operator_leader": 1.0}


def test_a_standby_is_ready_and_does_not_work(site: Site) -> None:
    with site.operator() as first:
        site.settle(first.leads())
        with site.operator() as second:
            second.wait_for_line("standing by")

            site.kubectl("delete", "service", "home-node")
            site.wait("service", "home-node", bool)

            assert second.ask("/readyz") == "ok\n"
            assert second.ask("/healthz") == "ok\n"
            assert not any(second.series("podium_operator_passes_total").values())
            assert not second.series("podium_operator_writes_total")
            assert not [line for line in second.lines if "became leader" in line["message"]]


def test_a_leader_that_is_told_to_go_hands_over_at_once(site: Site) -> None:
    with site.operator() as first:
        site.settle(first.leads())
        with site.operator() as second:
            second.wait_for_line("listening")
            holder = _holder(site)

            assert first.stop() == 0

            assert _holder(site) != holder, "a lease that is kept runs out first"
            second.leads()


def test_a_leader_that_was_frozen_ends_without_writing(site: Site) -> None:
    with site.operator() as first:
        site.settle(first.leads())
        with site.operator() as second:
            second.wait_for_line("listening")
            first.send(signal.SIGSTOP)
            second.leads()
            site.settle(second)
            said = len(first.lines)

            site.kubectl("delete", "service", "home-node")
            site.wait("service", "home-node", bool)
            holder = _holder(site)
            first.send(signal.SIGCONT)

            assert first.process.wait(timeout=120) == 1
            assert first.wait_for_line("stopping", after=said)
            assert _holder(site) == holder
            second.wait_for_line("became leader")
