"""`podium explain --no-work`: the live page's checks over what a stranger to the leader can see."""

import io
from typing import Any

import pytest
from rich.console import Console
from tests.support.fake_pods import FakePods
from tests.unit.operator.command.answers import answer, node_pod

from podium_operator.api import names
from podium_operator.command.cli import main
from podium_operator.command.cluster import UnreadableError
from podium_operator.command.nowork import Causes, causes
from podium_operator.endpoint_call import Answer, Outcome
from podium_operator.kube.errors import ForbiddenError, KubeError, UnreachableError

READY = {"type": "Ready", "status": "True", "reason": "Ready"}
BROKEN = {"type": "Ready", "status": "False", "reason": "NoNode", "message": "none is up"}
POOLS = [{"name": "cpu", "hardware": {"type": "cpu"}}]


async def _world(
    spec: dict[str, Any] | None = None,
    *,
    ready: dict[str, str] = READY,
    page: bytes | KubeError | None = None,
) -> FakePods:
    kube = FakePods()
    body = {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": {"name": "home", "namespace": "media", "uid": "u", "generation": 1},
        "spec": {"pools": POOLS, **(spec or {})},
        "status": {"conditions": [ready]},
    }
    for one in (body, node_pod()):
        await kube.create(one)
    kube.pages["home-node-0"] = answer() if page is None else page
    return kube


async def _causes(kube: FakePods, outcome: Outcome = Outcome.OK) -> Causes:
    async def call(_: str) -> Answer:
        return Answer(outcome)

    (one,) = await causes(kube, namespace="media", name="home", call=call)
    return one


def _drawn(one: Causes) -> str:
    console = Console(file=io.StringIO(), width=1000)
    console.print(one.as_text())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_nothing_keeps_work_away_and_what_cannot_be_told_is_counted() -> None:
    one = await _causes(await _world())

    assert not one.keeps_work_away
    assert _drawn(one).startswith(
        "media/home: nothing that is measured keeps work away, 2 cannot be told\n"
    )
    assert "0 of 8 sessions are in use" in _drawn(one)


@pytest.mark.parametrize(
    ("made", "check", "text"),
    [
        pytest.param({"ready": BROKEN}, "ready", "NoNode: none is up", id="not ready"),
        pytest.param({"spec": {"paused": True}}, "paused", "spec.paused", id="paused"),
        pytest.param({"page": answer(room=0)}, "capacity", "no slot is ready", id="no slot"),
        pytest.param(
            {"page": answer(total=8)}, "capacity", "8 of 8 sessions are in use", id="full"
        ),
        pytest.param(
            {"page": answer(refused=3)}, "refusals", "3 sessions were refused", id="refusals"
        ),
    ],
)
async def test_what_keeps_work_away_is_named(made: dict[str, Any], check: str, text: str) -> None:
    one = await _causes(await _world(**made))

    (found,) = [reason for reason in one.reasons if reason.holds is False]
    assert one.keeps_work_away
    assert found.check == check
    assert text in found.text
    assert f"work is kept away: {check}" in _drawn(one)


@pytest.mark.parametrize(
    ("outcome", "holds"),
    [
        pytest.param(Outcome.OK, True, id="it answers"),
        pytest.param(Outcome.REFUSED, True, id="a full node answers, too"),
        pytest.param(Outcome.TIMEOUT, False, id="nobody answers"),
    ],
)
async def test_the_address_that_is_told_to_the_world_is_asked(
    outcome: Outcome, *, holds: bool
) -> None:
    kube = await _world({"node": {"advertisedAddress": "https://o.example:8935"}})
    one = await _causes(kube, outcome)

    (found,) = [reason for reason in one.reasons if reason.check == "reachable"]
    assert found.holds is holds
    assert "https://o.example:8935" in found.text


async def test_an_address_of_the_clusters_own_is_not_asked_from_elsewhere() -> None:
    one = await _causes(await _world(), Outcome.NO_NAME)

    assert "reachable" not in {reason.check for reason in one.reasons}


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param(ForbiddenError("403"), "`get` `pods/proxy`", id="no right to ask"),
        pytest.param(UnreachableError("503"), "NetworkPolicy", id="no answer"),
    ],
)
async def test_what_nodes_do_not_tell_is_not_known_and_no_fault(
    page: KubeError, expected: str
) -> None:
    one = await _causes(await _world(page=page))

    found = {reason.check: reason for reason in one.reasons}
    assert [found[check].holds for check in ("capacity", "refusals", "nodes")] == [None] * 3
    assert expected in found["nodes"].text
    assert not one.keeps_work_away


async def test_no_node_pod_at_all_keeps_everybody_away() -> None:
    kube = await _world()
    del kube.objects["Pod", "media", "home-node-0"]
    one = await _causes(kube)

    assert "nodes" in {reason.check for reason in one.reasons if reason.holds is False}


async def test_a_program_gets_the_verdict_and_every_check() -> None:
    data = (await _causes(await _world(page=answer(room=0)))).as_data()

    assert data["orchestrator"] == "media/home"
    assert data["keepsWorkAway"] is True
    assert {"check", "holds", "text"} == set(data["reasons"][0])


async def test_a_spec_that_cannot_be_read_is_told_by_its_condition() -> None:
    spec = {"pools": [], "node": {"advertisedAddress": "https://o.example:8935"}}
    one = await _causes(await _world(spec, ready=BROKEN))

    assert one.keeps_work_away


async def test_a_namespace_without_any_says_where_to_look() -> None:
    with pytest.raises(UnreadableError, match="name another by -n"):
        await causes(FakePods(), namespace="media", name=None)


def test_a_record_has_no_gateways(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--no-work", "--record", "-"]) == 1
    assert "leave --record out" in capsys.readouterr().err
