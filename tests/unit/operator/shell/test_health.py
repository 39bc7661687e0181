"""The port of probes and metrics: what it tells, and what strangers cannot take from it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from tests.support.strangers import dialled

from podium_operator.health import Check, Health, Pulse, serve
from podium_operator.metrics import Metrics

_FAR_MORE_THAN_IT_TAKES = 300


@asynccontextmanager
async def _serving(health: Health) -> AsyncIterator[int]:
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(health, Metrics(), host="127.0.0.1", port=0, bound=port.set_result)
    )
    try:
        yield await port
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)


async def _ask(port: int, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_probes_tell_life_readiness_and_metrics() -> None:
    now = [0.0]
    pulse = Pulse(clock=lambda: now[0])
    health = Health([Check("elector", pulse.age_seconds, 30)])

    async with _serving(health) as port:
        assert await _ask(port, "/healthz") == (200, "ok\n")
        assert (await _ask(port, "/readyz"))[0] == 503
        health.is_ready = True
        assert await _ask(port, "/readyz") == (200, "ok\n")
        now[0] = 31
        assert await _ask(port, "/healthz") == (500, "elector: 31 s old, limit 30 s\n")
        assert "podium_operator_leader 0.0" in (await _ask(port, "/metrics"))[1]


async def test_a_probe_is_answered_however_many_hold_connections() -> None:
    async with _serving(Health()) as port, AsyncExitStack() as held:
        for _ in range(_FAR_MORE_THAN_IT_TAKES):
            await held.enter_async_context(dialled(port))

        assert await _ask(port, "/healthz") == (200, "ok\n")


async def test_what_is_no_http_is_no_trouble_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async with _serving(Health()) as port, dialled(port) as (reader, writer):
        writer.write(b"\x16\x03\x01 a-token\r\n\r\n")
        head = await reader.readline()

    assert head.split()[1] == b"400"
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
