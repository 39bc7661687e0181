"""What every keeper shares: made once in `app`, passed down, never a global."""

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from podium_operator.chain.claims import Claims
from podium_operator.desired.facts import ImageDefaults, OperatorPeer
from podium_operator.events import Recorder
from podium_operator.external.board import Board
from podium_operator.kube.client import Kube
from podium_operator.live.gallery import Gallery
from podium_operator.machines import Machines
from podium_operator.metrics import Metrics
from podium_operator.reachability import Probing

__all__ = ["Surroundings"]

# At start many Orchestrators are met at once, and a first pass is some 30 ms of work: with more of
# them side by side, probes and watches would wait behind all of them.
_PASSES_AT_ONCE = 8


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The API, the clock, the dice, and what the installation decided."""

    kube: Kube
    recorder: Recorder
    metrics: Metrics
    image: ImageDefaults
    peer: OperatorPeer | None = None
    probing: Probing = field(default_factory=Probing)
    board: Board = field(default_factory=Board)
    gallery: Gallery = field(default_factory=lambda: Gallery(time.time))
    machines: Machines = field(default_factory=Machines)
    claims: Claims = field(default_factory=Claims)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PASSES_AT_ONCE))
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    draw: Callable[[], float] = random.random
    token: Callable[[int], bytes] = secrets.token_bytes
