"""`podium`'s verbs over an API server in memory, and what it says to mistakes."""

import argparse
import io
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from rich.console import Console, RenderableType
from tests.support.fake_pods import FakePods

from podium_operator.api import names
from podium_operator.command.cli import VERBS, main
from podium_operator.command.cluster import UnreadableError, namespace_of
from podium_operator.command.drain import drain
from podium_operator.command.logs import tell
from podium_operator.command.pausing import set_paused
from podium_operator.command.pods import chosen_pods
from podium_operator.command.standing import standing
from podium_operator.command.status import fleet, in_detail, orchestrators
from podium_operator.command.support import pages
from podium_operator.command.top import pictures
from podium_operator.kube.client import Body
from podium_operator.kube.errors import UnreachableError

READY = {"type": "Ready", "status": "True", "reason": "Ready", "lastTransitionTime": "2026-01-01"}
STATUS = {
    "conditions": [READY],
    "summary": {"pods": "2/3", "nodes": "1/1", "sessions": "5/8", "backlog": "0.4s"},
    "pools": [{"name": "cpu", "desired": 3, "ready": 2, "pending": 1, "busy": 4, "slots": 8}],
    "decision": {"text": "3 pods for 5 streams", "pools": [{"name": "cpu", "bound": "Load"}]},
    "recentDecisions": [{"id": 1, "at": "2026-01-01T00:00:00Z", "text": "1 pod, the minimum"}],
}
SPEC = {"pools": [{"name": "cpu", "hardware": {"type": "cpu"}}]}


def _orchestrator(name: str = "home", **status: object) -> Body:
    meta = {"name": name, "namespace": "media"}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": meta,
        "spec": SPEC,
        "status": {**STATUS, **status},
    }


def _pod(name: str, part: str = "transcoder", node: str = "a") -> Body:
    labels = {
        names.INSTANCE_LABEL: "home",
        names.COMPONENT_LABEL: part,
        names.MANAGED_BY_LABEL: names.MANAGED_BY_VALUE,
        **({names.POOL_LABEL: "cpu"} if part == "transcoder" else {}),
    }
    meta = {"name": name, "namespace": "media", "labels": labels}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"nodeName": node}}


@pytest.fixture
async def kube() -> FakePods:
    kube = FakePods()
    for body in (_orchestrator(), _pod("cpu-1"), _pod("cpu-2"), _pod("home-node-0", "node")):
        await kube.create(body)
    return kube


def _drawn(picture: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(picture)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def _meaning(**flags: object) -> argparse.Namespace:
    usual = {"orchestrator": "home", "namespace": "media", "part": None, "pool": None, "pod": None}
    return argparse.Namespace(**{**usual, **flags})


async def test_the_fleet_is_one_line_each(kube: FakePods) -> None:
    bodies = await orchestrators(kube, namespace=None, name=None)
    said = _drawn(fleet([standing(body) for body in bodies]))

    assert said.splitlines()[1].split() == [
        "media", "home", "1/1", "2/3", "5/8", "0.4s", "True", "3", "pods", "for", "5", "streams",
    ]  # fmt: skip


async def test_one_in_detail_shows_conditions_pools_and_decisions(kube: FakePods) -> None:
    (body,) = await orchestrators(kube, namespace="media", name="home")
    said = _drawn(in_detail(standing(body)))

    assert "Ready      True" in said
    assert "cpu   cpu       2      1         3        4/8   Load" in said
    assert "1 pod, the minimum" in said


def test_what_stands_in_the_way_is_said_instead_of_the_decision() -> None:
    unready = {"type": "Ready", "status": "False", "reason": "NoNode", "message": "none is up"}

    assert standing(_orchestrator(conditions=[unready])).why == "NoNode: none is up"


def test_an_orchestrator_nobody_looked_at_points_to_the_doctor() -> None:
    assert "podium doctor" in standing({**_orchestrator(), "status": {}}).why


async def test_top_shows_the_last_picture_while_the_api_server_is_silent(kube: FakePods) -> None:
    drawn = pictures(kube, namespace=None, name=None, period_seconds=0)
    first = _drawn(await anext(drawn))
    kube.fail = lambda *_: UnreachableError("no answer")
    then = _drawn(await anext(drawn))

    assert "home" in first
    assert "home" in then
    assert "shown as it was: no answer" in then


async def test_pausing_writes_the_spec_once(kube: FakePods) -> None:
    assert await set_paused(kube, "home", namespace="media", paused=True)
    assert not await set_paused(kube, "home", namespace="media", paused=True)
    assert await set_paused(kube, "home", namespace="media", paused=False)

    body = kube.objects["Orchestrator", "media", "home"]
    assert body["spec"] == {**SPEC, "paused": False}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        pytest.param({}, ["cpu-1", "cpu-2", "home-node-0"], id="all of them"),
        pytest.param({"part": "node"}, ["home-node-0"], id="of one part"),
        pytest.param({"pool": "cpu"}, ["cpu-1", "cpu-2"], id="of one pool"),
        pytest.param({"pod": "cpu-2"}, ["cpu-2"], id="one of them"),
    ],
)
async def test_the_pods_meant(kube: FakePods, flags: dict[str, str], expected: list[str]) -> None:
    found = await chosen_pods(kube, _meaning(**flags))

    assert [pod["metadata"]["name"] for pod in found] == expected


