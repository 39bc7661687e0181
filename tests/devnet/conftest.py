"""The chain's own tests use its own fixtures."""

from tests.devnet.fixtures import devnet, devnet_session

__all__ = ["devnet", "devnet_session"]
