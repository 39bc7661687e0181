"""How large a rendition becomes; pure arithmetic.

The shape is always the source's: the larger side a profile asks for goes to the source's larger
side, and the other follows. Encoders and billing both depend on the exact numbers.
"""

from dataclasses import dataclass
from fractions import Fraction

from podium_worker.transcoder.errors import ErrorText, TranscodeError

__all__ = ["Size", "rendition_size"]

_MIN_WIDTH, _MAX_WIDTH = 146, 4096
_MIN_HEIGHT, _MAX_HEIGHT = 50, 4096


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height


def rendition_size(source: Size, wanted: Size) -> Size:
    """Return the even size of a rendition of `source`, in the source's aspect and orientation."""
    if max(wanted.width, wanted.height) <= 0 or min(source.width, source.height) <= 0:
        raise TranscodeError(ErrorText.INVALID_RESOLUTION, f"{wanted} of {source}")
    longer = max(
        _clamp(wanted.width, _MIN_WIDTH, _MAX_WIDTH),
        _clamp(wanted.height, _MIN_HEIGHT, _MAX_HEIGHT),
    )
    if source.width >= source.height:
        shorter = Fraction(source.height, source.width)
        if longer * shorter >= _MIN_HEIGHT:
            return _even(longer, _follow(longer * shorter))
        return _even(_follow(_MIN_HEIGHT / shorter), _MIN_HEIGHT)
    shorter = Fraction(source.width, source.height)
    if longer * shorter >= _MIN_WIDTH:
        return _even(_follow(longer * shorter), longer)
    return _even(_MIN_WIDTH, _follow(_MIN_WIDTH / shorter))


def _follow(side: Fraction) -> int:
    """Round to the nearest multiple of two, halves up, as the reference's scaler does."""
    return int(side / 2 + Fraction(1, 2)) * 2


def _even(width: int, height: int) -> Size:
    """Cut to even, and to what the encoder takes: an extreme aspect may follow past it."""
    return Size(min(width, _MAX_WIDTH) // 2 * 2, min(height, _MAX_HEIGHT) // 2 * 2)


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
