"""`podium` beside a real API server: what it reads, what it writes, and what it may not."""

import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.chart.render import render
from tests.cluster.operators import Site
from tests.devcluster.cluster import Cluster
from tests.support.patience import look_until

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


@pytest.mark.parametrize(
    "words",
    [["status"], ["status", "home"], ["pools", "home"], ["sessions"], ["doctor"],
     ["explain", "--no-work", "home"]],
    ids=" ".join,
)  # fmt: skip
def test_programs_can_read_the_answer(
    site: Site, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _podium(site, *words, "-o", "json")

    assert json.loads(capsys.readouterr().out)


def test_a_decision_comes_out_of_a_real_status_and_record_again(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    def is_the_same() -> bool:
        """The record follows its decision by some seconds, and more on a busy machine."""
        status = _podium(site, "explain", "home")
        said = "Made again from its record, the decision is the same."
        return said in capsys.readouterr().out and status == 0

    look_until(is_the_same, "the decision is made again")
    assert _podium(site, "explain", "home", "-o", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["replaysTheSame"]
    assert said["decision"]["pools"][0]["name"] == "cpu"


def test_the_doctor_finds_the_right_that_an_operator_lacks(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = render("scope.mode=release", "replicas=1", namespace=site.namespace)
    (deployment,) = (one for one in objects if one["kind"] == "Deployment")
    deployment["spec"]["replicas"] = 0
    site.cluster.apply(deployment, namespace=site.namespace)

    whole = _rights(site, capsys)
    with _without_events(site):
        # A role that was changed is heard of by whoever judges rights a moment later.
        less = look_until(lambda: _lacking(site, capsys), "a right that is lacking")
    site.kubectl("delete", "deployment", "podium")

    assert whole["level"] == "ok"
    assert less["text"].endswith(f"may not create events in {site.namespace}")


def _rights(site: Site, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    _podium(site, "doctor", "-o", "json")
    found = {one["subject"]: one for one in json.loads(capsys.readouterr().out)}
    rights: dict[str, str] = found["rights"]
    return rights


def _lacking(site: Site, capsys: pytest.CaptureFixture[str]) -> dict[str, str] | None:
    rights = _rights(site, capsys)
    return rights if rights["level"] == "FAIL" else None


@contextmanager
def _without_events(site: Site) -> Iterator[None]:
    role = site.get("role", "podium")
    assert role is not None
    rules = [rule for rule in role["rules"] if rule["resources"] != ["events"]]
    assert len(rules) < len(role["rules"])
    patch = ("patch", "role", "podium", "--type=merge", "-p")
    site.kubectl(*patch, json.dumps({"rules": rules}))
    try:
        yield
    finally:
        site.kubectl(*patch, json.dumps({"rules": role["rules"]}))


def test_who_may_not_look_is_told_what_to_ask_for(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = site.cluster.kubeconfig_for(
        "default", tmp_path / "stranger", namespace=site.namespace
    )
    flags = ("--kubeconfig", str(stranger), "-n", site.namespace)

    assert main(["status", *flags]) == 1
    assert main(["doctor", *flags]) == 1
    out, err = capsys.readouterr()
    assert 'cannot list resource "orchestrators"' in err
    assert "ask for that right" in err
    assert "not looked at" in out


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
