"""The encoder's own likeness, read from what it attaches to packets."""

import struct
from fractions import Fraction
from typing import Any

import pytest
from av.codec.context import Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from podium_worker.transcoder.media.quality import LumaQuality


def encoded(*, flags: int) -> "list[Packet[Any]]":
    context = VideoCodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 64, 64, "yuv420p"
    context.time_base, context.flags = Fraction(1, 25), flags
    frame = VideoFrame(64, 64, "yuv420p")
    for number, plane in enumerate(frame.planes):
        plane.update(bytes(index * (number + 7) % 256 for index in range(plane.buffer_size)))
    frame.pts = 0
    return [*context.encode(frame), *context.encode(None)]


def test_without_packets_nothing_is_known() -> None:
    assert LumaQuality().psnr_db is None


def test_without_statistics_nothing_is_known() -> None:
    quality = LumaQuality()

    for packet in encoded(flags=0):
        quality.add(packet, 64 * 64)

    assert quality.psnr_db is None


def test_errors_of_all_pictures_add_up() -> None:
    quality = LumaQuality()
    (packet,) = encoded(flags=Flags.psnr)
    (error,) = struct.unpack_from("<Q", bytes(packet.get_sidedata("quality_stats")), 8)

    quality.add(packet, 64 * 64)
    quality.add(packet, 64 * 64)

    assert error > 0
    assert quality.psnr_db is not None
    assert 255**2 * 64 * 64 / 10 ** (quality.psnr_db / 10) == pytest.approx(error)
