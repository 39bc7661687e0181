"""The pages' commands on a real cluster, word for word, from installing to removing.

One story: install.md installs, the other pages' commands are run beside an Orchestrator that
serves, then install.md upgrades and removes. The images have the names that the pages give them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cluster.operators import define
from tests.devcluster.cluster import Cluster
from tests.devcluster.images import build, load_into
from tests.docs.book import COMMAND_PAGES, commands_of
from tests.docs.catalogue import Where, rule_of
from tests.docs.commands import Command
from tests.docs.loading import load_named
from tests.docs.shell import Done, Reader
from tests.docs.workplace import environment_of_a_reader, lay_out_checkout
from tests.release.version import stated_version
from tests.support.ports import free_port

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

_INSTALL, _OPERATIONS = "docs/install.md", "docs/operations.md"
_FIRST = "docs/first-orchestrator.md"  # has a test of its own
_RUNBOOKS = "docs/runbooks/"
_REGISTRY = "registry.example.com"
_TAGS = (stated_version(), "0.2.0")  # of the installation and of the upgrade on the page
_BEGINNING = "## Upgrading"
_PODS = "kubectl get pods -o name --field-selector=status.phase=Running"
# A machine of two cores has no room for the transcoders of two: which one comes back is chance.
_ROOM = "kubectl -n media delete orchestrators --all --wait"
_LOSS = (
    "kubectl delete orchestrators --all -A --wait",
    "kubectl delete secrets,configmaps -A -l app.kubernetes.io/managed-by=podium-operator",
)
_READY = "kubectl wait --for=condition=Ready orchestrator/home --timeout=240s"
_SCENE = """kubectl get orchestrators,deployments,statefulsets,pods,secrets,configmaps -A -o wide
kubectl get events -A --sort-by=.lastTimestamp | tail -n 40
kubectl get orchestrator home -o yaml
kubectl -n podium-system logs deployment/podium --tail=40"""


def _pages() -> list[str]:
    """Name the pages whose commands are run beside a serving Orchestrator, but the runbooks."""
    elsewhere = {_INSTALL, _OPERATIONS, _FIRST}
    names = (page.name for page in COMMAND_PAGES if page.name not in elsewhere)
    pages = (name for name in names if not name.startswith(_RUNBOOKS))
    return [name for name in pages if any(map(_is_ours, commands_of(name)))]


def _is_ours(command: Command) -> bool:
    rule = rule_of(command)
    return rule is not None and rule.where is Where.CLUSTER


@pytest.fixture(scope="module")
def reader(own_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Someone who has installed Podium as install.md says, and has one Orchestrator that serves."""
    images = build(report=print)
    load_into(own_cluster, images, report=print)
    for place in (_REGISTRY, "localhost"):
        load_named(own_cluster, images, place=place, tags=_TAGS)
    define(own_cluster)
    folder = lay_out_checkout(tmp_path_factory.mktemp("reader"))
    environment = environment_of_a_reader(KUBECONFIG=str(own_cluster.kubeconfig))
    # The page's port, by another one here: another checkout's tests may have that.
    ports = {"8090": f"{free_port()}:8090"}
    words = {"NAME": "home", "NAMESPACE": "default", "POOL": "cpu", **ports}
    with Reader(folder, environment, words) as reader:
        try:
            for command in _until(_BEGINNING):
                _run(reader, command)
            _await_ready(reader)
            pods = reader.run(f"{_PODS} -l podium.video/pool=cpu").said.split()
            pod = next(
                word for word in pods if word.startswith("pod/")
            )  # past what kubectl warns of
            reader.words = {**words, "POD": pod.removeprefix("pod/")}
            yield reader
        finally:
            reader.run("kubectl delete orchestrators --all -A --ignore-not-found")
            reader.run("helm -n podium-system uninstall podium --ignore-not-found")
            reader.run(
                "kubectl delete namespace podium-system media --ignore-not-found --wait=false"
            )
            define(own_cluster)


@pytest.mark.slow
def test_what_runbooks_look_at_can_be_looked_at(reader: Reader) -> None:
    runbooks = (page.name for page in COMMAND_PAGES if page.name.startswith(_RUNBOOKS))
    distinct = {command.flat: command for command in commands_of(*runbooks) if _is_ours(command)}

    for command in distinct.values():
        _run(reader, command)


@pytest.mark.parametrize("page", _pages())
def test_the_commands_of_a_page_work(page: str, reader: Reader) -> None:
    known = {command.flat for command in commands_of(_INSTALL)}

    for command in commands_of(page):
        if _is_ours(command) and command.flat not in known:
            _run(reader, command)


def test_what_was_saved_brings_a_lost_cluster_back(reader: Reader) -> None:
    mine = [command for command in commands_of(_OPERATIONS) if _is_ours(command)]
    first = next(place for place, command in enumerate(mine) if command.flat.startswith("jq "))

    _expect(reader.run(_ROOM))
    for command in mine[:first]:
        _run(reader, command)
    for deed in _LOSS:
        _expect(reader.run(deed))
    for command in mine[first:]:
        _run(reader, command)

    _await_ready(reader)


def test_upgrading_and_removing_work(reader: Reader) -> None:
    for command in commands_of(_INSTALL):
        if _is_ours(command) and command not in _until(_BEGINNING):
            _run(reader, command)

    assert "orchestrators.podium.video" not in reader.run("kubectl get crd -o name").said


def _until(heading: str) -> list[Command]:
    """List our commands of install.md above a heading."""
    lines = (Path(__file__).parents[2] / _INSTALL).read_text().splitlines()
    end = lines.index(heading) + 1
    return [one for one in commands_of(_INSTALL) if one.line < end and _is_ours(one)]


def _run(reader: Reader, command: Command) -> None:
    rule = rule_of(command)
    assert rule is not None
    done = reader.start(command.text) if rule.lasts else reader.run(command.text)
    _expect(done, statuses=rule.statuses)


def _await_ready(reader: Reader) -> None:
    """Wait until the Orchestrator serves; show what stands in its way where it does not."""
    done = reader.run(_READY)
    assert not done.status, f"{done.said}\n{reader.run(_SCENE).said}"


def _expect(done: Done, *, statuses: tuple[int, ...] = (0,)) -> None:
    assert done.status in statuses, f"$ {done.command}\n{done.said}"
