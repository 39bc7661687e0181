"""What a transcode gives back; plain values that travel between processes."""

from dataclasses import dataclass

from podium_worker.profiles import Container

__all__ = ["Rendition", "TranscodeResult"]


@dataclass(frozen=True, slots=True)
class Rendition:
    """One finished output; `pixels` is what a decoder of `data` will count.

    `psnr_db` compares the luma of all frames with what the encoder was given, by the encoder's
    own statistics; None when it keeps none.
    """

    name: str
    data: bytes
    pixels: int
    frames: int
    width: int
    height: int
    container: Container
    psnr_db: float | None = None


@dataclass(frozen=True, slots=True)
class TranscodeResult:
    """All renditions in the order of their profiles, and what the source held.

    `cpu_seconds` is what all threads together took; 0 where nobody measured it.
    """

    renditions: tuple[Rendition, ...]
    decoded_frames: int
    decoded_pixels: int
    cpu_seconds: float = 0.0
