"""`podium top`: how things stand, drawn again and again until it is interrupted."""

import argparse
import asyncio
from collections.abc import AsyncIterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from podium_operator.command.cluster import (
    add_cluster_flags,
    add_scope_flag,
    connected,
    named,
    scope,
)
from podium_operator.command.output import line
from podium_operator.command.standing import standing
from podium_operator.command.status import fleet, in_detail, orchestrators
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import UnreachableError

__all__ = ["TOP", "pictures"]

_PERIOD_SECONDS = 2.0


async def pictures(
    kube: Kube, *, namespace: str | None, name: str | None, period_seconds: float = _PERIOD_SECONDS
) -> AsyncIterator[RenderableType]:
    """Yield a picture a period; where the API server is silent, the last one and a line of why."""
    last: RenderableType = Text("waiting for the API server")
    while True:
        try:
            last = await _picture(kube, namespace=namespace, name=name)
            yield last
        except UnreachableError as error:
            yield Group(last, line(f"\nshown as it was: {error}", style="red"))
        await asyncio.sleep(period_seconds)


async def _picture(kube: Kube, *, namespace: str | None, name: str | None) -> RenderableType:
    bodies = await orchestrators(kube, namespace=namespace, name=name)
    standings = [standing(body) for body in bodies]
    return in_detail(standings[0]) if name else fleet(standings)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("orchestrator", nargs="?", type=named, help="one of them, in detail")
    parser.add_argument("--once", action="store_true", help="draw once and end")
    add_scope_flag(parser)
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    namespace = scope(chosen)
    console = Console()
    async with connected(chosen.kubeconfig) as kube:
        if chosen.once or not console.is_terminal:
            return Answer(await _picture(kube, namespace=namespace, name=chosen.orchestrator))
        drawn = pictures(kube, namespace=namespace, name=chosen.orchestrator)
        with Live(console=console, screen=True, auto_refresh=False) as live:
            async for picture in drawn:
                live.update(picture, refresh=True)
    return Answer("")


TOP = Verb(
    name="top",
    help="how Orchestrators stand, live; Ctrl-C ends it",
    arguments=_arguments,
    run=_run,
)
