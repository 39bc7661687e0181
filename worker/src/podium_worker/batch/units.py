"""Numbers as a person reads them. Pure."""

import math

__all__ = ["bit_rate", "clock", "decibels", "size"]


def size(count: float) -> str:
    """Return bytes as B, kB, MB or GB."""
    return _scaled(count, ("B", "kB", "MB", "GB", "TB"))


def bit_rate(bits_per_second: float) -> str:
    """Return a bit rate as bit/s, kbit/s or Mbit/s."""
    return _scaled(bits_per_second, ("bit/s", "kbit/s", "Mbit/s", "Gbit/s"))


def decibels(value: float | None) -> str:
    """Return decibels; a dash where there are none, and a sign for pictures without any error."""
    if value is None:
        return "-"
    return "∞ dB" if math.isinf(value) else f"{value:.1f} dB"


def clock(seconds: float) -> str:
    """Return a span as 1:05 or 2:03:04."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _scaled(value: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == units[0] else f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} {units[-1]}"
