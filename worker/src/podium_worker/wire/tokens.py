"""Authentication tokens that a gateway echoes with every segment.

A token proves that this Orchestrator handed out its session: HMAC-SHA256 under a secret which
all replicas share, so that any of them accepts it, also after a restart. Pure.
"""

import hmac
import secrets

from podium_worker.errors import Refusal
from podium_worker.wire import lp_rpc_pb2 as pb

__all__ = ["VALID_SECONDS", "check_token", "is_genuine", "mint_token"]

VALID_SECONDS = 1800
"""Gateways ask for a new token in the last tenth of this."""


def mint_token(secret: bytes, now: float) -> pb.AuthToken:
    """Make a token for a new session."""
    session_id = secrets.token_hex(8)
    expiration = int(now) + VALID_SECONDS
    return pb.AuthToken(
        token=_mac(secret, session_id, expiration), session_id=session_id, expiration=expiration
    )


def is_genuine(secret: bytes, token: pb.AuthToken) -> bool:
    """Whether this Orchestrator made the token, expired or not."""
    if token.expiration < 0:
        return False
    return hmac.compare_digest(_mac(secret, token.session_id, token.expiration), token.token)


def check_token(secret: bytes, token: pb.AuthToken | None, now: float) -> None:
    """Refuse a token that is missing, not ours or expired, with the network's texts."""
    if token is None:
        raise Refusal(403, "missing auth token")
    if not is_genuine(secret, token):
        raise Refusal(403, "invalid auth token")
    if now > token.expiration:
        raise Refusal(403, "expired auth token")


def _mac(secret: bytes, session_id: str, expiration: int) -> bytes:
    number = expiration.to_bytes((expiration.bit_length() + 7) // 8, "big")
    return hmac.digest(secret, session_id.encode() + number, "sha256")
