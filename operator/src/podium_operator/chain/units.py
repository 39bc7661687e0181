"""Between what people write and what contracts count in: decimal strings, percentages, base units.

Exact in both directions: no float touches money. Pure.
"""

__all__ = [
    "as_eth",
    "as_lpt",
    "as_percent",
    "in_base_units",
    "in_ppm",
    "in_wei_per_gas",
    "shortened",
]

from decimal import ROUND_DOWN, Context, Decimal, localcontext
from typing import Final

from podium_operator.errors import InvalidSpecError

_DECIMALS: Final = 18
_GWEI_DECIMALS: Final = 9
_PPM_PER_PERCENT: Final = 10_000
_EXACT: Final = Context(prec=80)


def in_base_units(text: str) -> int:
    """Return "1.5" as 1_500_000_000_000_000_000; the schema has seen to the rest."""
    return int(Decimal(text).scaleb(_DECIMALS, _EXACT))


def in_wei_per_gas(gwei: str) -> int:
    """Return "0.02" gwei as 20_000_000 wei."""
    return int(Decimal(gwei).scaleb(_GWEI_DECIMALS, _EXACT))


def in_ppm(percent: float, *, field: str) -> int:
    """Return 12.5 as 125_000. Raises InvalidSpecError where a fifth decimal is asked for."""
    exact = Decimal(str(percent)) * _PPM_PER_PERCENT
    if exact != exact.to_integral_value():
        raise InvalidSpecError(
            f"{field}: {percent} is finer than the contract counts: use at most four decimals"
        )
    return int(exact)


def as_eth(wei: int) -> str:
    """Return base units as the shortest exact decimal string; LPT has as many decimals."""
    with localcontext(_EXACT):
        return f"{Decimal(wei).scaleb(-_DECIMALS).normalize():f}"


as_lpt = as_eth


def as_percent(ppm: int) -> float:
    """Return 125_000 as 12.5."""
    return ppm / _PPM_PER_PERCENT


def shortened(base_units: int) -> str:
    """Return an amount for a column: 81.2k, 4.05k, 950, 0.5; never rounded up."""
    with localcontext(_EXACT):
        whole = Decimal(base_units).scaleb(-_DECIMALS)
        for size, mark in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
            if whole >= size:
                return f"{_three_digits(whole / size)}{mark}"
        return _three_digits(whole)


def _three_digits(number: Decimal) -> str:
    places = max(0, 2 - max(0, number.adjusted())) if number else 0
    cut = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    return f"{cut.normalize():f}" if cut else "0"
