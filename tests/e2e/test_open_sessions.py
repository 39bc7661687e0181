"""`podium sessions` and `podium explain --no-work` beside nodes that really serve."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.places import LADDER, Home
from tests.e2e.recording import streaming
from tests.support.patience import until

from podium_operator.command.cli import main

pytestmark = pytest.mark.cluster


def _podium(home: Home, *words: str, kubeconfig: Path | None = None) -> int:
    config = kubeconfig or home.cluster.kubeconfig
    return main([*words, "-n", home.namespace, "--kubeconfig", str(config)])


async def _listed(home: Home, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the sessions that all nodes tell of; none where a node did not answer in time."""
    capsys.readouterr()
    status = await asyncio.to_thread(_podium, home, "sessions", home.name, "-o", "json")
    listing: dict[str, Any] = json.loads(capsys.readouterr().out)
    return listing["sessions"] if (status, listing["notAsked"]) == (0, []) else []


async def test_open_sessions_are_told_and_nothing_keeps_work_away(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(home.await_room, 2)
    # Its libraries take seconds to load, which streams of this process would miss.
    await asyncio.to_thread(_podium, home, "sessions", home.name)
    live: list[dict[str, Any]] = []

    async def are_live() -> bool:
        listed = await _listed(home, capsys)
        live[:] = [one for one in listed if one["segmentAgeSeconds"] < 10]
        return len({one["stream"] for one in live}) >= 2 and sum(one["done"] for one in live) >= 2

    async def is_all_well() -> bool:
        status = await asyncio.to_thread(_podium, home, "explain", "--no-work", home.name)
        said = capsys.readouterr().out
        return (status, "nothing that is measured keeps work away" in said) == (0, True)

    async with (
        home.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER) as seen,
    ):
        await seen.more(6, within_seconds=120)
        await until(are_live, "both streams are told of")
        await until(is_all_well, "nothing keeps work away")

    assert {one["node"] for one in live} <= set(home.pods("node"))
    assert all(one["loadClass"] == "h264/426x240@25+640x360@25" for one in live)


def test_who_may_not_ask_pods_reads_which_right_is_missing(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool, namespace = home.cluster, home.namespace
    tool.kubectl("create", "serviceaccount", "onlooker", namespace=namespace)
    for role, rights in (("pods", "pods"), ("orchestrators", "orchestrators.podium.video")):
        made = f"onlooker-{role}"
        verbs = ("--verb=get,list", f"--resource={rights}")
        tool.kubectl("create", "role", made, *verbs, namespace=namespace)
        subject = (f"--role={made}", f"--serviceaccount={namespace}:onlooker")
        tool.kubectl("create", "rolebinding", made, *subject, namespace=namespace)
    config = tool.kubeconfig_for("onlooker", tmp_path / "kubeconfig", namespace=namespace)

    status = _podium(home, "sessions", home.name, kubeconfig=config)
    why = capsys.readouterr().err
    _podium(home, "explain", "--no-work", home.name, kubeconfig=config)

    assert status == 1
    assert f"you may not `get` `pods/proxy` in namespace {namespace}" in why
    assert "pods/proxy" in capsys.readouterr().out
