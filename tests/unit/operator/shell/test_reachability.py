"""Which addresses are asked, what is shown of them, and what is forgotten."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from podium_operator import reachability
from podium_operator.api.v1alpha1 import parse
from podium_operator.endpoint_call import Answer, Outcome
from podium_operator.metrics import Metrics
from podium_operator.reachability import Probing, Reachability, advertised_addresses

KEY = ("media", "home")
FIRST, SECOND = "https://a.example:8935", "https://b.example:8935"


@dataclass
class Addresses:
    """What each address answers, and how often it was asked."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, address: str) -> Answer:
        self.asked.append(address)
        self.news.set()
        return self.answers[address]

    async def shown(self, address: str) -> None:
        """Wait for a second question: by then the first answer is shown."""
        await self.until(lambda: self.asked.count(address) > 1)

    async def until(self, is_true: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not is_true():
                self.news.clear()
                await self.news.wait()


def orchestrator(**node: Any) -> Any:
    return parse(
        {
            "metadata": {"name": "home", "namespace": "media", "uid": "1"},
            "spec": {"node": node, "pools": [{"name": "cpu", "hardware": {"type": "cpu"}}]},
        }
    )


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(
            {"replicas": 2},
            ("https://home-node-0.media.svc:8935", "https://home-node-1.media.svc:8935"),
            id="every replica's own Service by default",
        ),
        pytest.param(
            {"replicas": 2, "advertisedAddress": "https://o{ordinal}.example:443"},
            ("https://o0.example:443", "https://o1.example:443"),
            id="a number put in",
        ),
        pytest.param(
            {"advertisedAddress": "https://{pod}.example:443"},
            ("https://home-node-0.example:443",),
            id="a pod's name put in",
        ),
    ],
)
def test_the_addresses_are_those_that_nodes_advertise(
    node: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert advertised_addresses(orchestrator(**node)) == expected


async def test_gauges_follow_each_address_and_forget_those_that_are_gone() -> None:
    world = Addresses(
        {
            FIRST: Answer(Outcome.OK, 0.01, FIRST + "/"),
            SECOND: Answer(Outcome.NO_CONNECTION, 0.2),
        }
    )

    async def act(reach: Reachability, metrics: Metrics) -> None:
        reach.use((FIRST, SECOND))
        await world.shown(SECOND)
        text = metrics.render().decode()
        assert _line("reachable", FIRST, 1) in text
        assert _line("address_matches", FIRST, 1) in text
        assert _line("reachable", SECOND, 0) in text
        assert f'podium_endpoint_seconds{{endpoint="{SECOND}"' not in text

        reach.use((FIRST,))

        assert SECOND not in metrics.render().decode()

    await _running(world, act)


async def test_a_node_that_names_another_address_is_shown() -> None:
    world = Addresses({FIRST: Answer(Outcome.OK, 0.01, SECOND)})

    async def act(reach: Reachability, metrics: Metrics) -> None:
        reach.use((FIRST,))
        await world.shown(FIRST)
        text = metrics.render().decode()
        assert _line("address_matches", FIRST, 0) in text

    await _running(world, act)


async def test_a_turn_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    world = Addresses({FIRST: Answer(Outcome.TIMEOUT, 10.0)})

    async def act(reach: Reachability, metrics: Metrics) -> None:
        reach.use((FIRST,))
        await world.until(lambda: len(world.asked) >= 4)

    await _running(world, act)

    ours = [one.message for one in caplog.records if one.name == reachability.log.name]
    assert ours == ["endpoint does not answer"]


async def test_a_new_address_does_not_wait_for_the_period() -> None:
    fine = Answer(Outcome.OK, 0.01, FIRST)
    world = Addresses({FIRST: fine, SECOND: fine})

    async def act(reach: Reachability, metrics: Metrics) -> None:
        reach.use((FIRST,))
        await world.until(lambda: FIRST in world.asked)

        reach.use((SECOND,))

        await world.until(lambda: SECOND in world.asked)

    await _running(world, act, period_seconds=3600)


async def test_no_period_means_no_probe() -> None:
    world = Addresses()
    reach = Reachability(KEY, Metrics(), Probing(0, world.ask), draw=lambda: 0.5)
    reach.use((FIRST,))

    await reach.run()

    assert world.asked == []


async def _running(
    world: Addresses,
    act: Callable[[Reachability, Metrics], Awaitable[None]],
    *,
    period_seconds: float = 0.01,
) -> None:
    metrics = Metrics()
    reach = Reachability(KEY, metrics, Probing(period_seconds, world.ask), draw=lambda: 0.5)
    running = asyncio.create_task(reach.run())
    try:
        await act(reach, metrics)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _line(gauge: str, address: str, value: int) -> str:
    labels = f'endpoint="{address}",name="home",namespace="media"'
    return f"podium_endpoint_{gauge}{{{labels}}} {value}"
