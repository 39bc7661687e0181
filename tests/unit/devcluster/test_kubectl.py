"""How kubectl is called and read, with a small program in its place."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from tests.devcluster.errors import KubectlError, WaitError
from tests.devcluster.kubectl import Kubectl, Object, written

CALLS = "calls.jsonl"
STAND_IN = """\
#!{python}
import json, pathlib, sys, time
here = pathlib.Path(__file__).parent
argv = sys.argv[1:]
script = json.loads((here / "script.json").read_text())
answer = script["watch"] if "--watch" in argv else script["run"]
record = {{"argv": argv, "stdin": "" if sys.stdin.isatty() else sys.stdin.read()}}
with (here / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps(record) + "\\n")
sys.stderr.write(answer.get("stderr", ""))
sys.stdout.write(answer.get("stdout", ""))
sys.stdout.flush()
time.sleep(answer.get("seconds", 0))
sys.exit(answer.get("code", 0))
"""


class StandIn:
    """A program that answers as told and notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "kubectl"
        program.write_text(STAND_IN.format(python=sys.executable))
        program.chmod(0o755)
        self.tool = Kubectl(program, folder / "config")

    def answers(self, run: Object, watch: Object | None = None) -> Kubectl:
        script = json.dumps({"run": run, "watch": watch or {}})
        (self._folder / "script.json").write_text(script)
        return self.tool

    def calls(self) -> list[Object]:
        return [json.loads(line) for line in (self._folder / CALLS).read_text().splitlines()]


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


def test_a_call_names_kubeconfig_and_namespace(stand_in: StandIn, tmp_path: Path) -> None:
    tool = stand_in.answers({"stdout": "said"})

    assert tool.run("get", "pods", namespace="a") == "said"

    expected = ["--kubeconfig", str(tmp_path / "config"), "--namespace", "a", "get", "pods"]
    assert stand_in.calls()[0]["argv"] == expected


def test_a_failure_carries_what_kubectl_complained_of(stand_in: StandIn) -> None:
    tool = stand_in.answers({"stderr": "pods is forbidden\n", "code": 1})

    with pytest.raises(KubectlError, match=r"^kubectl get pods: pods is forbidden$"):
        tool.run("get", "pods")


def test_a_call_that_does_not_end_is_ended(stand_in: StandIn) -> None:
    tool = stand_in.answers({"seconds": 60})

    with pytest.raises(KubectlError, match=r"took longer than 0\.2 s"):
        tool.run("get", "pods", timeout_seconds=0.2)


def test_an_absent_object_is_none(stand_in: StandIn) -> None:
    tool = stand_in.answers({"stdout": ""})

    assert tool.get("pod", "a") is None


def test_objects_are_applied_on_the_servers_side(stand_in: StandIn) -> None:
    tool = stand_in.answers({})

    tool.apply([{"kind": "A"}, {"kind": "B"}])

    call = stand_in.calls()[0]
    assert "--server-side" in call["argv"]
    assert list(yaml.safe_load_all(call["stdin"])) == [{"kind": "A"}, {"kind": "B"}]


def test_an_object_that_is_as_wanted_needs_no_watch(stand_in: StandIn) -> None:
    tool = stand_in.answers({"stdout": '{"phase": "Running"}'})

    found = tool.wait_for("pod", "a", lambda pod: pod and pod["phase"] == "Running")

    assert found == {"phase": "Running"}
    assert len(stand_in.calls()) == 1


def test_events_are_read_until_one_is_as_wanted(stand_in: StandIn) -> None:
    objects = [{"phase": phase} for phase in ("Pending", "Running", "Failed")]
    events = "\n".join(json.dumps({"type": "MODIFIED", "object": o}, indent=1) for o in objects)
    tool = stand_in.answers({"stdout": ""}, {"stdout": events, "seconds": 60})

    found = tool.wait_for("pod", "a", lambda pod: pod and pod["phase"] == "Running")

    assert found == {"phase": "Running"}


def test_a_deletion_is_seen_as_absence(stand_in: StandIn) -> None:
    event = json.dumps({"type": "DELETED", "object": {}})
    tool = stand_in.answers({"stdout": '{"a": 1}'}, {"stdout": event, "seconds": 60})

    assert tool.wait_for("pod", "a", lambda pod: pod is None) is None


def test_what_is_there_is_seen_also_without_any_time(stand_in: StandIn) -> None:
    tool = stand_in.answers({"stdout": '{"phase": "Running"}'})

    assert tool.wait_for("pod", "a", lambda pod: pod, timeout_seconds=0) == {"phase": "Running"}


def test_what_never_comes_is_told_with_the_last_that_was_seen(stand_in: StandIn) -> None:
    tool = stand_in.answers({"stdout": '{"phase": "Pending"}'}, {"seconds": 60})

    with pytest.raises(WaitError, match=r'pod/a was not as wanted in 0\.5 s.*"Pending"'):
        tool.wait_for("pod", "a", lambda _: False, timeout_seconds=0.5)


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        pytest.param("a: 1\n", "a: 1\n", id="text is taken as it stands"),
        pytest.param({"a": 1}, "a: 1\n", id="an object is written"),
        pytest.param([{"a": 1}, {"b": 2}], "a: 1\n---\nb: 2\n", id="objects are kept apart"),
    ],
)
def test_manifests_become_yaml(manifest: str | Object | list[Object], text: str) -> None:
    assert written(manifest) == text


def test_a_manifests_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")

    assert written(path) == "a: 1\n"
