"""nats.conf, judged by the real server: it starts, speaks TLS, and knows both generations."""

import asyncio
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import nats
import nats.errors
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StorageType, StreamInfo
from nats.js.errors import APIError, ServiceUnavailableError
from tests.support.ports import free_ports
from tests.unit.operator.desired.samples import orchestrator, sample

from podium_operator.api.names import ROTATE_ANNOTATION
from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired import secrets
from podium_operator.desired.queue_config import nats_conf

SERVER = str(Path(sys.executable).with_name("nats-server"))


def _files(
    subject: Orchestrator,
    data: Mapping[str, bytes],
    folder: Path,
    *,
    routes: Mapping[str, str] | None = None,
) -> Path:
    """The pod's files under a folder, listening on loopback on ports that are free.

    routes: other servers' addresses as written, and where they are here.
    """
    folder.mkdir(exist_ok=True)
    for key, value in data.items():
        (folder / key).write_bytes(value)
    text = nats_conf(subject)
    for given, here in (routes or {}).items():
        text = text.replace(given, here)
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
def _running(config: Path, *, name: str = "q-0") -> Iterator[int]:
    """The server's client port, for as long as the server runs."""
    command = [SERVER, "--config", str(config), "--name", name]
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
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        hello = plain.recv(4096).decode()
        assert json.loads(hello.removeprefix("INFO "))["max_payload"] == 256 * 1024
        with context.wrap_socket(plain, server_hostname="home-queue.media.svc") as channel:
            channel.sendall(f"CONNECT {json.dumps(words)}\r\nPING\r\n".encode())
            return channel.recv(4096).decode().strip()


@pytest.mark.parametrize("name", ["home", "studio"], ids=["one server", "three servers"])
def test_the_server_takes_the_configuration(name: str, tmp_path: Path) -> None:
    subject = sample(name)
    states = secrets.ensure(
        subject, existing={}, now=datetime.now(UTC), token=lambda size: b"\1" * size
    )
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


async def test_three_servers_find_each_other_and_keep_a_stream_thrice(tmp_path: Path) -> None:
    subject = sample("studio")
    states = secrets.ensure(
        subject, existing={}, now=datetime.now(UTC), token=lambda size: b"\1" * size
    )
    data = states["studio-queue"].data
    ports = free_ports(3)
    routes = {
        f"tls://studio-queue-{i}.studio-queue.media.svc:6222": f"tls://localhost:{port}"
        for i, port in enumerate(ports)
    }
    clients = 0
    with ExitStack() as servers:
        for i, port in enumerate(ports):
            here = {**routes, "0.0.0.0:6222": f"127.0.0.1:{port}"}
            config = _files(subject, data, tmp_path / str(i), routes=here)
            clients = servers.enter_context(_running(config, name=f"q-{i}"))
        client = await _connected(clients, data)
        jetstream = client.jetstream(timeout=2)

        info = await _stream_of(jetstream, copies=3)

        assert info.cluster is not None
        assert len(info.cluster.replicas or []) == 2
        await client.close()


def test_a_server_told_to_hand_over_enters_lame_duck_mode(tmp_path: Path) -> None:
    subject = sample("home")
    states = secrets.ensure(
        subject, existing={}, now=datetime.now(UTC), token=lambda size: b"\1" * size
    )
    config = _files(subject, states["home-queue"].data, tmp_path)

    with subprocess.Popen(
        [SERVER, "--config", str(config)], stderr=subprocess.PIPE, text=True
    ) as process:
        _port(process)
        subprocess.run([SERVER, "--signal", f"ldm={tmp_path / 'nats.pid'}"], check=True)
        assert process.stderr is not None
        told = any("Entering lame duck mode" in line for line in process.stderr)
        process.kill()

    assert told


async def _connected(port: int, data: Mapping[str, bytes]) -> Client:
    return await nats.connect(
        f"tls://localhost:{port}",
        user=data["username"].decode(),
        password=data["password"].decode(),
        tls=ssl.create_default_context(cadata=data["ca.crt"].decode()),
        tls_hostname="studio-queue.media.svc",
    )


async def _stream_of(jetstream: JetStreamContext, *, copies: int) -> StreamInfo:
    """The stream, as soon as the servers have elected a leader to make it."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await jetstream.add_stream(
                    name="jobs",
                    subjects=["jobs.>"],
                    storage=StorageType.MEMORY,
                    num_replicas=copies,
                )
            except (ServiceUnavailableError, APIError, nats.errors.TimeoutError):
                await asyncio.sleep(0.1)


def _state(
    subject: Orchestrator, existing: Mapping[str, secrets.SecretState]
) -> secrets.SecretState:
    fill = bytes([len(existing) + 1])
    return secrets.ensure(
        subject, existing=existing, now=datetime.now(UTC), token=lambda size: fill * size
    )["home-queue"]
