"""How far renditions are from what their encoder was given, by the encoder's own count.

It costs nothing measurable: the encoder has both pictures at hand. It says nothing about scaling.
"""

import math
import struct
from typing import Any, Final

from av.packet import Packet

__all__ = ["LumaQuality"]

_STATS: Final = "quality_stats"
_HEAD = struct.Struct("<IBBH")  # quality, picture type, planes with an error, reserved
_SQUARED_ERROR = struct.Struct("<Q")
_PEAK = 255**2
_BEST_DB = 100.0  # what encoders report for pictures without any error


class LumaQuality:
    """Adds up the squared error of a rendition's luma."""

    def __init__(self) -> None:
        self._pixels = 0
        self._squared_error = 0

    def add(self, packet: "Packet[Any]", pixels: int) -> None:
        """Count an encoded picture of `pixels`; one without statistics is left out."""
        if not packet.has_sidedata(_STATS):
            return
        stats = bytes(packet.get_sidedata(_STATS))
        _, _, planes, _ = _HEAD.unpack_from(stats)
        if planes:
            self._squared_error += _SQUARED_ERROR.unpack_from(stats, _HEAD.size)[0]
            self._pixels += pixels

    @property
    def psnr_db(self) -> float | None:
        """Peak signal to noise ratio over all pictures, None without statistics."""
        if not self._pixels:
            return None
        if not self._squared_error:
            return _BEST_DB
        return min(_BEST_DB, 10 * math.log10(_PEAK * self._pixels / self._squared_error))
