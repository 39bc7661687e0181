"""`podium logs ORCHESTRATOR`: what its pods say, all of them together, each line with its pod."""

import argparse
import asyncio
from collections.abc import Callable
from typing import Any

from podium_operator.api import names
from podium_operator.command.cluster import add_cluster_flags, connected
from podium_operator.command.output import harmless, say
from podium_operator.command.pods import add_pod_flags, chosen_pods
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError
from podium_operator.kube.pods import PodKube

__all__ = ["LOGS", "tell"]


async def tell(
    kube: PodKube, pods: list[Body], *, say: Callable[[str], object], **query: Any
) -> None:
    """Say every line of the pods' logs, as they come, behind the pod's name."""

    async def one(pod: Body) -> None:
        meta = pod["metadata"]
        container = meta.get("labels", {}).get(names.COMPONENT_LABEL, "")
        try:
            lines = kube.log_lines(meta["namespace"], meta["name"], container=container, **query)
            async for line in lines:
                say(f"{meta['name']}  {line}")
        except KubeError as error:
            say(f"{meta['name']}  ({error})")

    # Not a TaskGroup: where nobody listens any more, that one error is all there is to tell.
    await asyncio.gather(*map(one, pods))


def _lines(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines: type --tail 20")
    return int(text)


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_pod_flags(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--tail", type=_lines, default=20, help="lines of each pod (20)")
    parser.add_argument("--previous", action="store_true", help="of the containers before these")
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    query = {"tailLines": chosen.tail}
    query |= {"follow": "true"} if chosen.follow else {}
    query |= {"previous": "true"} if chosen.previous else {}
    async with connected(chosen.kubeconfig) as kube:
        pods = await chosen_pods(kube, chosen)
        await tell(kube, pods, say=lambda line: say(harmless(line)), **query)
    return Answer("")


LOGS = Verb(
    name="logs",
    help="what an Orchestrator's pods say, all of them together",
    arguments=_arguments,
    run=_run,
)