async def test_no_pods_says_what_there_is(kube: FakePods) -> None:
    with pytest.raises(UnreadableError, match=r"no Orchestrator 'hone'.*did you mean home\?"):
        await chosen_pods(kube, _meaning(orchestrator="hone"))
    with pytest.raises(UnreadableError, match="podium pools home"):
        await chosen_pods(kube, _meaning(pool="gpu"))


async def test_draining_tells_who_leaves_and_who_must_stay(kube: FakePods) -> None:
    kube.guarded["cpu-2"] = UnreachableError("429: the disruption budget")
    text, is_good = await drain(kube, await chosen_pods(kube, _meaning(pool="cpu")))

    assert kube.evicted == ["cpu-1"]
    assert "cpu-1 finishes its segments and leaves" in text
    assert "cpu-2 must stay for now" in text
    assert not is_good


async def test_logs_come_behind_their_pods_names(kube: FakePods) -> None:
    kube.logs = {"cpu-1": ["one"], "cpu-2": ["two"]}
    said: list[str] = []
    await tell(kube, await chosen_pods(kube, _meaning(pool="cpu")), say=said.append)

    assert sorted(said) == ["cpu-1  one", "cpu-2  two"]


async def test_a_support_bundle_reads_no_secret_and_holds_none(kube: FakePods) -> None:
    secret = {"metadata": {"name": "s", "namespace": "media"}, "data": {"password": "aGlkZGVu"}}
    await kube.create({"apiVersion": "v1", "kind": "Secret", **secret})
    kube.logs["cpu-1"] = ["nats://me:hidden@queue:4222 refused"]

    written = {name: text async for name, text in pages(kube, namespace="media", server="v1.36.2")}

    assert ("list", "Secret", "") not in kube.calls
    assert not any("hidden" in text or "aGlkZGVu" in text for text in written.values())
    assert written["logs/cpu-1.log"] == "nats://queue:4222 refused\n"
    assert "home" in written["orchestrators.yaml"]
    assert "v1.36.2" in written["versions.txt"]


def test_a_bundle_is_never_written_over_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bundle.tar.gz"
    with tarfile.open(path, "w:gz"):
        pass

    assert main(["support-bundle", "--out", str(path)]) == 1
    assert "name another by --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("mistake", "hint"),
    [
        pytest.param(["stats"], "did you mean status?", id="a verb"),
        pytest.param(["status", "--namespce", "x"], "did you mean --namespace?", id="a flag"),
        pytest.param(["zzz"], "`podium --help` lists the verbs", id="nothing like it"),
    ],
)
def test_a_mistake_is_told_what_to_type(
    mistake: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(mistake)

    assert ended.value.code == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_verb(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--print-completion", shell])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(verb.name in said for verb in VERBS)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        pytest.param(["podium", "stat"], "status", id="a verb"),
        pytest.param(["podium", "chain", "pl"], "plan", id="a word behind a verb"),
        pytest.param(["podium", "status", "--names"], "--namespace", id="a flag"),
        pytest.param(["podium", "status", "-o", "j"], "json", id="a value"),
    ],
)
def test_bash_completes_what_is_begun(
    typed: list[str], completed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--print-completion", "bash"])
    script = capsys.readouterr().out
    words, last, before = " ".join(typed), typed[-1], typed[-2]
    asked = (
        f"COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _shtab_podium podium {last} {before}"
    )

    done = subprocess.run(
        ["bash"],
        input=f'{script}\n{asked}\necho "${{COMPREPLY[@]}}"',
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [completed]


def test_the_namespace_is_the_kubeconfigs(tmp_path: Path) -> None:
    path = tmp_path / "config"
    contexts = [{"name": "here", "context": {"cluster": "c", "namespace": "media"}}]
    path.write_text(yaml.safe_dump({"current-context": "here", "contexts": contexts}))

    assert namespace_of(str(path)) == "media"
    assert namespace_of(str(tmp_path / "nothing")) == "default"
