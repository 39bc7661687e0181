"""What a person reads on the page is what the operator knows, and follows it without a reload."""

from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from tests.page.provider import Provider
from tests.page.scenes import Scene
from tests.page.serving import serving, standing_by
from tests.page.visiting import visiting
from tests.support.fake_kube import FakeKube
from tests.support.ports import free_port

from podium_operator.kube.kinds import ORCHESTRATOR, kind_named
from podium_operator.live.gate import Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")

_MOST_STEPS = 20


async def _status(scene: Scene, provider: Provider) -> dict[str, Any]:
    """Read the status as a person's kubectl would."""
    body = await scene.place.kube.get(ORCHESTRATOR, provider.namespace, provider.name)
    found: dict[str, Any] = body["status"]
    return found


async def _status_written_now(scene: Scene, provider: Provider) -> dict[str, Any]:
    """Go on until the status is of this moment: numbers that only move are written now and then."""
    for _ in range(_MOST_STEPS):
        before = await _version(scene, provider)
        await scene.step()
        if await _version(scene, provider) != before:
            return await _status(scene, provider)
    raise AssertionError(f"no status written in {_MOST_STEPS} steps")


async def _version(scene: Scene, provider: Provider) -> str:
    body = await scene.place.kube.get(ORCHESTRATOR, provider.namespace, provider.name)
    return str(body["metadata"]["resourceVersion"])


def _fleet_row(status: dict[str, Any]) -> dict[str, str]:
    pools = status["pools"]
    total = {key: sum(pool[key] for pool in pools) for key in ("ready", "desired", "busy", "slots")}
    return {
        "Streams": str(status["decision"]["terms"]["streams"]),
        "Sessions": f"{status['sessions']}/{status['maxSessions']}",
        "Slots busy": f"{total['busy']}/{total['slots']}",
        "Pods ready": f"{total['ready']}/{total['desired']}",
        "Video waiting": f"{status['backlogSeconds']:.1f} s",
    }


async def test_the_fleets_numbers_are_the_statuses(
    browser: Browser, page: str, scene: Scene
) -> None:
    async with visiting(browser) as visit:
        await visit.page.goto(page)
        await expect(visit.page.locator("#cards tr")).to_have_count(4)

        for name in ("home", "figaro"):
            provider = scene.providers[name]
            row = visit.page.locator("#cards tr", has_text=f"{provider.namespace}/{name}")
            wanted = _fleet_row(await _status_written_now(scene, provider))
            del wanted["Streams"]  # of the decision: an older moment's
            for label, text in wanted.items():
                await expect(row.locator(f"td[data-label='{label}']")).to_have_text(text)


async def test_numbers_move_without_a_reload(browser: Browser, page: str, scene: Scene) -> None:
    home = scene.providers["home"]
    async with visiting(browser) as visit:
        tab = visit.page
        await tab.goto(page)
        await tab.evaluate("window.stayed = true")
        row = tab.locator("#cards tr", has_text="default/home")
        for streams in (7, 2):
            home.open_streams = streams
            await scene.step()
            await expect(row.locator("td[data-label=Streams]")).to_have_text(str(streams))
        home.open_streams = None

        assert await tab.evaluate("window.stayed") is True
        assert visit.troubles == []


async def test_each_decision_has_every_term_and_each_pod_its_slots(
    browser: Browser, page: str, scene: Scene
) -> None:
    figaro = scene.providers["figaro"]
    status = await _status(scene, figaro)
    async with visiting(browser) as visit:
        tab = visit.page
        await tab.goto(f"{page}/#media/figaro")
        decision = tab.locator("#decisions")
        await expect(decision).to_contain_text(status["decision"]["text"])
        words = await decision.locator("> div > dl").first.locator("dt").all_inner_texts()
        values = await decision.locator("> div > dl").first.locator("dd").all_inner_texts()
        pods = await visit.rows("#pools")
        past = await decision.locator("details").all()

    terms = {
        name: value for name, value in status["decision"]["terms"].items() if value is not None
    }
    assert len(words) == len(terms)
    assert [float(value.split()[0]) for value in values] == list(terms.values())
    serving_ = {pod: row for pod, row in pods.items() if row["State"] == "✓ ready"}
    assert len(serving_) == sum(pool["ready"] for pool in status["pools"])
    assert all(row["Slots busy"].endswith("/4") for row in serving_.values())
    assert len(past) == len(status["recentDecisions"]) - 1


