"""From another machine: who brings a token of the cluster sees the page, as a person would go."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.page.scenes import Scene
from tests.page.serving import serving
from tests.page.visiting import FAR, visiting
from tests.unit.operator.live.reviews import GOOD, POOR, Reviews

from podium_operator.kube.errors import UnreachableError
from podium_operator.live.gate import Gate

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def reviews() -> Reviews:
    return Reviews()


@pytest_asyncio.fixture(loop_scope="session")
async def far(scene: Scene, reviews: Reviews) -> AsyncIterator[str]:
    """The page under a name that is not this machine's own, its gate in a hurry to forget."""
    moments = iter(range(0, 10**9, 31))
    gate = Gate(reviews, clock=lambda: float(next(moments)))
    async with serving(scene.place.gallery, gate) as port:
        yield f"http://{FAR}:{port}"


async def _bring(page: Page, token: str) -> None:
    await page.get_by_label("A token of this cluster").fill(token)
    await page.keyboard.press("Enter")


async def test_without_a_token_there_is_a_form_and_nothing_else(browser: Browser, far: str) -> None:
    async with visiting(browser) as visit:
        await visit.page.goto(f"{far}/#media/figaro")

        await expect(visit.page).to_have_url(f"{far}/login.html#media/figaro")
        assert "figaro" not in await visit.page.content()
        asked = "fetch('/api/orchestrators').then((answer) => answer.status)"
        assert await visit.page.evaluate(asked) == 401


@pytest.mark.parametrize("token", [POOR, "nonsense"])
async def test_a_token_that_may_not_look_is_told_so(browser: Browser, far: str, token: str) -> None:
    async with visiting(browser) as visit:
        await visit.page.goto(far)
        await _bring(visit.page, token)

        await expect(visit.page.locator("#refused")).to_be_visible()
        assert await visit.page.context.cookies() == []


async def test_a_good_token_shows_the_page_and_no_script_can_read_it(
    browser: Browser, far: str
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await page.goto(far)
        await _bring(page, GOOD)

        await expect(page.locator("#cards tr")).to_have_count(4)
        read = "document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)"
        assert GOOD not in await page.evaluate(read)
        assert GOOD not in page.url + await page.content()
        (cookie,) = await page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert visit.troubles == []


async def test_a_token_that_runs_out_is_told_and_a_new_one_goes_on(
    browser: Browser, far: str, reviews: Reviews, scene: Scene
) -> None:
    async with visiting(browser) as visit:
        page = visit.page
        await page.goto(far)
        await _bring(page, GOOD)
        await expect(page.locator("#link")).to_have_text("live")

        reviews.fail = lambda *_: UnreachableError("it has run out")
        await scene.step()
        await expect(page.locator("#lost")).to_contain_text("may not look here any more")
        reviews.fail = lambda *_: None
        await page.get_by_role("link", name="Bring another token").click()
        await _bring(page, GOOD)

        await expect(page.locator("#link")).to_have_text("live")
