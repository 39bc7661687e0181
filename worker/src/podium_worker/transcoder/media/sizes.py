"""How large a rendition becomes; pure arithmetic.

The shape is always the source's: the larger side a profile asks for goes to the source's larger
side, and the other follows. Encoders and billing both depend on the exact numbers.
"""

from dataclasses import dataclass
from fractions import Fraction

from podium_worker.profiles import Codec
from podium_worker.transcoder.errors import ErrorText, TranscodeError

__all__ = ["Size", "rendition_size"]


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What an encoder takes, in hardware or in software."""

    least: Size
    most: Size


_H264 = _Bounds(Size(146, 50), Size(4096, 4096))
_HEVC = _Bounds(Size(132, 40), Size(8192, 8192))


def rendition_size(source: Size, wanted: Size, codec: Codec = Codec.H264) -> Size:
    """Return the even size of a rendition of `source`, in the source's aspect and orientation."""
    if max(wanted.width, wanted.height) <= 0 or min(source.width, source.height) <= 0:
        raise TranscodeError(ErrorText.INVALID_RESOLUTION, f"{wanted} of {source}")
    bounds = _HEVC if codec is Codec.H265 else _H264
    least, most = bounds.least, bounds.most
    longer = max(
        _clamp(wanted.width, least.width, most.width),
        _clamp(wanted.height, least.height, most.height),
    )
    if source.width >= source.height:
        shorter = Fraction(source.height, source.width)
        if longer * shorter >= least.height:
            return _even(longer, _follow(longer * shorter), most)
        return _even(_follow(least.height / shorter), least.height, most)
    shorter = Fraction(source.width, source.height)
    if longer * shorter >= least.width:
        return _even(_follow(longer * shorter), longer, most)
    return _even(least.width, _follow(least.width / shorter), most)


def _follow(side: Fraction) -> int:
    """Round to the nearest multiple of two, halves up, as the reference's scaler does."""
    return int(side / 2 + Fraction(1, 2)) * 2


def _even(width: int, height: int, most: Size) -> Size:
    """Cut to even, and to what the encoder takes: an extreme aspect may follow past it."""
    return Size(min(width, most.width) // 2 * 2, min(height, most.height) // 2 * 2)


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
