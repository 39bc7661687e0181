"""The policies of the comparison, by name: what each may use and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.scaling.peers import keda
from tests.bench.scaling.peers.cpu import HpaCpu
from tests.bench.scaling.peers.knative import Knative
from tests.bench.scaling.peers.oracle import Oracle
from tests.bench.scaling.podium import Podium
from tests.bench.scaling.stage import BASE, OVERFLOW, PoolKind, Scaler
from tests.bench.scaling.trace import Trace

__all__ = ["OURS", "PEERS", "POLICIES", "Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, the pools it may use, and how to begin it on a trace."""

    name: str
    pools: tuple[PoolKind, ...]
    make: Callable[[tuple[PoolKind, ...], Trace], Scaler]


PEERS = (
    Policy("HPA CPU", (BASE,), lambda _, __: HpaCpu()),
    Policy("KEDA queue", (BASE,), lambda pools, _: keda.keda_queue(pools[0].slots)),
    Policy("KEDA default", (BASE,), lambda pools, _: keda.keda_default(pools[0].slots)),
    Policy(
        "KEDA two pools", (BASE, OVERFLOW), lambda pools, _: keda.keda_two_pools(pools[0].slots)
    ),
    Policy("KEDA tuned", (BASE,), lambda pools, _: keda.keda_tuned(pools[0].slots)),
    Policy("Knative KPA", (BASE,), lambda _, __: Knative()),
    Policy("clairvoyant", (BASE,), lambda _, trace: Oracle(trace)),
)
_CHARGED = "Podium charged"
OURS = (
    Policy("Podium", (BASE, OVERFLOW), lambda _, trace: Podium(trace)),
    Policy(
        _CHARGED,
        (BASE, OVERFLOW),
        lambda _, trace: Podium(
            trace, name=_CHARGED, standby_cost=OVERFLOW.usd_per_hour, surge_percent=75.0
        ),
    ),
    Policy("Podium base only", (BASE,), lambda _, trace: Podium(trace, name="Podium base only")),
)
POLICIES = {policy.name: policy for policy in (*PEERS, *OURS)}
