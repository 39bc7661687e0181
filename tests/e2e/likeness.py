"""How alike two videos are, measured as PSNR of the luma (dB), picture by picture."""

import io

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import Interpolation, VideoReformatter

__all__ = ["lowest_psnr"]

_PEAK = 255.0


def lowest_psnr(source: bytes, rendition: bytes) -> float:
    """Return the PSNR of the worst picture, the source scaled to the rendition's size.

    Raises ValueError when they have different numbers of pictures.
    """
    wanted = _luma(rendition, None)
    size = (wanted[0].shape[1], wanted[0].shape[0])
    given = _luma(source, size)
    if len(given) != len(wanted):
        raise ValueError(f"{len(given)} pictures in the source, {len(wanted)} in the rendition")
    return min(_psnr(one, other) for one, other in zip(given, wanted, strict=True))


def _luma(data: bytes, size: tuple[int, int] | None) -> list[npt.NDArray[np.float64]]:
    reformatter = VideoReformatter()
    pictures = []
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        for frame in container.decode(video=0):
            width, height = size or (frame.width, frame.height)
            fitted = reformatter.reformat(
                frame, width, height, "gray", interpolation=Interpolation.BICUBIC
            )
            pictures.append(fitted.to_ndarray().astype(np.float64))
    return pictures


def _psnr(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    error = float(np.mean((one - other) ** 2))
    return 99.0 if error == 0 else float(10 * np.log10(_PEAK**2 / error))
