"""The texts a gateway decides by, word for word."""

import pytest

from podium_worker.transcoder.errors import NON_RETRYABLE, ErrorText, TranscodeError, is_retryable

FINAL = """
Unsupported input pixel format
Error initializing filtergraph
Too many outputs
Unsupported input codec
No keyframes in input
Unrecoverable state, restart process
Encoded frames runaway
Decoder not found
Demuxer not found
Encoder not found
Muxer not found
Option not found
Invalid argument
TranscoderInvalidResolution
TranscoderInvalidVideo
TranscoderUnrecognizedFormat
TranscoderUnrecognizedProfile
TranscoderInvalidGOP
TranscoderIncompatibleDevices
"""


def test_final_texts_are_the_networks() -> None:
    assert set(FINAL.strip().splitlines()) == NON_RETRYABLE


@pytest.mark.parametrize("text", sorted(NON_RETRYABLE))
def test_a_gateway_gives_up_after(text: str) -> None:
    assert not is_retryable(text)


@pytest.mark.parametrize(
    "text",
    [
        "TranscoderStopped",
        "TranscoderBusy",
        "TranscoderInvalidDuration",
        "Invalid data found when processing input",
        "Cannot allocate memory",
        "anything unknown",
    ],
)
def test_a_gateway_tries_elsewhere_after(text: str) -> None:
    assert is_retryable(text)


def test_the_gateway_is_told_the_text_without_the_detail() -> None:
    error = TranscodeError(ErrorText.STOPPED, "killed after 2.000 s")

    assert error.text == "TranscoderStopped"
    assert type(error.text) is str
    assert str(error) == "TranscoderStopped (killed after 2.000 s)"
