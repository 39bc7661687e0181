"""`podium pause` and `podium resume`: leave an Orchestrator alone, or take it up again."""

import argparse

from podium_operator.api import names
from podium_operator.command.cluster import add_cluster_flags, connected, named, orchestrator
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Kube

__all__ = ["PAUSE", "RESUME", "set_paused"]

_TOLD = {
    True: "{} is paused: nothing of it is changed until `podium resume {}`; what runs goes on",
    False: "{} goes on; `podium top {}` shows it",
}


async def set_paused(kube: Kube, name: str, *, namespace: str, paused: bool) -> bool:
    """Write `spec.paused`; False where it was so already. Raises UnreadableError."""
    body = await orchestrator(kube, namespace=namespace, name=name)
    if bool(body["spec"].get("paused")) == paused:
        return False
    await kube.apply(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.KIND,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"paused": paused},
        }
    )
    return True


def _verb(name: str, help_text: str, *, paused: bool) -> Verb:
    def arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("orchestrator", type=named, help="its name")
        add_cluster_flags(parser)

    async def run(chosen: argparse.Namespace) -> Answer:
        wanted = chosen.orchestrator
        async with connected(chosen.kubeconfig) as kube:
            turned = await set_paused(kube, wanted, namespace=chosen.namespace, paused=paused)
        if not turned:
            return Answer(f"{wanted} {'is paused' if paused else 'is not paused'} already")
        return Answer(_TOLD[paused].format(wanted, wanted))

    return Verb(name=name, help=help_text, arguments=arguments, run=run)


PAUSE = _verb("pause", "change nothing of an Orchestrator until it is resumed", paused=True)
RESUME = _verb("resume", "take a paused Orchestrator up again", paused=False)
