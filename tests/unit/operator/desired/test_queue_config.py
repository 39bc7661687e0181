"""nats.conf, judged by the real server: it starts, speaks TLS, and knows both generations."""

import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.unit.operator.desired.samples import NOW, orchestrator, sample

from podium_operator.api.names import ROTATE_ANNOTATION
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import secrets
from podium_operator.desired.queue_config import nats_conf

SERVER = str(Path(sys.executable).with_name("nats-server"))


def _files(subject: Orchestrator, data: Mapping[str, bytes], folder: Path) -> Path:
    """The pod's files under a folder, listening on loopback on ports that are free."""
    for key, value in data.items():
        (folder / key).write_bytes(value)
    text = nats_conf(subject)
    for given, here in (
        ("/etc/nats", str(folder)),
        ("/data", str(folder / "data")),
        ("/tmp/nats.pid", str(folder / "nats.pid")),  # noqa: S108
        ("0.0.0.0:4222", "127.0.0.1:-1"),
        ("0.0.0.0:8222", "127.0.0.1:-1"),
        ("0.0.0.0:6222", "127.0.0.1:-1"),
    ):
        text = text.replace(f'"{given}', f'"{here}')
    (folder / "nats.conf").write_text(text)
    return folder / "nats.conf"


@contextmanager
def _running(config: Path) -> Iterator[int]:
    """The server's client port, for as long as the server runs."""
    command = [SERVER, "--config", str(config), "--name", "q-0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _port(process)
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stderr is not None
    port = 0
    for line in process.stderr:
        if "Listening for client connections on" in line:
            port = int(line.rsplit(":", 1)[1])
        if "Server is ready" in line:
            return port
    raise AssertionError("the server ended before it was ready")


def _log_in(port: int, user: bytes, password: bytes, authority: bytes) -> str:
    """Log in as a client does, over TLS; what the server says to a PING."""
    context = ssl.create_default_context(cadata=authority.decode())
    words = {"user": user.decode(), "pass": password.decode(), "verbose": False, "pedantic": False}
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        hello = plain.recv(4096).decode()
        assert json.loads(hello.removeprefix("INFO "))["max_payload"] == 256 * 1024
        with context.wrap_socket(plain, server_hostname="home-queue.media.svc") as channel:
            channel.sendall(f"CONNECT {json.dumps(words)}\r\nPING\r\n".encode())
            return channel.recv(4096).decode().strip()


@pytest.mark.parametrize("name", ["home", "studio"], ids=["one server", "three servers"])
def test_the_server_takes_the_configuration(name: str, tmp_path: Path) -> None:
    subject = sample(name)
    states = secrets.ensure(subject, existing={}, now=NOW, token=lambda size: b"\1" * size)
    config = _files(subject, states[f"{name}-queue"].data, tmp_path)

    checked = subprocess.run(
        [SERVER, "--config", str(config), "-t"], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def test_both_generations_of_credentials_log_in_and_nobody_else(tmp_path: Path) -> None:
    asked = orchestrator(annotations={ROTATE_ANNOTATION: "now"})
    old = _state(orchestrator(), {})
    new = _state(asked, {"home-queue": old})
    authority = new.data["ca.crt"]

    with _running(_files(asked, new.data, tmp_path)) as port:
        answers = [
            _log_in(port, new.data["username"], new.data["password"], authority),
            _log_in(port, old.data["username"], old.data["password"], authority),
            _log_in(port, new.data["username"], old.data["password"], authority),
        ]

    assert answers == ["PONG", "PONG", "-ERR 'Authorization Violation'"]


def _state(
    subject: Orchestrator, existing: Mapping[str, secrets.SecretState]
) -> secrets.SecretState:
    fill = bytes([len(existing) + 1])
    return secrets.ensure(subject, existing=existing, now=NOW, token=lambda size: fill * size)[
        "home-queue"
    ]
