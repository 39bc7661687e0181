"""`podium explain`: the recorded decision again, in sentences, as JSON, and when it cannot be."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.property.operator.moments import Lived, pasts
from tests.unit.operator.scaling.cases import POOL, SEASONED, demand, inputs
from tests.unit.operator.shell.world import World

from podium_operator.api.status import decision_status
from podium_operator.command.cli import main
from podium_operator.command.cluster import UnreadableError
from podium_operator.command.explain import explain, explain_settled
from podium_operator.command.explanation import explained
from podium_operator.scaling import decide
from podium_operator.scaling.recording import read, record

AT = "2026-01-02T03:04:05Z"


@pytest.fixture
async def world() -> World:
    world = World()
    await world.begin()
    await world.settle()
    world.open_streams(6)
    await world.step(seconds=6)
    return world


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "decision.json"
    path.write_text(record(inputs(demand(5), pools=[POOL]), window=SEASONED, at=AT))
    return path


async def test_a_person_reads_what_was_decided_and_that_it_is_the_same_again(world: World) -> None:
    said = (await explain(world.kube, "home", namespace="media")).as_text()

    assert said.startswith("media/home: decision ")
    assert "6 open streams keep" in said
    assert "Made again from its record, the decision is the same." in said
    assert "cpu: 0 ready, 0 starting; the load wants 6; asked for 4, bound by Max" in said
    assert "Earlier" in said


async def test_a_program_gets_everything_that_went_in(world: World) -> None:
    said = (await explain(world.kube, "home", namespace="media")).as_data()

    assert said["replaysTheSame"] is True
    assert said["decision"]["terms"]["streams"] == 6
    assert said["record"]["inputs"]["demand"][0]["load_class"] == "h264/1280x720@30"


async def test_a_decision_that_comes_out_otherwise_is_told(world: World) -> None:
    body = await world.orchestrator()
    body["status"]["decision"]["pools"][0]["desired"] = 3
    await world.kube.replace(body)

    explanation = await explain(world.kube, "home", namespace="media")

    assert explanation.differences == ("cpu: 3 then, 4 now",)
    assert "the decision differs:\n    cpu: 3 then, 4 now" in explanation.as_text()


@settings(max_examples=200)
@given(past=pasts)
def test_what_a_status_shows_of_any_decision_comes_out_again(past: Lived) -> None:
    decision, _ = decide(past.moment, window=past.window)
    shown = decision_status(decision, at=AT).model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    status = json.loads(json.dumps({"decision": shown}))

    explanation = explained(
        read(record(past.moment, window=past.window, at=AT)), title="home", status=status
    )

    assert explanation.differences == ()


async def test_every_term_that_comes_out_otherwise_is_told(world: World) -> None:
    body = await world.orchestrator()
    shown = body["status"]["decision"]
    shown["hold"], shown["terms"]["kappa"] = "Stale", 1.25
    shown["surge"]["why"], shown["pools"][0]["bound"] = "because", "Load"
    del shown["terms"]["pace"]
    await world.kube.replace(body)

    explanation = await explain(world.kube, "home", namespace="media")

    assert explanation.differences == (
        "hold: Stale then,  now",
        "terms.kappa: 1.25 then, 1.0 now",
        "surge.why: because then, there is no overflow pool now",
        "cpu.bound: Load then, Max now",
    )


async def test_a_record_that_is_about_to_follow_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = await world.orchestrator()
    body["status"]["decision"]["id"] += 1
    await world.kube.replace(body)

    async def follow(_seconds: float) -> None:
        body = await world.orchestrator()
        body["status"]["decision"]["id"] -= 1
        await world.kube.replace(body)

    monkeypatch.setattr("podium_operator.command.explain.asyncio.sleep", follow)

    explanation = await explain_settled(world.kube, "home", namespace="media")

    assert explanation.differences == ()


async def test_waiting_for_a_record_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = await world.orchestrator()
    body["status"]["decision"]["id"] += 1
    await world.kube.replace(body)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("podium_operator.command.explain.asyncio.sleep", pause)

    explanation = await explain_settled(world.kube, "home", namespace="media")

    assert "a newer or older one" in explanation.differences[0]
    assert sum(pauses) == 10


async def test_another_decision_in_status_is_told(world: World) -> None:
    body = await world.orchestrator()
    body["status"]["decision"]["id"] += 1
    await world.kube.replace(body)

    explanation = await explain(world.kube, "home", namespace="media")

    assert "status shows decision" in explanation.differences[0]


async def test_what_is_not_there_is_named(world: World) -> None:
    with pytest.raises(UnreadableError, match="no Orchestrator 'other' in namespace 'media'"):
        await explain(world.kube, "other", namespace="media")

    world.kube.objects.pop(("ConfigMap", "media", "home-scaling"))
    with pytest.raises(UnreadableError, match="home has no recorded decision yet"):
        await explain(world.kube, "home", namespace="media")


async def test_a_spoiled_record_is_refused_and_not_believed(world: World) -> None:
    await world.spoil("ConfigMap", "home-scaling", data={"decision.json": '{"at": 1}'})
    with pytest.raises(UnreadableError, match="the record cannot be read"):
        await explain(world.kube, "home", namespace="media")

    await world.spoil("ConfigMap", "home-scaling", data={})
    with pytest.raises(UnreadableError, match="no recorded decision yet"):
        await explain(world.kube, "home", namespace="media")


def test_a_file_is_explained_without_a_cluster(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--record", str(recorded)]) == 0

    decision, _ = decide(inputs(demand(5), pools=[POOL]), window=SEASONED)
    assert decision.text in capsys.readouterr().out


def test_a_record_that_holds_a_terminals_orders_gives_none(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.write_text(recorded.read_text().replace('"name":"cpu"', '"name":"\\u001b[2Jcpu"'))

    assert main(["explain", "--record", str(recorded)]) == 0

    said = capsys.readouterr().out
    assert "cpu" in said
    assert "\x1b" not in said


def test_the_same_as_json(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--record", str(recorded), "-o", "json"]) == 0

    assert json.loads(capsys.readouterr().out)["decision"]["pools"][0]["desired"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["explain"], "name an Orchestrator", id="nothing named"),
        pytest.param(["explain", "--record", "/nowhere/x"], "cannot be read", id="no file"),
        pytest.param(
            ["explain", "home", "--kubeconfig", "/nowhere/config"],
            "name one by --kubeconfig",
            id="no cluster",
        ),
    ],
)
def test_a_failure_says_what_to_do(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1

    assert message in capsys.readouterr().err
