"""Kubernetes quantities, as far as resources need them: parse, compare, and fill in defaults."""

__all__ = ["merged", "parse_quantity"]

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from podium_operator.api.fields import Resources
from podium_operator.errors import InvalidSpecError

_SHAPE: Final = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)(?P<unit>m|k|[MGT]|[KMGT]i)?")
_FACTORS: Final[Mapping[str, Decimal]] = {
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}


def parse_quantity(text: str | int) -> Decimal:
    """The number a quantity stands for. Raises InvalidSpecError."""
    shape = _SHAPE.fullmatch(str(text))
    if shape is None:
        raise InvalidSpecError(f"{text!r} is no quantity: write for example 500m, 2 or 512Mi")
    return Decimal(shape["number"]) * _FACTORS.get(shape["unit"] or "", Decimal(1))


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
