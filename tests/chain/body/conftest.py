"""Fixtures of the keeper's tests on a real chain."""

from tests.devnet.fixtures import devnet, devnet_session

__all__ = ["devnet", "devnet_session"]
