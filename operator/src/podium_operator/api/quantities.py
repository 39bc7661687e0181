"""Kubernetes quantities, as far as resources need them."""

__all__ = ["parse_quantity"]

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

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
