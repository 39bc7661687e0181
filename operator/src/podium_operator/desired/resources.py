"""A container's resources: what was asked for, filled up with defaults that never contradict it."""

__all__ = ["merged"]

from collections.abc import Mapping

from podium_operator.api.fields import Resources
from podium_operator.api.quantities import parse_quantity


def merged(
    given: Resources, *, requests: Mapping[str, str], limits: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The resources to set: what was given wins by key, and a default never contradicts it.

    A limit given below the default request lowers the request; a request given above the default
    limit raises the limit. A request given above a given limit is the API server's to refuse.
    """
    asked, most = _texts(given.requests), _texts(given.limits)
    lowered = {key: _least(value, most.get(key, value)) for key, value in requests.items()}
    raised = {key: _most(value, asked.get(key, value)) for key, value in limits.items()}
    return {"requests": {**lowered, **asked}, "limits": {**raised, **most}}


def _texts(quantities: Mapping[str, int | str]) -> dict[str, str]:
    return {key: str(value) for key, value in quantities.items()}


def _least(one: str, other: str) -> str:
    return min(one, other, key=parse_quantity)


def _most(one: str, other: str) -> str:
    return max(one, other, key=parse_quantity)
