"""An Orchestrator with one external and one native pool, and those who offer its numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.clock import Clock
from tests.support.fake_kube import FakeKube

from podium_operator.external.board import Board
from podium_operator.external.offers import Offers


@pytest.fixture
def kube() -> FakeKube:
    return FakeKube()


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def offers(kube: FakeKube, board: Board, clock: Clock) -> Offers:
    return Offers(kube, board, clock=clock)


@pytest.fixture
def show(kube: FakeKube) -> Callable[..., Any]:
    """Put an Orchestrator there whose status wants this many pods; None: nothing decided yet."""

    async def store(desired: int | None) -> None:
        pools = [{"name": "gpu", "scale": {"mode": "External", "max": 9}}, {"name": "cpu"}]
        status = [{"name": "gpu", "desired": desired, "ready": 1}] if desired is not None else []
        body = {
            "apiVersion": "podium.video/v1alpha1",
            "kind": "Orchestrator",
            "metadata": {"namespace": "media", "name": "home"},
            "spec": {"pools": pools},
            "status": {"pools": status},
        }
        known = ("Orchestrator", "media", "home") in kube.objects
        await (kube.replace(body) if known else kube.create(body))

    return store
