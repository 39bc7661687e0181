"""A browser, a scene and a page, shared by all tests of this folder in one event loop."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from tests.devcluster.fixtures import cluster
from tests.devcluster.programs.errors import MissingError
from tests.page.chromium import FLAGS, chromium
from tests.page.scenes import Scene, hour
from tests.page.serving import serving
from tests.page.visiting import FAR, PATIENCE_MS
from tests.support.fake_kube import FakeKube

from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate

__all__ = ["browser", "cluster", "empty_page", "page", "scene"]

expect.set_options(timeout=PATIENCE_MS)
_shared = pytest_asyncio.fixture(scope="session", loop_scope="session")


@_shared
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window; `podium.test` is this machine to it, and no other name is any."""
    try:
        program = chromium()
    except MissingError as error:  # an installation that fails is an error, and not a skip
        pytest.skip(str(error))
    rules = f"--host-resolver-rules=MAP {FAR} 127.0.0.1,MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=program,
            args=[*FLAGS, rules],
            chromium_sandbox=False,
            timeout=2 * PATIENCE_MS,
        )
        yield started
        await started.close()


@_shared
async def scene() -> Scene:
    """The last ten minutes of an hour of four providers."""
    return await hour(600)


@_shared
async def page(scene: Scene) -> AsyncIterator[str]:
    """The page of the scene, as port-forward would show it."""
    async with serving(scene.place.gallery, Gate(FakeKube())) as port:
        yield f"http://127.0.0.1:{port}"


@_shared
async def empty_page() -> AsyncIterator[str]:
    """The page of an operator that keeps nothing yet."""
    async with serving(Gallery(lambda: 0.0), Gate(FakeKube())) as port:
        yield f"http://127.0.0.1:{port}"
