"""What FFmpeg says of a file reaches a gateway only in words that the network has."""

import av.error
import pytest

from podium_worker.transcoder.devices.hardware import nvidia
from podium_worker.transcoder.errors import ErrorText
from podium_worker.transcoder.media.engine import _text_of


@pytest.mark.parametrize(
    ("kind", "code", "words", "text"),
    [
        pytest.param(
            av.error.ArgumentError, 22, "Invalid argument", ErrorText.INVALID_ARGUMENT, id="shared"
        ),
        pytest.param(
            av.error.MemoryError,
            12,
            "Cannot allocate memory",
            ErrorText.OUT_OF_MEMORY,
            id="memory is told apart",
        ),
        pytest.param(
            av.error.BlockingIOError,
            11,
            "Resource temporarily unavailable",
            ErrorText.INVALID_DATA,
            id="a demuxer that wants to be asked again",
        ),
        pytest.param(
            av.error.OSError, 5, "Input/output error", ErrorText.INVALID_DATA, id="a file cut off"
        ),
        pytest.param(
            av.error.PatchWelcomeError,
            0x45574150,
            "Not yet implemented in FFmpeg, patches welcome",
            ErrorText.INVALID_DATA,
            id="a codec's rare corner",
        ),
        pytest.param(av.error.UnknownError, 1, None, ErrorText.INVALID_DATA, id="no words"),
    ],
)
def test_text_of(
    kind: type[av.error.FFmpegError], code: int, words: str | None, text: ErrorText
) -> None:
    assert _text_of(kind(code, words)) is text  # type: ignore[arg-type]  # FFmpeg may have none


def test_words_that_only_a_driver_uses_are_not_the_segments() -> None:
    error = av.error.FFmpegError(1, "Operation not permitted")

    assert _text_of(error, nvidia(0)) is ErrorText.EXTERNAL
