"""Which pods a verb means: an Orchestrator's, of one part or one pool."""

import argparse

from podium_operator.api import names
from podium_operator.command.advice import unknown_name
from podium_operator.command.cluster import UnreadableError, named, orchestrator_names
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import kind_named

__all__ = ["add_pod_flags", "chosen_pods"]


def add_pod_flags(parser: argparse.ArgumentParser) -> None:
    """Add what narrows an Orchestrator's pods down."""
    parser.add_argument("orchestrator", type=named, help="its name")
    parser.add_argument(
        "--part", choices=[part.value for part in names.Component], help="default: all parts"
    )
    parser.add_argument("--pool", type=named, help="transcoders of this pool only")
    parser.add_argument("--pod", type=named, help="this pod only")


async def chosen_pods(kube: Kube, chosen: argparse.Namespace) -> list[Body]:
    """Read the pods meant, by name. Raises UnreadableError where there is none."""
    labels = {names.INSTANCE_LABEL: chosen.orchestrator, names.MANAGED_BY_LABEL: "podium-operator"}
    if chosen.pool:
        labels[names.POOL_LABEL] = chosen.pool
    if chosen.part:
        labels[names.COMPONENT_LABEL] = chosen.part
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    listing = kube.list(kind_named("Pod"), chosen.namespace, selector=selector)
    found = [body async for body in listing if chosen.pod in {None, body["metadata"]["name"]}]
    if not found:
        raise UnreadableError(await _nothing(kube, chosen))
    return found


async def _nothing(kube: Kube, chosen: argparse.Namespace) -> str:
    known = await orchestrator_names(kube, chosen.namespace)
    if chosen.orchestrator not in known:
        return unknown_name(chosen.orchestrator, namespace=chosen.namespace, known=known)
    return f"{chosen.orchestrator} has no such pods: see `podium pools {chosen.orchestrator}`"
