"""What the API server's schema cannot judge: quantities against each other and against slots.

A CEL rule over them would cost more than the server allows. Messages name the field and the fix.
"""

__all__ = ["faults_of"]

from collections.abc import Iterator, Sequence

from podium_operator.api.fields import Resources
from podium_operator.api.pools import Pool
from podium_operator.api.quantities import parse_quantity
from podium_operator.api.schedules import fault_of
from podium_operator.errors import InvalidSpecError


def faults_of(*, node: Resources, queue: Resources, pools: Sequence[Pool]) -> Iterator[str]:
    """One sentence per fault, each naming its field."""
    yield from _of_resources("spec.node.resources", node)
    yield from _of_resources("spec.queue.embedded.resources", queue)
    for number, pool in enumerate(pools):
        path = f"spec.pools[{number}]"
        faults = tuple(_of_resources(f"{path}.resources", pool.resources))
        yield from faults or _of_slots(path, pool)
        yield from _of_schedules(path, pool)


def _of_resources(path: str, resources: Resources) -> Iterator[str]:
    unreadable = tuple(_unreadable(path, resources))
    yield from unreadable or _contradictions(path, resources)


def _unreadable(path: str, resources: Resources) -> Iterator[str]:
    for group, quantities in (("requests", resources.requests), ("limits", resources.limits)):
        for key, quantity in quantities.items():
            try:
                parse_quantity(quantity)
            except InvalidSpecError as error:
                yield f"{path}.{group}.{key}: {error}"


def _contradictions(path: str, resources: Resources) -> Iterator[str]:
    for key, request in resources.requests.items():
        limit = resources.limits.get(key, request)
        if parse_quantity(request) > parse_quantity(limit):
            yield (
                f"{path}.requests.{key}: {request} is more than the limit of {limit}: "
                "lower it or raise the limit"
            )


def _of_slots(path: str, pool: Pool) -> Iterator[str]:
    cores = pool.resources.limits.get("cpu", pool.slots)
    # A single slot on less than a core is only slower; several would be late together.
    if pool.hardware.type == "cpu" and pool.slots > 1 and parse_quantity(cores) < pool.slots:
        yield (
            f"{path}.slots: every slot of a cpu pool needs a core, and {pool.slots} do not fit "
            f"into a limit of {cores}: lower slots or raise resources.limits.cpu"
        )


def _of_schedules(path: str, pool: Pool) -> Iterator[str]:
    for number, schedule in enumerate(pool.scale.schedules):
        if fault := fault_of(schedule.cron, schedule.time_zone):
            yield f"{path}.scale.schedules[{number}].{fault}"
