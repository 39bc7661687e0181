"""Keccak-256, the network's hash (not SHA3-256: the padding differs).

pycryptodome's C code lets other threads run meanwhile and takes 1.3 times as long as OpenSSL's
SHA3 (`make bench-keccak`); hashing each chunk as it arrives hides the rest behind the upload.
"""

from typing import Protocol

from Crypto.Hash import keccak

__all__ = ["Hash", "keccak256", "new"]


class Hash(Protocol):
    """A running hash."""

    def update(self, data: bytes) -> object: ...
    def digest(self) -> bytes: ...


def new() -> Hash:
    """Return a running Keccak-256."""
    running: Hash = keccak.new(digest_bits=256)
    return running


def keccak256(data: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256."""
    running = new()
    running.update(data)
    return running.digest()
