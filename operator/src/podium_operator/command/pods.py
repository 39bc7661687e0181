"""Which pods a verb means: an Orchestrator's, of one part or one pool."""

import argparse

from podium_operator.api import names
from podium_operator.command.cluster import UnreadableError
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import ORCHESTRATOR, kind_named

__all__ = ["add_pod_flags", "chosen_pods"]


def add_pod_flags(parser: argparse.ArgumentParser) -> None:
    """Add what narrows an Orchestrator's pods down."""
    parser.add_argument("orchestrator", help="its name")
    parser.add_argument(
        "--part", choices=[part.value for part in names.Component], help="default: all parts"
    )
    parser.add_argument("--pool", help="transcoders of this pool only")
    parser.add_argument("--pod", help="this pod only")


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
    listing = kube.list(ORCHESTRATOR, chosen.namespace)
    known = [body["metadata"]["name"] async for body in listing]
    if chosen.orchestrator not in known:
        there = ", ".join(known) or "none"
        return (
            f"no Orchestrator {chosen.orchestrator!r} in namespace {chosen.namespace!r}, "
            f"there are: {there}"
        )
    return f"{chosen.orchestrator} has no such pods: see `podium pools {chosen.orchestrator}`"
