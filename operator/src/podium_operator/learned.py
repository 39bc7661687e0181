"""What an operator has learned of its pools, kept in a ConfigMap and not in a database.

Service times by class, start-up times and slots per pod outlive a restart this way. What is read
back may have been edited by anybody: each number is bounded, and a text that is none is nothing.
Written when something changed much, and not more often than once a minute. Pure.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from podium_operator.load import LoadView
from podium_operator.measured import MOST_CLASSES
from podium_operator.scaling import Service

__all__ = ["Learned", "LearnedPool", "learned_of", "parse_learned"]

_LARGEST_CHARACTERS = 200_000
_MOST_POOLS = 32
_MOST_SLOTS = 1024
_CHANGE = 0.1  # of a number, before it is worth a write

_Name = Annotated[str, Field(max_length=256)]
_Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class _Kept(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore"
    )


class LearnedService(_Kept):
    """Slot seconds of one class."""

    mean_seconds: _Seconds
    p95_seconds: _Seconds


class LearnedPool(_Kept):
    """One pool's; startup_seconds holds the last start-ups, oldest first."""

    startup_seconds: Annotated[tuple[_Seconds, ...], Field(max_length=20)] = ()
    slots_per_pod: Annotated[float, Field(gt=0, le=_MOST_SLOTS, allow_inf_nan=False)] | None = None
    service: Annotated[dict[_Name, LearnedService], Field(max_length=MOST_CLASSES + 1)] = {}

    @property
    def services(self) -> dict[str, Service]:
        return {
            name: Service(one.mean_seconds, max(one.mean_seconds, one.p95_seconds))
            for name, one in self.service.items()
        }


class Learned(_Kept):
    """All pools of one Orchestrator."""

    pools: Annotated[dict[_Name, LearnedPool], Field(max_length=_MOST_POOLS)] = {}

    def encode(self) -> str:
        return self.model_dump_json(by_alias=True, exclude_none=True)

    def differs(self, other: "Learned") -> bool:
        """Whether a number is another by more than a tenth, or is new, or gone."""
        mine, theirs = dict(_numbers(self)), dict(_numbers(other))
        if mine.keys() != theirs.keys():
            return True
        return any(abs(mine[key] - theirs[key]) > _CHANGE * theirs[key] for key in mine)


def learned_of(
    load: LoadView, startup_seconds: Mapping[str, tuple[float, ...]], *, pools: Iterable[str]
) -> Learned:
    """Gather what is known now; a number out of bounds is left out."""
    return Learned(
        pools={
            pool: LearnedPool(
                startup_seconds=tuple(
                    round(min(max(one, 0.1), 3600), 1) for one in startup_seconds.get(pool, ())
                ),
                slots_per_pod=_slots(load, pool),
                service={
                    name[:256]: LearnedService(
                        mean_seconds=round(one.mean_seconds, 4),
                        p95_seconds=round(one.p95_seconds, 4),
                    )
                    for name, one in sorted(load.service.get(pool, {}).items())
                    if 1e-3 < one.mean_seconds <= one.p95_seconds <= 3600
                },
            )
            for pool in pools
        }
    )


def _slots(load: LoadView, pool: str) -> float | None:
    slots = load.slots_per_pod.get(pool, 0.0)
    return slots if 0 < slots <= _MOST_SLOTS else None


def parse_learned(text: str) -> Learned:
    """Read it back; nothing at all where it is not what was written."""
    if len(text) > _LARGEST_CHARACTERS:
        return Learned()
    try:
        return Learned.model_validate_json(text)
    except ValidationError:
        return Learned()


def _numbers(learned: Learned) -> Iterable[tuple[tuple[str, str], float]]:
    for name, pool in learned.pools.items():
        if pool.startup_seconds:
            ordered = sorted(pool.startup_seconds)
            yield (name, "startup"), ordered[int(0.9 * (len(ordered) - 1))]
        if pool.slots_per_pod is not None:
            yield (name, "slots"), pool.slots_per_pod
        for load_class, service in pool.service.items():
            yield (name, f"mean {load_class}"), service.mean_seconds
            yield (name, f"p95 {load_class}"), service.p95_seconds
