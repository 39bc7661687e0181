"""How a cluster begins and ends: once, whole, and without leaving anything behind.

On a cluster of its own, beside the one that other tests share, since it is killed here.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.devcluster import Cluster, connect
from tests.devcluster.borrowed_tools import tools_pod
from tests.devcluster.cgroups import groups, survey_machine
from tests.devcluster.control import Control, find_control
from tests.devcluster.layout import Home, foreign_kubeconfig, home
from tests.devcluster.node import GPU_RESOURCE, GPU_RUNTIME
from tests.devcluster.pretended import PRETENDED
from tests.devcluster.request import Request, build_request
from tests.devcluster.session import borrowed_cluster
from tests.devcluster.starting import down, is_running, up
from tests.support.patience import look_until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(foreign_kubeconfig() is not None, reason="about the cluster started here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="starting a cluster takes root"),
]

_END_SECONDS = 90


@dataclass(frozen=True)
class Spare:
    """A cluster by a name of its own."""

    environment: dict[str, str]
    home: Home

    def up(self, request: Request) -> list[str]:
        """Start or grow it, and return what was reported."""
        lines: list[str] = []
        up(self.home, request, report=lines.append)
        return lines

    def cluster(self) -> Cluster:
        return connect(self.environment)


@pytest.fixture(scope="module")
def spare() -> Iterator[Spare]:
    outer = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    environment = {**outer, "PODIUM_CLUSTER": f"spare-{os.getpid()}"}
    found = Spare(environment, home(environment))
    try:
        yield found
    finally:
        down(found.home, report=print)
        _remove_store(found.home)


@pytest.fixture
def running(spare: Spare) -> Cluster:
    """The spare cluster, started if the test before ended it."""
    spare.up(Request())
    return spare.cluster()


def test_up_starts_nothing_where_a_cluster_runs(spare: Spare, running: Cluster) -> None:
    first = find_control(spare.home.control)

    assert spare.up(Request()) == []

    again = find_control(spare.home.control)
    assert first is not None
    assert again is not None
    assert first.pid == again.pid


def test_a_second_node_takes_the_pods_that_ask_for_its_gpus(spare: Spare, running: Cluster) -> None:
    taint = f"node-1:{GPU_RESOURCE}=present:NoSchedule"
    spare.up(build_request(2, labels=["node-1:tier=gpu"], taints=[taint], gpus=["node-1:2"]))
    pod = tools_pod(
        "gpu",
        "exec sleep 60",
        runtimeClassName=GPU_RUNTIME,
        nodeSelector={"tier": "gpu"},
        tolerations=[{"key": GPU_RESOURCE, "operator": "Exists"}],
    )
    pod["spec"]["containers"][0]["resources"] = {"limits": {GPU_RESOURCE: "2"}}

    running.apply(pod)

    seen = running.wait_for("pod", "gpu", _is_running)
    assert seen is not None
    assert seen["spec"]["nodeName"] == "node-1"
    assert seen["status"]["podIP"].startswith("10.244.1.")


def test_pretended_nodes_take_the_pods_that_tolerate_them(spare: Spare, running: Cluster) -> None:
    spare.up(build_request(1, pretended_nodes=3))
    tolerations = [{"key": PRETENDED, "operator": "Exists"}]
    pod = tools_pod("pretended", "", tolerations=tolerations, nodeSelector={PRETENDED: "true"})

    running.apply(pod)

    seen = running.wait_for("pod", "pretended", _is_running)
    assert seen is not None
    assert seen["spec"]["nodeName"].startswith("pretended-")


def test_nothing_is_left_when_the_first_process_is_killed(spare: Spare, running: Cluster) -> None:
    control = find_control(spare.home.control)
    assert control is not None
    with _network_of(control) as network:
        assert _traces(spare.home, network)

        os.kill(control.pid, signal.SIGKILL)

        assert _until_gone(spare.home, network) == []


def test_up_after_a_kill_starts_again_and_forgets_the_pods(spare: Spare) -> None:
    lines = spare.up(Request())

    assert lines[0] == "removed what an earlier cluster had left"
    assert spare.cluster().kubectl_json("get", "pods", "-A")["items"] == []


def test_a_cluster_that_a_person_started_outlives_the_tests_that_borrow_it(
    spare: Spare, running: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(spare, monkeypatch)

    with borrowed_cluster():
        pass

    assert is_running(spare.home)


def test_nothing_is_left_after_down(spare: Spare, running: Cluster) -> None:
    control = find_control(spare.home.control)
    assert control is not None
    command = running.enter_command(["sleep", "600"])

    with _network_of(control) as network, _guest(command, network) as guest:
        assert down(spare.home, report=print)
        assert guest.wait(timeout=60) != 0

        assert _until_gone(spare.home, network) == []
    assert not spare.home.root.exists()
    assert not down(spare.home, report=print)


def test_a_cluster_that_tests_started_ends_with_the_last_that_uses_it(
    spare: Spare, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(spare, monkeypatch)

    with borrowed_cluster():
        with borrowed_cluster() as again:
            assert again.get("node", "node-0") is not None
        assert is_running(spare.home)

    assert not is_running(spare.home)


def test_nothing_is_left_of_a_start_that_is_interrupted(spare: Spare) -> None:
    heeding = ["env", "--default-signal=INT"]  # a shell's background job would ignore it
    command = [*heeding, sys.executable, "-m", "tests.devcluster", "up"]

    with subprocess.Popen(
        command, env=spare.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "containerd is up" in line:
                process.send_signal(signal.SIGINT)

    assert process.returncode == 130
    assert _until_gone(spare.home, None) == []
    assert not spare.home.root.exists()


@contextmanager
def _network_of(control: Control) -> Iterator[int]:
    """Know the network by its number, and hold it so that no other one gets that number."""
    with control.namespace("net").open("rb") as held:
        yield os.fstat(held.fileno()).st_ino


@contextmanager
def _guest(command: list[str], network: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program inside the network; killed at the end, whatever became of it."""
    with subprocess.Popen(command) as guest:
        try:
            place = Path(f"/proc/{guest.pid}/ns/net")
            look_until(lambda: place.stat().st_ino == network, "the guest is inside")
            yield guest
        finally:
            guest.kill()


def _choose(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_CLUSTER", spare.home.name)
    monkeypatch.delenv("KUBECONFIG", raising=False)


def _is_running(pod: dict[str, dict[str, str]] | None) -> bool:
    return pod is not None and pod["status"].get("phase") == "Running"


def _traces(place: Home, network: int | None) -> list[str]:
    """List what can be seen of a cluster from outside: processes, mounts, cgroups."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    return [
        *(line for line in mounts if str(place.root) in line),
        *(f"cgroup {group}" for group in groups(survey_machine(), place.cgroup_prefix)),
        *_processes(place, network),
    ]


def _processes(place: Home, network: int | None) -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            inside = (entry / "ns" / "net").stat().st_ino == network
        except OSError:
            continue
        if inside or str(place.root) in words:
            yield f"process {entry.name} {words}"


def _until_gone(place: Home, network: int | None) -> list[str]:
    """Look until nothing is left, within a bound: the last cgroup goes a moment later."""
    until = time.monotonic() + _END_SECONDS
    while (left := _traces(place, network)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def _remove_store(place: Home) -> None:
    shutil.rmtree(place.store, ignore_errors=True)
    for path in (place.lock, place.users):
        path.unlink(missing_ok=True)
