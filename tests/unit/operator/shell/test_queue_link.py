"""The line to the queue, on a real NATS server: load in, capacity out, whatever the queue does."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from tests.support.ports import free_port

from podium_operator import queue_link
from podium_operator.load import LoadBook
from podium_operator.queue_link import Capacity, QueueAccess, QueueLink, capacity_payload

SERVER = Path(sys.executable).with_name("nats-server")
CPU = Capacity("cpu", 1, ready_pods=1, desired_pods=2, max_pods=4, startup_seconds=4.04)
NODE = json.dumps({"kind": "node", "id": "n", "sessions": 3}).encode()
_TRIED = "queue connection"  # logged with the error of each try
_SECONDS = 60.0


@asynccontextmanager
async def _queue(port: int, word: str = "first") -> AsyncIterator[None]:
    """Run a server that asks for a password until the block ends."""
    arguments = ["-a", "127.0.0.1", "-p", str(port), "--user", "podium", "--pass", word]
    process = await asyncio.create_subprocess_exec(
        SERVER, *arguments, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    async for line in process.stderr:
        if b"Server is ready" in line:
            break
    drain = asyncio.create_task(process.stderr.read())
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
        await drain


class Line:
    """A link that runs, and the news it brought."""

    def __init__(self, port: int) -> None:
        self.port, self.book, self.news = port, LoadBook(), asyncio.Event()
        self.link = QueueLink(self.book, self.news.set)
        self.task = asyncio.create_task(self.link.run())

    def use(self, word: str = "first") -> None:
        servers = (f"nats://127.0.0.1:{self.port}",)
        self.link.use(QueueAccess(servers, "podium", "podium", word))

    async def connected(self, peer: Client) -> None:
        """Return once the link has told its capacity: it subscribes before it tells."""
        told = await peer.subscribe("podium.capacity")
        await peer.flush()
        self.link.tell((CPU,))
        await told.next_msg(timeout=_SECONDS)
        await told.unsubscribe()

    async def heard(self) -> None:
        await asyncio.wait_for(self.news.wait(), _SECONDS)
        self.news.clear()

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class Journal(logging.Handler):
    """What a link logs, to wait for."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.put_nowait(record.getMessage())

    async def says(self, message: str) -> None:
        async with asyncio.timeout(_SECONDS):
            while await self._lines.get() != message:
                pass


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line(free_port())
    yield line
    await line.end()


@pytest.fixture
def journal(caplog: pytest.LogCaptureFixture) -> Iterator[Journal]:
    caplog.set_level(logging.DEBUG, queue_link.log.name)
    journal = Journal()
    queue_link.log.addHandler(journal)
    yield journal
    queue_link.log.removeHandler(journal)


@asynccontextmanager
async def _peer(port: int, word: str = "first") -> AsyncIterator[Client]:
    client = await nats.connect(f"nats://127.0.0.1:{port}", user="podium", password=word)
    yield client
    await client.close()


def test_capacity_is_told_as_the_contract_says() -> None:
    assert json.loads(capacity_payload((CPU,), at=1.0)) == {
        "at": 1.0,
        "pools": [
            {
                "name": "cpu",
                "slotsPerPod": 1,
                "readyPods": 1,
                "desiredPods": 2,
                "maxPods": 4,
                "startupSeconds": 4.0,
            }
        ],
    }


async def test_load_is_heard_and_capacity_is_told(line: Line) -> None:
    async with _queue(line.port), _peer(line.port) as peer:
        line.use()
        await line.connected(peer)

        await peer.publish("podium.load.node.n", NODE)

        await line.heard()
        assert line.book.view(now=0).sessions == 3


async def test_nonsense_on_the_subject_is_passed_over(line: Line) -> None:
    async with _queue(line.port), _peer(line.port) as peer:
        line.use()
        await line.connected(peer)

        for payload in (b"", b"{", b"x" * 100_000):
            await peer.publish("podium.load.node.n", payload)
        await peer.publish("podium.load.node.n", NODE)

        await line.heard()
        assert line.book.view(now=0).sessions == 3


async def test_news_of_capacity_is_told_at_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_link, "_CAPACITY_SECONDS", 3600.0)
    async with _queue(line.port), _peer(line.port) as peer:
        line.use()
        await line.connected(peer)
        told = await peer.subscribe("podium.capacity")
        await peer.flush()

        line.link.tell((CPU, CPU))

        message = await told.next_msg(timeout=_SECONDS)
        while len(json.loads(message.data)["pools"]) != 2:
            message = await told.next_msg(timeout=_SECONDS)


async def test_a_queue_that_comes_late_is_found(line: Line, journal: Journal) -> None:
    line.use()
    await journal.says(_TRIED)
    async with _queue(line.port), _peer(line.port) as peer:
        await line.connected(peer)


async def test_a_queue_that_was_away_is_found_again(line: Line) -> None:
    async with _queue(line.port), _peer(line.port) as peer:
        line.use()
        await line.connected(peer)

    async with _queue(line.port), _peer(line.port) as peer:
        await line.connected(peer)


async def test_new_credentials_are_used_without_a_restart(line: Line, journal: Journal) -> None:
    async with _queue(line.port, "second"), _peer(line.port, "second") as peer:
        line.use("first")
        await journal.says(_TRIED)

        line.use("second")

        await line.connected(peer)


async def test_new_credentials_do_not_wait_for_the_next_try(
    line: Line, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_link, "_RETRY_SECONDS", 3600.0)
    async with _queue(line.port), _peer(line.port) as peer:
        line.link.use(QueueAccess((f"tls://127.0.0.1:{line.port}",), "podium", ca_pem="no PEM"))
        await journal.says("queue not reached")

        line.use()

        await line.connected(peer)


async def test_a_queue_that_accepts_and_never_speaks_holds_up_nobody(line: Line) -> None:
    accepted, hung_up = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set()
        await reader.read()
        writer.close()
        hung_up.set()

    server = await asyncio.start_server(mute, "127.0.0.1", line.port)
    line.use()
    await asyncio.wait_for(accepted.wait(), _SECONDS)

    line.link.tell((CPU,))
    assert line.book.view(now=0).age_seconds is None

    await asyncio.wait_for(line.end(), _SECONDS)
    await asyncio.wait_for(hung_up.wait(), _SECONDS)
    server.close()


def test_a_password_is_never_shown() -> None:
    access = QueueAccess(("tls://queue:4222",), "podium", "podium", "hunter2", "PEM")

    assert "hunter2" not in repr(access)


def test_tls_trusts_the_given_authority_only(tmp_path: Path) -> None:
    plain = QueueAccess(("nats://queue:4222",), "podium")

    assert "tls" not in plain.options
    assert "user" not in plain.options
