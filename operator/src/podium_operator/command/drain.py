"""`podium drain ORCHESTRATOR`: let pods finish what they do and leave; others take their place."""

import argparse

from podium_operator.command.cluster import UnreadableError, add_cluster_flags, connected, named
from podium_operator.command.pods import add_pod_flags, chosen_pods
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, UnreachableError
from podium_operator.kube.pods import PodKube

__all__ = ["DRAIN", "drain"]


async def drain(kube: PodKube, pods: list[Body]) -> tuple[str, bool]:
    """Evict pods one by one; what became of each, and whether all were allowed to leave."""
    told, is_good = [], True
    for pod in pods:
        meta = pod["metadata"]
        try:
            await kube.evict(meta["namespace"], meta["name"])
            told.append(f"{meta['name']} finishes its segments and leaves")
        except UnreachableError as error:
            is_good = False
            told.append(f"{meta['name']} must stay for now, ask again: {error}")
        except KubeError as error:
            is_good = False
            told.append(f"{meta['name']}: {error}")
    return "\n".join(told), is_good


def _arguments(parser: argparse.ArgumentParser) -> None:
    add_pod_flags(parser)
    parser.add_argument("--node", type=named, help="pods on this Kubernetes node only")
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    if not (chosen.pod or chosen.pool or chosen.part or chosen.node):
        raise UnreadableError(
            "what is to be drained? Name it by --pod, --pool, --part or --node; "
            "to stop all changes, `podium pause`"
        )
    async with connected(chosen.kubeconfig) as kube:
        pods = [
            pod
            for pod in await chosen_pods(kube, chosen)
            if not chosen.node or pod["spec"].get("nodeName") == chosen.node
        ]
        if not pods:
            raise UnreadableError(f"{chosen.orchestrator} has no such pods on {chosen.node}")
        text, is_good = await drain(kube, pods)
    return Answer(text, status=int(not is_good))


DRAIN = Verb(
    name="drain",
    help="let pods finish their segments and leave; their places are filled anew",
    arguments=_arguments,
    run=_run,
)
