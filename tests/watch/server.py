"""A real Prometheus in the cluster's network, and questions to it."""

import asyncio
import contextlib
import json
import math
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import ClusterError
from tests.watch.programs import prometheus
from tests.watch.scraping import Target, scrape_config, targets

__all__ = ["PrometheusServer", "Series", "serving", "serving_here"]

_PORT = 9099
_START_SECONDS = 120.0
_ASK_AGAIN_SECONDS = 0.5
_LIST_SECONDS = 3.0
_AT_ONCE = 6

Series = tuple[dict[str, str], list[float]]


@dataclass(frozen=True, slots=True)
class PrometheusServer:
    """A server that scrapes a cluster; questions go over a relay."""

    client: httpx.AsyncClient
    began_at: float

    async def series(self, expr: str, *, step_seconds: float = 5) -> list[Series]:
        """Return every series that the expression has had since the server began, and has now."""
        now = time.time()
        steps = math.ceil((now - self.began_at) / step_seconds)
        answer = await self._ask(
            "query_range", query=expr, start=now - steps * step_seconds, end=now, step=step_seconds
        )
        return [
            (one["metric"], [float(value) for _, value in one["values"]])
            for one in answer["result"]
        ]

    async def all_series(self, exprs: Iterable[str]) -> dict[str, list[Series]]:
        """Return the series of many expressions, a few asked at a time."""
        gate, wanted = asyncio.Semaphore(_AT_ONCE), list(dict.fromkeys(exprs))

        async def ask(expr: str) -> list[Series]:
            async with gate:
                return await self.series(expr)

        found = await asyncio.gather(*map(ask, wanted))
        return dict(zip(wanted, found, strict=True))

    async def now(self, expr: str) -> list[tuple[dict[str, str], float]]:
        """Return the series of this moment."""
        answer = await self._ask("query", query=expr)
        return [(one["metric"], float(one["value"][1])) for one in answer["result"]]

    async def firing(self) -> dict[str, str]:
        """Return the alerts that fire now, and what the first of each says."""
        answer = await self._ask("alerts")
        found: dict[str, str] = {}
        for alert in answer["alerts"]:
            if alert["state"] == "firing":
                found.setdefault(alert["labels"]["alertname"], alert["annotations"]["summary"])
        return found

    async def rule_faults(self) -> list[str]:
        """Return what is wrong with each rule that cannot be evaluated."""
        answer = await self._ask("rules")
        rules = [rule for group in answer["groups"] for rule in group["rules"]]
        return [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] == "err"]

    async def until(self, expr: str, *, within_seconds: float) -> float:
        """Wait until the expression has a series; returns how long that took, else TimeoutError."""
        began = time.monotonic()
        async with asyncio.timeout(within_seconds):
            while True:
                if await self.now(expr):
                    return time.monotonic() - began
                await asyncio.sleep(_ASK_AGAIN_SECONDS)

    async def _ask(self, question: str, **parameters: Any) -> dict[str, Any]:
        reply = await self.client.get(f"/api/v1/{question}", params=parameters)
        answer = reply.json()
        assert answer["status"] == "success", f"{parameters.get('query')}: {answer.get('error')}"
        found: dict[str, Any] = answer["data"]
        return found


@asynccontextmanager
async def serving(cluster: Cluster, rules: dict[str, Any]) -> AsyncIterator[PrometheusServer]:
    """Scrape a cluster for as long as the block runs; nothing is kept afterwards."""
    with _folder() as folder:
        await _write_targets(cluster, folder)
        command = cluster.enter_command(_command(folder, rules, _PORT))
        listing = asyncio.create_task(_keep_targets(cluster, folder))
        try:
            async with (
                cluster.relay("127.0.0.1", _PORT) as address,
                _running(command, address) as server,
            ):
                yield server
        finally:
            listing.cancel()
            await asyncio.gather(listing, return_exceptions=True)


@asynccontextmanager
async def serving_here(
    found: tuple[list[Target], list[Target]], rules: dict[str, Any], *, port: int
) -> AsyncIterator[PrometheusServer]:
    """Scrape processes of this machine, on a port of 127.0.0.1."""
    with _folder() as folder:
        for path, part in zip(_target_files(folder), found, strict=True):
            path.write_text(json.dumps(part))
        async with _running(_command(folder, rules, port), ("127.0.0.1", port)) as server:
            yield server


@asynccontextmanager
async def _running(command: list[str], address: tuple[str, int]) -> AsyncIterator[PrometheusServer]:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        url = f"http://{address[0]}:{address[1]}"
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            await _until_ready(client, process)
            yield PrometheusServer(client, time.time())
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="podium-prometheus-") as text:
        yield Path(text)


async def _keep_targets(cluster: Cluster, folder: Path) -> None:
    """List pods again and again: drills make them come and go."""
    while True:
        await asyncio.sleep(_LIST_SECONDS)
        with contextlib.suppress(ClusterError):
            await _write_targets(cluster, folder)


async def _write_targets(cluster: Cluster, folder: Path) -> None:
    own = ("get", "pods", "--all-namespaces", "--selector=app.kubernetes.io/name=podium")
    listing = await asyncio.to_thread(cluster.kubectl_json, *own)
    for path, found in zip(_target_files(folder), targets(listing["items"]), strict=True):
        text = json.dumps(found)
        if not path.exists() or path.read_text() != text:
            draft = path.with_suffix(".new")
            draft.write_text(text)
            draft.replace(path)


def _target_files(folder: Path) -> tuple[Path, Path]:
    return folder / "operators.json", folder / "parts.json"


def _command(folder: Path, rules: dict[str, Any], port: int) -> list[str]:
    rule_file, config = folder / "rules.yaml", folder / "prometheus.yml"
    rule_file.write_text(json.dumps(rules))
    config.write_text(json.dumps(scrape_config(*_target_files(folder), rule_file)))
    return [
        str(prometheus()),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]


async def _until_ready(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while not await _is_ready(client):
            assert process.returncode is None, "Prometheus ended: its last lines say why"
            await asyncio.sleep(_ASK_AGAIN_SECONDS)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/-/ready")).is_success
    except httpx.TransportError:
        return False
