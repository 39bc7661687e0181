"""All children of one Orchestrator, in apply order."""

__all__ = ["build"]

from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import (
    config_maps,
    deployments,
    disruption_budgets,
    network_policies,
    service_accounts,
    services,
    stateful_sets,
)
from podium_operator.desired.facts import Facts
from podium_operator.desired.images import pull_of
from podium_operator.desired.objects import Object


def build(orchestrator: Orchestrator, *, facts: Facts) -> list[Object]:
    """Every child but the Secrets, owner references included, in the order to apply them.

    What pods need comes before the pods. Raises InvalidSpecError where the spec names no image,
    and KeyError where the facts lack a pool's replicas or a Secret's hash.
    """
    pull = pull_of(orchestrator, facts)
    return [
        *service_accounts.build(orchestrator),
        *network_policies.build(orchestrator, operator=facts.operator),
        *config_maps.build(orchestrator),
        *services.build(orchestrator),
        *disruption_budgets.build(orchestrator),
        *stateful_sets.build(orchestrator, facts, pull=pull),
        *deployments.build(orchestrator, facts, pull=pull),
    ]
