"""How much one segment may cost; the rest of the engine asks here."""

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one segment; a source past one of them is refused, never cut."""

    source_bytes: int = 256 << 20
    frame_pixels: int = 4096 * 2304
    frames: int = 36_000
    pixels: int = 7_378_560_000
    duration_seconds: float = 300.0
    output_bytes: int = 1 << 30
