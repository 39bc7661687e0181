"""`podium` beside a real API server: what it reads, what it writes, and what it may not."""

import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster

from podium_operator.command.cli import main

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def site(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A namespace with an operator that leads and one Orchestrator that it carried out."""
    with cluster.namespace() as namespace:
        site = Site(cluster, namespace, tmp_path_factory.mktemp("command"))
        site.install()
        site.apply()
        with site.operator() as process:
            site.settle(process.leads())
            yield site


def _podium(site: Site, *words: str) -> int:
    flags = ("--kubeconfig", str(site.cluster.tool.kubeconfig), "-n", site.namespace)
    return main([*words, *flags])


def _is_paused(status: str) -> Callable[[Any], bool]:
    def holds(found: Any) -> bool:
        conditions = (found or {}).get("status", {}).get("conditions", ())
        return any(one["type"] == "Paused" and one["status"] == status for one in conditions)

    return holds


def test_status_shows_what_stands_in_the_way(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _podium(site, "status", "home")

    said = capsys.readouterr().out
    assert "cpu" in said
    assert (status == 0) == ("Ready      True" in said)


def test_the_doctor_names_what_is_wrong(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    _podium(site, "doctor", "-o", "json")

    found = {one["subject"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["cluster"]["level"] == "ok"
    assert found["CRD"]["level"] == "ok"
    assert f"{site.namespace}/home" in found


def test_pausing_and_resuming_are_seen_by_the_operator(site: Site) -> None:
    assert _podium(site, "pause", "home") == 0
    site.wait("orchestrator", "home", _is_paused("True"))

    assert _podium(site, "resume", "home") == 0
    site.wait("orchestrator", "home", _is_paused("False"))


def test_a_support_bundle_holds_everything_but_secrets(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    assert _podium(site, "support-bundle", "--out", str(path)) == 0

    with tarfile.open(path) as bundle:
        names = {Path(name).name for name in bundle.getnames()}
        files = (bundle.extractfile(member) for member in bundle.getmembers())
        texts = [file.read().decode() for file in files if file is not None]
    assert {"orchestrators.yaml", "deployments.yaml", "pods.yaml", "doctor.txt"} <= names
    assert "secrets.yaml" not in names
    secret = site.get("secret", "home-queue")
    assert secret is not None
    assert not any(value in text for value in secret["data"].values() for text in texts)