async def test_the_chain_is_there_with_its_calldata(
    browser: Browser, page: str, scene: Scene
) -> None:
    chain = (await _status(scene, scene.providers["figaro"]))["chain"]
    waiting = [one for one in chain["intents"] if one["state"] == "AwaitingApproval"]
    async with visiting(browser) as visit:
        await visit.page.goto(f"{page}/#media/figaro")
        await expect(visit.page.locator("#chain pre").first).to_be_visible()
        text = await visit.page.locator("#chain").inner_text()

    assert waiting
    assert all(one["data"] in text and one["id"] in text for one in waiting)
    assert "29 called, 1 missed" in text
    assert f"{chain['account']['totalLpt']} LPT" in text


async def test_what_keeps_work_away_names_each_cause(
    browser: Browser, page: str, scene: Scene
) -> None:
    async with visiting(browser) as visit:
        await visit.page.goto(f"{page}/#media/northpool")
        await expect(visit.page.locator("#nowork li").first).to_be_visible()
        reasons = await visit.page.locator("#nowork li").all_inner_texts()

    assert [one for one in reasons if one.startswith("✕ ready")]
    assert [one for one in reasons if one.startswith("✕ capacity")]
    assert [one for one in reasons if one.startswith("? active off-chain")]


async def test_a_silent_operator_is_told_and_its_numbers_stay(
    browser: Browser, scene: Scene
) -> None:
    gate, port = Gate(FakeKube()), free_port()  # nobody's meanwhile, as a kernel's own might be
    async with visiting(browser) as visit:
        tab = visit.page
        async with serving(scene.place.gallery, gate, port=port):
            await tab.goto(f"http://127.0.0.1:{port}/")
            await expect(tab.locator("#link")).to_have_text("live")
        await expect(tab.locator("#lost")).to_contain_text("does not answer")
        await expect(tab.locator("#link")).to_have_text("not live")
        assert await tab.locator("#cards tr").count() == 4

        async with serving(scene.place.gallery, gate, port=port):
            await expect(tab.locator("#link")).to_have_text("live")
            await expect(tab.locator("#lost")).to_be_hidden()


async def test_a_standby_shows_the_leaders_page_and_says_when_it_goes(
    browser: Browser, scene: Scene
) -> None:
    gate = Gate(FakeKube())
    async with visiting(browser) as visit, AsyncExitStack() as leading:
        port = await leading.enter_async_context(serving(scene.place.gallery, gate))
        async with standing_by(port, gate) as standby:
            await visit.page.goto(f"http://127.0.0.1:{standby}/#media/figaro")
            await expect(visit.page.locator("#decisions")).to_contain_text("(decision ")
            assert visit.troubles == []

            await leading.aclose()
            await expect(visit.page.locator("#lost")).to_contain_text("the leader does not answer")


async def test_one_that_is_deleted_leaves_the_page_and_one_that_comes_appears(
    browser: Browser, page: str, scene: Scene
) -> None:
    gallery, typo = scene.place.gallery, scene.providers["typo"]
    async with visiting(browser) as fleet, visiting(browser) as one:
        await fleet.page.goto(page)
        await one.page.goto(f"{page}/#media/typo")
        await expect(one.page.locator("#detail")).to_be_visible()

        gallery.forget("media", "typo")
        await expect(fleet.page.locator("#cards tr")).to_have_count(3)
        await expect(one.page.locator("#gone")).to_contain_text("media/typo")

        await typo.look()
        await expect(fleet.page.locator("#cards tr")).to_have_count(4)
        await expect(one.page.locator("#detail")).to_be_visible()


async def test_no_secret_of_the_queue_or_node_is_on_any_view(
    browser: Browser, page: str, scene: Scene
) -> None:
    secrets = [
        value
        for (kind, *_), body in scene.place.kube.objects.items()
        if kind == kind_named("Secret").name
        for value in (body.get("data") or {}).values()
        if len(value) > 8
    ]
    async with visiting(browser) as visit:
        await visit.page.goto(page)
        sent = [
            await visit.page.evaluate(
                "(path) => fetch(path).then((answer) => answer.text())", f"/api/orchestrators{path}"
            )
            for path in ("", "/media/figaro", "/default/home", "/media/northpool", "/media/typo")
        ]

    assert len(secrets) > 4
    assert all(len(text) > 100 for text in sent)
    assert not [secret for secret in secrets if any(secret in text for text in sent)]
