"""Providers to look at: one on chain in a busy hour, one at home, one that fails, one mistaken."""

import math
from dataclasses import dataclass

from tests.page.provider import STEP_SECONDS, Place, Provider, Traits
from tests.page.rounds import CHAIN, on_chain

__all__ = ["Scene", "hour"]

_HOUR_SECONDS = 3600.0
_SHORT_SECONDS = 120.0
_WARM_UP_SECONDS = 120.0
_BEGIN = 1_795_000_000.0  # a morning in November 2026


@dataclass
class Scene:
    """Some providers in one place; `step` lets all of them live on."""

    place: Place
    providers: dict[str, Provider]

    async def step(self) -> None:
        self.place.at += STEP_SECONDS
        for provider in self.providers.values():
            await provider.step()

    async def live(self, seconds: float) -> None:
        """Let time pass."""
        for _ in range(round(seconds / STEP_SECONDS)):
            await self.step()


async def hour(seconds: float = _HOUR_SECONDS) -> Scene:
    """Let figaro live through the end of an hour with an event in it, the others through less."""
    scene = Scene(Place(_BEGIN + _HOUR_SECONDS - seconds - _WARM_UP_SECONDS), {})
    await _figaro(scene)
    await scene.live(_WARM_UP_SECONDS)
    scene.place.gallery.forget("media", "figaro")
    await scene.live(seconds - _SHORT_SECONDS)
    await _home(scene)
    await _broken(scene)
    await _mistaken(scene)
    await scene.live(_SHORT_SECONDS)
    await scene.providers["figaro"].write(**on_chain())
    return scene


async def _figaro(scene: Scene) -> None:
    traits = Traits(_evening, slot_seconds=0.62, slots_per_pod=4, startup_seconds=35.0)
    base = {
        "name": "l4",
        "hardware": {"type": "nvidia"},
        "slots": 4,
        "scale": {"min": 2, "max": 12, "costUsdPerHour": "0.71"},
    }
    overflow = {
        "name": "cpu",
        "hardware": {"type": "cpu"},
        "slots": 4,
        "scale": {"min": 0, "max": 6, "role": "overflow", "costUsdPerHour": "0.24"},
    }
    provider = Provider(scene.place, "figaro", traits)
    await provider.begin(base, overflow, chain=CHAIN)
    scene.providers["figaro"] = provider


async def _home(scene: Scene) -> None:
    traits = Traits(lambda at: 3 + round(math.sin(at / 97)), slot_seconds=0.8, slots_per_pod=1)
    provider = Provider(scene.place, "home", traits, namespace="default")
    await provider.begin(
        {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 4}}
    )
    scene.providers["home"] = provider


async def _broken(scene: Scene) -> None:
    provider = Provider(scene.place, "northpool", Traits(lambda _: 0, fails=("cpu",)))
    await provider.begin(
        {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 2}}
    )
    scene.providers["northpool"] = provider


async def _mistaken(scene: Scene) -> None:
    """Apply a spec that nothing can be made of: it is on the page all the same."""
    provider = Provider(scene.place, "typo", Traits(lambda _: 0))
    await provider.begin()
    scene.providers["typo"] = provider


def _evening(at: float) -> int:
    """Streams of an evening: a slow rise, and a match that begins in the middle of the hour."""
    minute = (at - _BEGIN) / 60
    match = 34 / (1 + math.exp(-(minute - 24) / 0.8)) - 14 / (1 + math.exp(-(minute - 47) / 1.5))
    return round(14 + 0.18 * minute + match + 1.6 * math.sin(minute / 1.7))
