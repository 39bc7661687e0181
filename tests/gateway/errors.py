"""What can go wrong between a gateway and an orchestrator, by the reaction it causes.

GatewayError
├── UnreachableError        no connection, or it broke
│   └── UnprocessedError    it broke before the server looked at the request: safe to send again
├── TooSlowError            an answer came after the gateway's patience ended
├── RefusedError            discovery said no (OrchestratorCapped and the like)
├── RejectedError           /segment answered another status than 200
├── TranscodeError    a 200 whose result is an error
├── BadReplyError           a reply that cannot be what was asked for
└── MissingRenditionError   a promised rendition could not be fetched
"""

__all__ = [
    "BadReplyError",
    "GatewayError",
    "MissingRenditionError",
    "RefusedError",
    "RejectedError",
    "TooSlowError",
    "TranscodeError",
    "UnprocessedError",
    "UnreachableError",
]

# The exact texts that a gateway takes for a fault of the source: it neither retries nor leaves.
_FAULTS_OF_THE_SOURCE = frozenset(
    {
        "Decoder not found",
        "Demuxer not found",
        "Encoded frames runaway",
        "Encoder not found",
        "Error initializing filtergraph",
        "Invalid argument",
        "Muxer not found",
        "No keyframes in input",
        "Option not found",
        "Too many outputs",
        "TranscoderIncompatibleDevices",
        "TranscoderInvalidGOP",
        "TranscoderInvalidResolution",
        "TranscoderInvalidVideo",
        "TranscoderUnrecognizedFormat",
        "TranscoderUnrecognizedProfile",
        "Unrecoverable state, restart process",
        "Unsupported input codec",
        "Unsupported input pixel format",
    }
)


class GatewayError(Exception):
    """Anything after which a gateway has no renditions for its segment."""

    @property
    def keeps_session(self) -> bool:
        """Whether a gateway goes on with the same session after this."""
        return False


class UnreachableError(GatewayError):
    """The orchestrator could not be reached, or the connection broke."""


class UnprocessedError(UnreachableError):
    """The server left before it looked at the request; a Go client sends it again by itself."""


class TooSlowError(GatewayError):
    """The answer did not come within the gateway's patience."""


class RefusedError(GatewayError):
    """GetOrchestrator answered an error; the text is the gRPC message."""


class RejectedError(GatewayError):
    """`/segment` answered another status than 200."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text


class TranscodeError(GatewayError):
    """The result of a segment is an error text."""

    @property
    def keeps_session(self) -> bool:
        return str(self) in _FAULTS_OF_THE_SOURCE


class BadReplyError(GatewayError):
    """A reply that does not parse, or does not fit what was asked for."""


class MissingRenditionError(GatewayError):
    """A rendition that the result names could not be fetched."""
