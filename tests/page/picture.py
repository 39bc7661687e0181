"""The README's picture: a fleet, and one of it below, of an hour that the operator made."""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright, expect
from tests.page.chromium import FLAGS, chromium
from tests.page.scenes import hour
from tests.page.serving import serving
from tests.page.visiting import visiting
from tests.support.fake_kube import FakeKube

from podium_operator.live.gate import Gate

__all__ = ["MOST_BYTES", "PICTURE", "main"]

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "page.png"
MOST_BYTES = 200_000
_WIDTH = 1180
_DETAIL_HEIGHT = 940
_COLOURS = 64
_END = "document.querySelector('main').getBoundingClientRect().bottom"


def main() -> int:
    """Write the picture anew."""
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(asyncio.run(_picture()))
    size = PICTURE.stat().st_size
    sys.stdout.write(f"{PICTURE.relative_to(PICTURE.parents[2])}: {size // 1000} kB\n")
    return int(size > MOST_BYTES)


async def _picture() -> bytes:
    scene = await hour()
    scene.place.gallery.forget("media", "typo")
    async with (
        serving(scene.place.gallery, Gate(FakeKube())) as port,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=list(FLAGS), chromium_sandbox=False
        )
        address = f"http://127.0.0.1:{port}/"
        fleet = await _shot(browser, address, "#cards tr")
        one = await _shot(browser, f"{address}#media/figaro", "#decisions table", _DETAIL_HEIGHT)
        await browser.close()
    return _stacked(fleet, one)


async def _shot(browser: Browser, address: str, shows: str, height: int = 0) -> bytes:
    async with visiting(browser, width=_WIDTH) as visit:
        await visit.page.goto(address)
        await expect(visit.page.locator(shows).first).to_be_visible()
        end: float = await visit.page.evaluate(_END)
        area = {"x": 0, "y": 0, "width": _WIDTH, "height": height or end}
        return await visit.page.screenshot(full_page=True, clip=area)  # type: ignore[arg-type]


def _stacked(*shots: bytes) -> bytes:
    """Put pictures below one another, with as few colours as do."""
    parts = [Image.open(io.BytesIO(shot)).convert("RGB") for shot in shots]
    whole = Image.new("RGB", (_WIDTH, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    out = io.BytesIO()
    whole.quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
