"""The page of a real operator on a real API server: its numbers, its gate, and no secret on it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.cluster.operators import Site, orchestrator
from tests.cluster.viewers import viewer_token
from tests.devcluster.cluster import Cluster
from tests.page.load_feed import LoadFeed, feeding
from tests.page.visiting import FAR, visiting
from tests.support.operator_process import OperatorProcess
from tests.support.patience import until

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="session")]

_RPC_TOKEN = "t0ken-of-an-endpoint-that-nobody-may-see"
_PASSWORD = "a-password-that-nobody-may-see"
_PATIENCE_SECONDS = 90.0
_shared = pytest_asyncio.fixture(scope="module", loop_scope="session")


@dataclass(frozen=True)
class Lived:
    """An operator at work, the load that it hears of, and the port of its page."""

    site: Site
    feed: LoadFeed
    operator: OperatorProcess
    port: int


@_shared
async def lived(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    with cluster.namespace("page") as namespace:
        site = Site(cluster, namespace, tmp_path_factory.mktemp("page"))
        site.install("livePage.exposed=true")
        async with feeding("page") as feed:
            with site.operator() as operator:
                await asyncio.to_thread(operator.leads)
                line = operator.wait_for_line("serving the live page")
                await asyncio.to_thread(_apply, site, feed)
                yield Lived(site, feed, operator, int(line["port"]))
        site.remove()


def _apply(site: Site, feed: LoadFeed) -> None:
    queue = {"external": {"servers": [feed.url], "prefix": feed.prefix}}
    site.apply(queue=queue)
    secrets = {"url": f"http://127.0.0.1:9/?key={_RPC_TOKEN}", "password": _PASSWORD, "key": "{}"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "chain"}}
    site.cluster.apply({**secret, "stringData": secrets}, namespace=site.namespace)
    keystore = {
        "secretRef": {"name": "chain", "key": "key"},
        "passwordSecretRef": {"name": "chain", "key": "password"},
    }
    chain = {
        "address": "0x" + "11" * 20,
        "rpc": {"endpoints": [{"name": "one", "urlSecretRef": {"name": "chain", "key": "url"}}]},
        "signer": {"keystore": keystore},
    }
    site.cluster.apply(orchestrator("figaro", chain=chain), namespace=site.namespace)


async def test_the_pages_numbers_are_the_api_servers_while_load_moves(
    browser: Browser, lived: Lived
) -> None:
    async with visiting(browser) as visit:
        await visit.page.goto(f"http://127.0.0.1:{lived.port}/")
        await visit.page.evaluate("window.stayed = true")
        for streams, busy, waiting in ((3, 2, 0.0), (14, 4, 6.0), (5, 3, 0.0)):
            lived.feed.streams, lived.feed.busy = streams, busy
            lived.feed.waiting_seconds = waiting
            shown, told = await _agreed(visit.page, lived, sessions=streams + 1)

            assert shown == told
            assert shown["Slots busy"] == f"{busy}/4"
            assert shown["Video waiting"] == f"{waiting:.1f} s"
        assert await visit.page.evaluate("window.stayed") is True
        assert visit.troubles == []


async def test_the_last_decision_is_the_statuses_own(browser: Browser, lived: Lived) -> None:
    key = f"{lived.site.namespace}/home"
    async with visiting(browser) as visit:
        await visit.page.goto(f"http://127.0.0.1:{lived.port}/#{key}")
        await asyncio.to_thread(
            lived.site.wait, "orchestrator", "home", lambda one: one["status"].get("decision")
        )

        async def are_the_same() -> bool:
            """The page is ahead of the status for as long as a status waits to be written."""
            found = await asyncio.to_thread(lived.site.get, "orchestrator", "home")
            written = f"(decision {(found or {})['status']['decision']['id']},"
            return written in await visit.page.locator("#decisions").inner_text()

        await until(are_the_same, "page and status tell of the same decision")


async def test_a_token_of_the_cluster_that_may_list_orchestrators_opens_the_page(
    browser: Browser, lived: Lived
) -> None:
    site = lived.site
    good = await asyncio.to_thread(viewer_token, site.cluster, site.namespace)
    await asyncio.to_thread(site.kubectl, "create", "serviceaccount", "stranger")
    poor = site.cluster.token("stranger", namespace=site.namespace)
    async with visiting(browser) as visit:
        page = visit.page
        await page.goto(f"http://{FAR}:{lived.port}/")
        await _bring(page, poor)
        await expect(page.locator("#refused")).to_be_visible()

        await _bring(page, good)
        await expect(page.locator("#cards")).to_contain_text(f"{site.namespace}/home")
        assert good not in await page.content()


async def test_no_secret_of_a_chain_is_on_the_page(browser: Browser, lived: Lived) -> None:
    key = f"{lived.site.namespace}/figaro"
    async with visiting(browser) as visit:
        page = visit.page
        await page.goto(f"http://127.0.0.1:{lived.port}/#{key}")
        await expect(page.locator("#nowork")).to_contain_text("rpchealthy")
        await expect(page.locator("#conditions")).to_contain_text("RpcHealthy")
        drawn = await page.content()
        sent = await page.evaluate(
            "(path) => fetch(path).then((answer) => answer.text())", f"/api/orchestrators/{key}"
        )

    assert json.loads(sent)["chain"]
    for secret in (_RPC_TOKEN, _PASSWORD):
        assert secret not in drawn + sent


async def _agreed(
    page: Page, lived: Lived, *, sessions: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Wait until page and API server both know of the newest load; returns what each says.

    Status is written every five seconds at most, so the page may be ahead of it so long.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_SECONDS
    while True:
        found = await asyncio.to_thread(lived.site.get, "orchestrator", "home")
        told = _row(((found or {}).get("status")) or {})
        shown = await page.evaluate(_READ, f"{lived.site.namespace}/home")
        is_new = told.get("Sessions") == f"{sessions}/40"
        if (is_new and told == shown) or loop.time() > deadline:
            return shown, told
        await asyncio.sleep(0.3)


def _row(status: dict[str, Any]) -> dict[str, str]:
    pools = status.get("pools") or ()
    total = {key: sum(pool[key] for pool in pools) for key in ("ready", "desired", "busy", "slots")}
    return {
        "Sessions": f"{status.get('sessions')}/{status.get('maxSessions')}",
        "Slots busy": f"{total['busy']}/{total['slots']}",
        "Pods ready": f"{total['ready']}/{total['desired']}",
        "Video waiting": f"{status.get('backlogSeconds', 0):.1f} s",
    }


_READ = """(key) => {
  const row = document.querySelector(`#cards tr[data-key="${key}"]`);
  const names = ["Sessions", "Slots busy", "Pods ready", "Video waiting"];
  return Object.fromEntries(names.map(
    (name) => [name, row?.querySelector(`[data-label="${name}"]`).innerText.trim()]));
}"""


async def _bring(page: Page, token: str) -> None:
    await page.get_by_label("A token of this cluster").fill(token)
    await page.keyboard.press("Enter")
