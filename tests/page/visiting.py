"""A person with a browser: what the page shows them, and everything that goes wrong meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Request

__all__ = ["FAR", "PATIENCE_MS", "Visit", "visiting"]

FAR = "podium.test"  # resolved to this machine by the browser alone: not a name of loopback
PATIENCE_MS = 60_000
_TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
});
"""
_WIDER_INSIDE = """
[...document.querySelectorAll("main *, header *")]
  .filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1
    && !["visible", "clip", "hidden"].includes(getComputedStyle(node).overflowX))
  .map((node) => node.outerHTML.slice(0, 120))
"""


@dataclass
class Visit:
    """One tab. troubles: errors, refused resources, calls to other hosts; for a test to look at."""

    page: Page
    hosts: set[str]
    troubles: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note everything that goes wrong from now on."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("request", self._asked)

    async def rows(self, box: str) -> dict[str, dict[str, str]]:
        """Read a table's rows by their first column: label to text, as a person sees them."""
        found: list[Any] = await self.page.evaluate(
            """(box) => [...document.querySelectorAll(`${box} tbody tr`)].map((row) => [
              row.children[0].innerText,
              Object.fromEntries([...row.children].map((cell) =>
                [cell.dataset.label ?? "", cell.innerText.trim()])),
            ])""",
            box,
        )
        return dict(found)

    async def sums(self, box: str) -> dict[str, str]:
        """Read a list of words and values."""
        found: dict[str, str] = await self.page.evaluate(
            """(box) => Object.fromEntries([...document.querySelectorAll(`${box} > div`)].map(
              (pair) => [pair.children[0].innerText, pair.children[1].innerText.trim()]))""",
            box,
        )
        return found

    async def too_wide(self) -> list[str]:
        """Return what one has to scroll sideways to read."""
        width: list[int] = await self.page.evaluate(
            "[document.documentElement.scrollWidth, innerWidth]"
        )
        inside: list[str] = await self.page.evaluate(_WIDER_INSIDE)
        return inside + (
            [f"the page itself: {width[0]} of {width[1]}"] if width[0] > width[1] else []
        )

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"{message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme != "data" and place.hostname not in self.hosts:
            self.troubles.append(f"request: {request.url}")


@asynccontextmanager
async def visiting(
    browser: Browser,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    **options: Any,
) -> AsyncIterator[Visit]:
    """Open a tab of its own, without cookies; whatever goes wrong in it ends in `troubles`."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="UTC",
        **options,
    )
    try:
        await context.add_init_script(_TELL_VIOLATIONS)
        visit = Visit(await context.new_page(), {"127.0.0.1", "localhost", FAR})
        visit.page.set_default_timeout(PATIENCE_MS)
        visit.listen()
        yield visit
    finally:
        await context.close()
