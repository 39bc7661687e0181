"""ServiceAccounts of the data plane: names without a token, since none of it calls the API."""

__all__ = ["build"]

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.objects import Object, child


def build(orchestrator: Orchestrator) -> list[Object]:
    """One account per part."""
    name = orchestrator.name
    accounts = [
        (names.Component.NODE, names.node_name(name)),
        (names.Component.TRANSCODER, names.transcoder_name(name)),
    ]
    if orchestrator.spec.queue.embedded_replicas:
        accounts.insert(0, (names.Component.QUEUE, names.queue_name(name)))
    return [
        child(orchestrator, component, kind=("v1", "ServiceAccount"), name=account)
        | {"automountServiceAccountToken": False}
        for component, account in accounts
    ]
