"""A data plane per test, or one per module where tests leave it as they found it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient

from podium_worker.transcoder.sample import build_sample

__all__: list[str] = []


@pytest.fixture(scope="session")
def segment() -> bytes:
    """A small segment that a slot does in a moment."""
    return build_sample(width=320, height=180, frames=15)


@pytest.fixture(scope="session")
def heavy_segment() -> bytes:
    """A segment that keeps a slot busy long enough to be interrupted."""
    return build_sample(width=1920, height=1080, frames=90)


@pytest_asyncio.fixture
async def plane(tmp_path: Path) -> AsyncIterator[DataPlane]:
    """An empty data plane: nothing runs until the test says so."""
    plane = DataPlane(tmp_path)
    try:
        yield plane
    finally:
        await plane.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_plane(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DataPlane]:
    """A data plane that the tests of a module share; begin with `restore`."""
    plane = DataPlane(tmp_path_factory.mktemp("plane"))
    try:
        yield plane
    finally:
        await plane.end()


@pytest_asyncio.fixture
async def gateway(plane: DataPlane) -> AsyncIterator[WireClient]:
    """A gateway of that data plane."""
    client = plane.client()
    try:
        yield client
    finally:
        await client.aclose()
