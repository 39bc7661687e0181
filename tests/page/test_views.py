"""Every view for everybody: by light and by dark, on a phone, by keyboard, on paper."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from tests.page.axe import violations
from tests.page.scenes import Scene
from tests.page.visiting import Visit, visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")

_Open = Callable[[str], Awaitable[Visit]]
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class View:
    """Where a view is, and what shows that it is there.

    is_empty: of an operator that keeps nothing. is_refused: the server has no such view.
    """

    path: str
    shows: str
    is_empty: bool = False
    is_refused: bool = False


VIEWS = {
    "fleet": View("/", "#cards tr"),
    "on chain": View("/#media/figaro", "#chain pre"),
    "off-chain": View("/#default/home", "#pools table"),
    "failing": View("/#media/northpool", "#pools table .bad"),
    "mistaken": View("/#media/typo", "#why .bad"),
    "unknown": View("/#media/nobody", "#gone:not([hidden])", is_refused=True),
    "no name at all": View("/#nonsense", "#gone:not([hidden])", is_refused=True),
    "empty": View("/", "#empty:not([hidden])", is_empty=True),
    "login": View("/login.html", "form"),
    "refused": View("/login.html#refused", "#refused:target"),
}
_every_view = pytest.mark.parametrize("name", VIEWS)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(browser: Browser, page: str, empty_page: str) -> AsyncIterator[_Open]:
    """Open each view once, in a tab of its own, for all tests that only look at it."""
    tabs: dict[str, Visit] = {}
    async with AsyncExitStack() as stack:

        async def open_once(name: str) -> Visit:
            if name not in tabs:
                tabs[name] = await stack.enter_async_context(visiting(browser))
                await _go(tabs[name], VIEWS[name], empty_page if VIEWS[name].is_empty else page)
                for summary in await tabs[name].page.locator("summary").all():
                    await summary.click()
            await tabs[name].page.set_viewport_size({"width": 1280, "height": 900})
            await tabs[name].page.emulate_media(media="screen", color_scheme="light")
            return tabs[name]

        yield open_once


async def _go(visit: Visit, view: View, address: str) -> None:
    await visit.page.goto(address + view.path)
    await expect(visit.page.locator(view.shows).first).to_be_visible()


@_every_view
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_accessibility_rule_is_broken(opened: _Open, name: str, scheme: Scheme) -> None:
    visit = await opened(name)
    await visit.page.emulate_media(color_scheme=scheme)

    assert await violations(visit.page) == []


@_every_view
async def test_nothing_breaks_the_policy_and_no_other_host_is_asked(
    opened: _Open, name: str
) -> None:
    visit = await opened(name)

    assert [one for one in visit.troubles if not VIEWS[name].is_refused or "40" not in one] == []


@_every_view
async def test_a_phone_shows_all_without_scrolling_sideways(opened: _Open, name: str) -> None:
    visit = await opened(name)
    await visit.page.set_viewport_size({"width": 390, "height": 844})

    assert await visit.too_wide() == []


@_every_view
async def test_on_paper_it_is_dark_on_white_and_says_what_the_screen_says(
    opened: _Open, name: str
) -> None:
    visit = await opened(name)
    said = await visit.page.locator("main").inner_text()
    await visit.page.emulate_media(media="print", color_scheme="dark")
    printed = await visit.page.locator("main").inner_text()
    ground, ink = await visit.page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )

    assert (ground, ink) == ("rgb(255, 255, 255)", "rgb(22, 32, 43)")
    assert set(said.split()) - _CONTROLS <= set(printed.split())


async def test_a_long_view_becomes_pages_of_paper(opened: _Open) -> None:
    visit = await opened("on chain")

    paper = await visit.page.pdf(format="A4")

    assert paper.count(b"/Type /Page\n") >= 2


_CONTROLS = {"Before", "After"}


async def test_the_keyboard_leads_to_every_orchestrator_and_back(
    browser: Browser, page: str
) -> None:
    async with visiting(browser) as visit:
        await _go(visit, VIEWS["fleet"], page)
        tab, reached = visit.page, []
        for _ in range(5):
            await tab.keyboard.press("Tab")
            reached.append(await tab.evaluate("document.activeElement.innerText"))
        assert reached == [
            "Podium", "media/northpool", "media/typo", "default/home", "media/figaro",
        ]  # fmt: skip

        await tab.locator("#cards a", has_text="figaro").focus()
        await tab.keyboard.press("Enter")
        await expect(tab.locator("#detail-title")).to_be_focused()
        await expect(tab).to_have_title("media/figaro - Podium")
        await tab.keyboard.press("Tab")
        await tab.keyboard.press("Shift+Tab")
        await tab.go_back()
        await expect(tab.locator("#fleet-title")).to_be_focused()


async def test_what_one_holds_stays_while_numbers_move(
    browser: Browser, page: str, scene: Scene
) -> None:
    async with visiting(browser) as visit:
        await _go(visit, VIEWS["on chain"], page)
        tab = visit.page
        summary = tab.locator("#decisions summary").first
        await summary.focus()
        await tab.keyboard.press("Enter")
        marked = "getSelection().selectAllChildren(document.querySelector('#chain pre'))"
        await tab.evaluate(f"{marked}; window.same = document.querySelector('#pools tbody tr')")
        before = await tab.locator("#charts").inner_html()
        await scene.step()
        await expect(tab.locator("#charts")).not_to_have_js_property("innerHTML", before)

        await expect(summary).to_be_focused()
        assert await tab.locator("#decisions details[open]").count() == 1
        assert "data 0x" in await tab.evaluate("getSelection().toString()")
        assert await tab.evaluate("window.same.isConnected")


async def test_who_prefers_dark_gets_it(opened: _Open) -> None:
    visit = await opened("fleet")
    await visit.page.emulate_media(color_scheme="dark")
    ground = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert ground == "rgb(16, 22, 29)"


@pytest.mark.parametrize("name", ["fleet", "on chain"])
async def test_a_state_is_never_told_by_a_colour_alone(opened: _Open, name: str) -> None:
    visit = await opened(name)
    marks = await visit.page.locator(".good, .bad, .odd, .quiet").all_inner_texts()

    assert all(text.strip() for text in marks)
    assert "1 missed" in await visit.page.locator("main").inner_text()
