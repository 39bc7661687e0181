"""The soak's own tests use the chain's fixtures."""

from tests.devnet.fixtures import devnet, devnet_session

__all__ = ["devnet", "devnet_session"]
