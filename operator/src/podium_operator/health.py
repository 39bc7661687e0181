"""Liveness, readiness and metrics over HTTP, on every replica.

Alive means that the process can still do its work, shown by conditions that move by themselves;
ready means that it could take its role, which a standby can. Leadership is a metric, not a probe:
a rollout would wait for ever for a second leader.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from podium_operator.door import Door
from podium_operator.metrics import Metrics

__all__ = ["Check", "Health", "Pulse", "serve"]

_BEAT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One claim about the process: `age_seconds` of its last proof, and how old that may get."""

    name: str
    age_seconds: Callable[[], float]
    limit_seconds: float

    def verdict(self) -> str | None:
        """Return what is wrong, or None."""
        age = self.age_seconds()
        if age <= self.limit_seconds:
            return None
        return f"{self.name}: {age:.0f} s old, limit {self.limit_seconds:g} s"


@dataclass(slots=True)
class Pulse:
    """When something last happened, by the monotonic clock."""

    clock: Callable[[], float] = time.monotonic
    at: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.beat()

    def beat(self) -> None:
        self.at = self.clock()

    def age_seconds(self) -> float:
        return self.clock() - self.at


@dataclass(slots=True)
class Health:
    """What the probes answer from; parts add their checks when they begin.

    pages: what else this port answers.
    """

    checks: list[Check] = field(default_factory=list)
    pages: tuple[web.AbstractRouteDef, ...] = ()
    is_ready: bool = False

    def failures(self) -> list[str]:
        return [verdict for check in self.checks if (verdict := check.verdict()) is not None]


async def serve(
    health: Health, metrics: Metrics, *, host: str, port: int, bound: Callable[[int], None]
) -> None:
    """Answer probes until cancelled; `bound` is told the port, which matters where it was 0."""
    door = Door(_application(health, metrics))
    try:
        bound(await door.open(host, port))
        await _measure_lag(metrics)
    finally:
        await door.close()


def _application(health: Health, metrics: Metrics) -> web.Application:
    async def healthz(_request: web.Request) -> web.Response:
        failures = health.failures()
        return web.Response(
            status=500 if failures else 200, text="\n".join(failures or ["ok"]) + "\n"
        )

    async def readyz(_request: web.Request) -> web.Response:
        return web.Response(
            status=200 if health.is_ready else 503,
            text="ok\n" if health.is_ready else "starting\n",
        )

    async def exposition(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)
    app.router.add_routes(health.pages)
    return app


async def _measure_lag(metrics: Metrics) -> None:
    """Beat once a second: a loop that is blocked shows up as a late beat."""
    while True:
        due = time.monotonic() + _BEAT_SECONDS
        await asyncio.sleep(_BEAT_SECONDS)
        metrics.loop_lag.set(max(0.0, time.monotonic() - due))
