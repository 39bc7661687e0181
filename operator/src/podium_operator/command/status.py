"""`podium status [ORCHESTRATOR]` and `podium pools ORCHESTRATOR`: how things stand now."""

import argparse
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from podium_operator.command.cluster import (
    add_cluster_flags,
    add_scope_flag,
    connected,
    named,
    orchestrator,
    scope,
)
from podium_operator.command.output import add_output_flag, as_data, good_or_bad, table
from podium_operator.command.standing import (
    CONDITION_HEADS,
    FLEET_HEADS,
    POOL_HEADS,
    Standing,
    standing,
)
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import ORCHESTRATOR

__all__ = ["POOLS", "STATUS", "fleet", "in_detail", "orchestrators"]


async def orchestrators(kube: Kube, *, namespace: str | None, name: str | None) -> list[Body]:
    """Read one Orchestrator, those of a namespace, or all of them (namespace None)."""
    if name:
        return [await orchestrator(kube, namespace=namespace or "default", name=name)]
    return [body async for body in kube.list(ORCHESTRATOR, namespace)]


def fleet(standings: Sequence[Standing]) -> RenderableType:
    """Draw one line per Orchestrator."""
    if not standings:
        return Text("no Orchestrators here: look everywhere with -A, or apply one")
    return table(FLEET_HEADS, ([*one.row, good_or_bad(one.ready), one.why] for one in standings))


def in_detail(one: Standing) -> RenderableType:
    """Draw one Orchestrator: its line, its conditions, its pools, its last decisions."""
    return Group(*_parts(one))


def _parts(one: Standing) -> Iterator[RenderableType]:
    yield fleet([one])
    yield Text()
    conditions = (
        (kind, good_or_bad(verdict), since, why) for kind, verdict, since, why in one.conditions()
    )
    yield table(CONDITION_HEADS, conditions)
    yield Text()
    yield table(POOL_HEADS, one.pools())
    recent = one.status.get("recentDecisions") or ()
    if recent:
        yield Text()
        rows = ((str(past.get("at")), str(past.get("text"))) for past in reversed(recent[-5:]))
        yield table(("DECIDED", "WHY"), rows)


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("orchestrator", nargs="?", type=named, help="one of them, in detail")
    add_scope_flag(parser)
    add_output_flag(parser)
    add_cluster_flags(parser)


async def _run_status(chosen: argparse.Namespace) -> Answer:
    namespace = scope(chosen)
    async with connected(chosen.kubeconfig) as kube:
        bodies = await orchestrators(kube, namespace=namespace, name=chosen.orchestrator)
    standings = [standing(body) for body in bodies]
    bad = int(any(one.ready != "True" for one in standings))
    if chosen.output != "text":
        data = [body.get("status") or {} for body in bodies]
        return Answer(as_data(data[0] if chosen.orchestrator else data, chosen.output), status=bad)
    shown = in_detail(standings[0]) if chosen.orchestrator else fleet(standings)
    return Answer(shown, status=bad)


def _pools_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("orchestrator", type=named, help="its name")
    add_output_flag(parser)
    add_cluster_flags(parser)


async def _run_pools(chosen: argparse.Namespace) -> Answer:
    async with connected(chosen.kubeconfig) as kube:
        body = await orchestrator(kube, namespace=chosen.namespace, name=chosen.orchestrator)
    if chosen.output != "text":
        return Answer(as_data((body.get("status") or {}).get("pools") or [], chosen.output))
    return Answer(table(POOL_HEADS, standing(body).pools()))


STATUS = Verb(
    name="status",
    help="how Orchestrators stand; exits with 1 where one is not ready",
    arguments=_status_arguments,
    run=_run_status,
)
POOLS = Verb(
    name="pools",
    help="an Orchestrator's pools: pods, slots, and what bounds their size",
    arguments=_pools_arguments,
    run=_run_pools,
)
