"""Whether gateways would find the nodes: asks at each advertised address, from outside the pod.

A task of its own per Orchestrator, bounded in time and number, so that an address that hangs
delays nothing. It sets gauges and logs turns; it decides nothing and changes nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from podium_operator.api import names
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.endpoint_call import Answer, ask
from podium_operator.metrics import Metrics
from podium_operator.waiting import wait_at_most

__all__ = ["Probing", "Reachability", "advertised_addresses"]

log = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 10.0
_AT_ONCE = 8

Ask = Callable[[str], Awaitable[Answer]]


async def _ask(address: str) -> Answer:
    return await ask(address, timeout_seconds=_TIMEOUT_SECONDS)


@dataclass(frozen=True, slots=True)
class Probing:
    """What all Orchestrators share: how often to ask, how, and how many at once.

    period_seconds: 0 means never.
    """

    period_seconds: float = 30.0
    ask: Ask = _ask
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


def advertised_addresses(orchestrator: Orchestrator) -> tuple[str, ...]:
    """Return the address that each node replica tells gateways."""
    node, name = orchestrator.spec.node, orchestrator.name
    template = node.advertised_address or names.node_address(name, orchestrator.namespace)
    pods = [names.node_replica_name(name, ordinal) for ordinal in range(node.replicas)]
    filled = (
        template.replace("{ordinal}", str(ordinal)).replace("{pod}", pod)
        for ordinal, pod in enumerate(pods)
    )
    return tuple(dict.fromkeys(filled))


class Reachability:
    """Asks at one Orchestrator's addresses for as long as it is run."""

    def __init__(
        self,
        key: tuple[str, str],
        metrics: Metrics,
        probing: Probing,
        *,
        draw: Callable[[], float],
    ) -> None:
        self._key, self._metrics, self._probing, self._draw = key, metrics, probing, draw
        self._addresses: tuple[str, ...] = ()
        self._changed = asyncio.Event()
        self._last: dict[str, Answer] = {}

    @property
    def outcomes(self) -> dict[str, str]:
        """What came of the last attempt at each address: "ok" where a node answers."""
        return {
            address: "ok" if answer.is_reachable else answer.outcome.value
            for address, answer in self._last.items()
        }

    def use(self, addresses: tuple[str, ...]) -> None:
        """Ask at these from now on; the same ones again change nothing."""
        if addresses == self._addresses:
            return
        for gone in set(self._addresses) - set(addresses):
            self._last.pop(gone, None)
            self._metrics.endpoints.forget_one(self._key, gone)
        self._addresses = addresses
        self._changed.set()

    async def run(self) -> None:
        """Ask round after round until cancelled."""
        while self._probing.period_seconds > 0:
            self._changed.clear()
            async with asyncio.TaskGroup() as group:
                for address in self._addresses:
                    group.create_task(self._look(address))
            pause = self._probing.period_seconds * (0.8 + 0.4 * self._draw())
            await wait_at_most(pause, self._changed)

    async def _look(self, address: str) -> None:
        async with self._probing.gate:
            answer = await self._probing.ask(address)
        if address not in self._addresses:
            return
        self._metrics.endpoints.show(self._key, address, answer)
        before, self._last[address] = self._last.get(address), answer
        if before is None or before.is_reachable != answer.is_reachable:
            self._tell_turn(address, answer)

    def _tell_turn(self, address: str, answer: Answer) -> None:
        fields: dict[str, Any] = {
            "namespace": self._key[0],
            "orchestrator": self._key[1],
            "address": address,
            "outcome": answer.outcome.value,
        }
        if answer.is_reachable:
            log.info("endpoint answers", extra=fields)
        else:
            log.warning("endpoint does not answer", extra=fields)
