"""Errors of a transcode, in the network's own words.

A gateway decides by the exact text whether another transcoder could do better, so the texts
here are part of the wire and never change. Nothing here knows about media or processes.
"""

from enum import StrEnum

__all__ = ["NON_RETRYABLE", "ErrorText", "TranscodeError", "is_retryable"]


class ErrorText(StrEnum):
    """What a transcode can fail with, word for word."""

    TOO_MANY_OUTPUTS = "Too many outputs"
    UNSUPPORTED_PIXEL_FORMAT = "Unsupported input pixel format"
    UNSUPPORTED_CODEC = "Unsupported input codec"
    NO_KEYFRAMES = "No keyframes in input"
    FILTER_GRAPH = "Error initializing filtergraph"
    RUNAWAY = "Encoded frames runaway"
    UNRECOVERABLE = "Unrecoverable state, restart process"
    DECODER_NOT_FOUND = "Decoder not found"
    DEMUXER_NOT_FOUND = "Demuxer not found"
    ENCODER_NOT_FOUND = "Encoder not found"
    MUXER_NOT_FOUND = "Muxer not found"
    OPTION_NOT_FOUND = "Option not found"
    INVALID_ARGUMENT = "Invalid argument"
    INVALID_RESOLUTION = "TranscoderInvalidResolution"
    INVALID_VIDEO = "TranscoderInvalidVideo"
    UNRECOGNIZED_FORMAT = "TranscoderUnrecognizedFormat"
    UNRECOGNIZED_PROFILE = "TranscoderUnrecognizedProfile"
    INVALID_GOP = "TranscoderInvalidGOP"
    INCOMPATIBLE_DEVICES = "TranscoderIncompatibleDevices"

    BUSY = "TranscoderBusy"
    STOPPED = "TranscoderStopped"
    INVALID_HARDWARE = "TranscoderInvalidHardware"
    INVALID_INPUT = "TranscoderInvalidInput"
    INVALID_DURATION = "TranscoderInvalidDuration"
    INVALID_DATA = "Invalid data found when processing input"
    END_OF_FILE = "End of file"
    OUT_OF_MEMORY = "Cannot allocate memory"
    EXTERNAL = "Generic error in an external library"


_RETRYABLE = frozenset(
    {
        ErrorText.BUSY,
        ErrorText.STOPPED,
        ErrorText.INVALID_HARDWARE,
        ErrorText.INVALID_INPUT,
        ErrorText.INVALID_DURATION,
        ErrorText.INVALID_DATA,
        ErrorText.END_OF_FILE,
        ErrorText.OUT_OF_MEMORY,
        ErrorText.EXTERNAL,
    }
)
NON_RETRYABLE = frozenset(text.value for text in ErrorText if text not in _RETRYABLE)
"""Texts after which a gateway neither tries elsewhere nor leaves this orchestrator."""


class TranscodeError(Exception):
    """A segment that could not be transcoded; `text` is what the gateway is told."""

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(text, detail)
        self.text = str(text)
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.text} ({self.detail})" if self.detail else self.text


def is_retryable(text: str) -> bool:
    """Whether a gateway tries another transcoder after this text."""
    return text not in NON_RETRYABLE
