"""A thousand Orchestrators: a page at a time, found by name, and cheap for the operator."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect
from tests.page.cost import crowd
from tests.page.serving import serving
from tests.page.visiting import visiting
from tests.support.fake_kube import FakeKube

from podium_operator.live.fleet import Wish
from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.picture import Known
from podium_operator.live.source import frame

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def thousand() -> list[Known]:
    return crowd(1000)


@pytest.fixture
def gallery(thousand: list[Known]) -> Gallery:
    gallery = Gallery(lambda: 0.0)  # by a clock that goes on, all would grow old on a busy machine
    for known in thousand:
        gallery.show(known)
    return gallery


async def test_a_page_at_a_time_and_all_that_one_looks_for(
    browser: Browser, gallery: Gallery
) -> None:
    async with serving(gallery, Gate(FakeKube())) as port, visiting(browser) as visit:
        page = visit.page
        await page.goto(f"http://127.0.0.1:{port}/")
        rows, found = page.locator("#cards tr"), page.locator("#found")
        await expect(rows).to_have_count(50)
        await expect(found).to_have_text("1000 of 1000, page 1 of 20")
        sums = await visit.sums("#totals")

        await page.get_by_role("button", name="After").click()
        await expect(rows.first).to_contain_text("media/o0050")
        await page.get_by_label("Find").fill("O099")
        await expect(rows).to_have_count(10)
        await expect(found).to_have_text("10 of 1000, page 1 of 1")
        await expect(page.get_by_label("Find")).to_be_focused()

        assert (sums["Ready"], sums["Pods ready"]) == ("✓ 1000", "20000/20000")
        assert visit.troubles == []


async def test_what_is_wrong_is_on_the_first_page(
    browser: Browser, gallery: Gallery, thousand: list[Known]
) -> None:
    broken = thousand[777]
    ready = {"type": "Ready", "status": "False", "reason": "QueueNotReady"}
    gallery.show(replace(broken, status={**broken.status, "conditions": [ready]}))
    async with serving(gallery, Gate(FakeKube())) as port, visiting(browser) as visit:
        await visit.page.goto(f"http://127.0.0.1:{port}/")

        await expect(visit.page.locator("#cards tr").first).to_contain_text("media/o0777")


async def test_what_is_sent_does_not_grow_with_the_fleet(gallery: Gallery) -> None:
    assert len(frame("fleet", gallery.fleet(Wish()))) < 40_000
    assert len(frame("fleet", gallery.fleet(Wish(find="o0001")))) < 2_000
