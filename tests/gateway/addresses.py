"""Orchestrator addresses, and another way to reach them (pure).

`ConnectTo` is for a gateway outside the cluster: it dials a forwarded port while names and headers
stay as advertised.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

__all__ = ["Address", "ConnectTo", "parse_address"]


@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of an https address, and the path in front of the routes."""

    host: str
    port: int
    path: str = ""

    @property
    def authority(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """Where to dial for an authority; one that is not named is dialled as it is."""

    by_authority: Mapping[str, str] = field(default_factory=dict)

    def dial(self, address: Address) -> tuple[str, int]:
        """Return host and port to open a connection to."""
        other = self.by_authority.get(address.authority)
        if other is None:
            return address.host, address.port
        host, _, port = other.rpartition(":")
        return host, int(port)


def parse_address(url: str) -> Address:
    """Return the parts of an https address; raises ValueError for another scheme or no port."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or not parts.port:
        raise ValueError(f"{url!r} is no orchestrator address: write https://HOST:PORT")
    return Address(parts.hostname, parts.port, parts.path.rstrip("/"))
