"""What goes wrong between us and an endpoint. No message holds a URL, a header or an answer's body.

PodiumError
├── EndpointError      one endpoint gave no usable answer; says which and in what way
└── RpcError           the pool as a whole cannot answer
"""

__all__ = ["EndpointError", "EndpointFault", "RpcError"]

from enum import StrEnum

from podium_operator.errors import PodiumError


class EndpointFault(StrEnum):
    """In what way an endpoint failed; the values are metric labels and condition words."""

    NO_CONNECTION = "no-connection"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate-limit"
    STATUS = "bad-status"
    NO_JSON_RPC = "no-json-rpc"
    TOO_LONG = "too-long"
    REFUSED = "refused"
    WRONG_CHAIN = "wrong-chain"
    BEHIND = "behind"
    CONTRADICTED = "contradicted"


class EndpointError(PodiumError):
    """One endpoint failed, by its shown name; retry_after_seconds: what it asked for, else 0."""

    def __init__(
        self, name: str, fault: EndpointFault, detail: str = "", *, retry_after_seconds: float = 0.0
    ) -> None:
        super().__init__(f"endpoint {name}: {fault}{': ' * bool(detail)}{detail}")
        self.name, self.fault, self.retry_after_seconds = name, fault, retry_after_seconds


class RpcError(PodiumError):
    """No endpoint could answer; names every one with its fault."""
