"""What a program waits for before it starts, and how to see whether it is so.

A gate is a plain value, so that it can stand in the plan. Looking takes seconds at most, which a
busy machine may need for one TLS handshake; the certificate of an HTTPS gate is checked like
anybody's.
"""

import http.client
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

__all__ = ["Gate", "is_open", "wait_until_open"]

_LOOK_SECONDS = 5.0
_STEP_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Gate:
    """A thing to wait for: `tcp://host:port`, `unix:/socket`, `file:/path` or a URL with 200."""

    url: str
    authority: str = ""
    certificate: str = ""
    key: str = ""


def is_open(gate: Gate) -> bool:
    """Look once; everything that can go wrong means not yet."""
    parts = urlsplit(gate.url)
    try:
        match parts.scheme:
            case "file":
                return Path(parts.path).exists()
            case "unix":
                return _connects(socket.AF_UNIX, parts.path)
            case "tcp":
                return _connects(socket.AF_INET, (parts.hostname or "", parts.port or 0))
            case "http" | "https":
                return _answers(gate)
            case _:
                raise ValueError(f"gate {gate.url!r}: use file, unix, tcp, http or https")
    except (OSError, http.client.HTTPException):
        return False


def wait_until_open(gate: Gate, *, timeout_seconds: float) -> bool:
    """Look twenty times a second until the gate is open; say whether it came to be."""
    until = time.monotonic() + timeout_seconds
    while not is_open(gate):
        if time.monotonic() > until:
            return False
        # There is no event to wait for: the one awaited is another program, still starting.
        time.sleep(_STEP_SECONDS)
    return True


def _connects(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_LOOK_SECONDS)
        probe.connect(address)
    return True


def _answers(gate: Gate) -> bool:
    connection = _connection(gate)
    try:
        connection.request("GET", urlsplit(gate.url).path)
        return connection.getresponse().status == http.client.OK
    finally:
        connection.close()


def _connection(gate: Gate) -> http.client.HTTPConnection:
    parts = urlsplit(gate.url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=_LOOK_SECONDS)
    context = ssl.create_default_context(cafile=gate.authority)
    context.load_cert_chain(gate.certificate, gate.key)
    return http.client.HTTPSConnection(host, port, timeout=_LOOK_SECONDS, context=context)
