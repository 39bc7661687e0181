"""What a segment of each load class takes on each pool: measured, else tested, else compared.

A class that a pool never served costs what its start-up test took for it, or for other sizes by
their pixels; without a test, as much as the slowest class known.
"""

__all__ = ["Known", "known_of", "offered_by"]

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from podium_operator.scaling.model import Canary, ClassDemand, PoolState, Service
from podium_operator.scaling.staffing import Offered

# Before anything was measured: half of the segment's own duration.
_UNKNOWN_SHARE: Final = 0.5
# A test is one segment with every slot busy; real segments scatter around it.
_TEST_SPREAD: Final = 1.25
# A rendition that keeps its source's rate is written as @0.
_USUAL_RATE: Final = 30.0
_RENDITION: Final = re.compile(r"([0-9]{1,5})x([0-9]{1,5})@([0-9]{1,4}(?:\.[0-9]{1,4})?)")


@dataclass(frozen=True, slots=True)
class Known:
    """What pools measured, as a slot of speed 1 would: for those that measured nothing."""

    by_class: Mapping[str, Service] = field(default_factory=dict)
    slowest: Service | None = None


def known_of(pools: Iterable[PoolState]) -> Known:
    """Gather it once per decision; of a class that several measured, the slowest counts."""
    found: dict[str, Service] = {}
    for pool in pools:
        for name, service in pool.service.items():
            scaled = _scaled(service, pool.speed)
            found[name] = _slower((scaled, found.get(name, scaled)))
    return Known(found, _slower(found.values()) if found else None)


def offered_by(
    demand: Iterable[ClassDemand], pool: PoolState, known: Known, *, kappa: float, factor: float
) -> list[Offered]:
    """The demand as this pool would serve all of it, every stream counted `factor` times.

    kappa: how much longer slots are busy than the services say. It lengthens the mean; the 95th
    percentile lies above it anyway and follows only where the mean would overtake it.
    """
    return [
        _offered(one, _service_of(one, pool, known), kappa=kappa, factor=factor) for one in demand
    ]


def _service_of(demand: ClassDemand, pool: PoolState, known: Known) -> Service:
    return pool.service.get(demand.load_class) or _compared(demand, pool, known)


def _offered(demand: ClassDemand, service: Service, *, kappa: float, factor: float) -> Offered:
    mean = kappa * service.mean_seconds
    return Offered(
        streams=demand.streams * factor,
        segment_seconds=demand.segment_seconds,
        mean_seconds=mean,
        p95_seconds=max(mean, service.p95_seconds),
    )


def _compared(demand: ClassDemand, pool: PoolState, known: Known) -> Service:
    tested = _tested(demand, pool.canary)
    if tested is not None:
        return Service(tested, tested * _TEST_SPREAD)
    if pool.service:
        return _slower(pool.service.values())
    elsewhere = known.by_class.get(demand.load_class) or known.slowest
    if elsewhere is not None:
        return _scaled(elsewhere, 1 / pool.speed)
    guess = _UNKNOWN_SHARE * demand.segment_seconds
    return Service(guess, guess)


def _tested(demand: ClassDemand, canary: Mapping[str, Canary]) -> float | None:
    """Slot seconds by the start-up test: of the same class, else of the pixels in a second."""
    same = canary.get(demand.load_class)
    if same is not None:
        return same.slot_seconds / same.segment_seconds * demand.segment_seconds
    wanted = _pixel_rate(demand.load_class)
    alike = [name for name in canary if _codecs(name) == _codecs(demand.load_class)]
    shares = [
        canary[name].slot_seconds / canary[name].segment_seconds / rate
        for name in alike or canary
        if (rate := _pixel_rate(name))
    ]
    return max(shares) * wanted * demand.segment_seconds if wanted and shares else None


def _codecs(load_class: str) -> str:
    """The part of the name before the sizes: pixels of another codec cost another time."""
    return load_class.partition("/")[0]


@lru_cache(maxsize=512)
def _pixel_rate(load_class: str) -> float:
    """Pixels a second over all renditions; 0 where the name does not tell."""
    return sum(
        int(width) * int(height) * (float(rate) or _USUAL_RATE)
        for width, height, rate in _RENDITION.findall(load_class[:256])
    )


def _scaled(service: Service, factor: float) -> Service:
    return Service(service.mean_seconds * factor, service.p95_seconds * factor)


def _slower(services: Iterable[Service]) -> Service:
    listed = tuple(services)
    return Service(
        mean_seconds=max(service.mean_seconds for service in listed),
        p95_seconds=max(service.p95_seconds for service in listed),
    )
