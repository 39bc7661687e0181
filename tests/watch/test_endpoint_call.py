"""The reachability probe against a real node, and against what is not one."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane

from podium_operator.endpoint_call import Answer, Outcome, ask, told_address
from podium_worker.node.tls import write_certificate
from podium_worker.wire import grpc, lp_rpc_pb2 as pb

_PATIENCE_SECONDS = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DataPlane]:
    """A node without a single transcoder: it has no room for anybody."""
    plane = DataPlane(tmp_path_factory.mktemp("plane"))
    try:
        await plane.start_queue()
        await plane.start_node()
        yield plane
    finally:
        await plane.end()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_node_answers_and_tells_its_address(node: DataPlane) -> None:
    answer = await ask(node.address, timeout_seconds=_PATIENCE_SECONDS)

    assert (answer.outcome, answer.address) == (Outcome.OK, node.address)
    assert answer.seconds > 0


@pytest.mark.asyncio(loop_scope="module")
async def test_asking_a_full_node_is_no_demand_that_it_turned_away(node: DataPlane) -> None:
    answers = [await ask(node.address, timeout_seconds=_PATIENCE_SECONDS) for _ in range(3)]

    assert all(answer.is_reachable for answer in answers)
    assert await node.metric("podium_refused_total") == 0


async def test_a_port_where_nobody_listens_is_no_connection() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        answer = await ask(f"https://127.0.0.1:{port}", timeout_seconds=_PATIENCE_SECONDS)

    assert answer.outcome is Outcome.NO_CONNECTION
    assert not answer.is_reachable


async def test_a_name_that_nobody_has_is_no_name() -> None:
    answer = await ask("https://nobody.invalid:8935", timeout_seconds=_PATIENCE_SECONDS)

    assert answer.outcome is Outcome.NO_NAME


async def test_a_listener_without_tls_is_no_tls() -> None:
    async with _listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        answer = await ask(f"https://127.0.0.1:{port}", timeout_seconds=_PATIENCE_SECONDS)

    assert answer.outcome is Outcome.NO_TLS


async def test_a_listener_that_says_nothing_is_a_time_out() -> None:
    async with _listener(b"") as port:
        answer = await ask(f"https://127.0.0.1:{port}", timeout_seconds=0.2)

    assert answer.outcome is Outcome.TIMEOUT


@pytest.mark.parametrize(
    ("protocols", "reply"),
    [
        pytest.param(["http/1.1"], b"", id="a web server without HTTP/2"),
        pytest.param(["h2"], b"HTTP/1.1 200 OK\r\n\r\n", id="one that lies about HTTP/2"),
        pytest.param(["h2"], b"\0\0\0\4\0\0\0\0\0" + b"\xff" * 64, id="one that sends rubbish"),
        pytest.param(["h2"], b"\0\0\0\4\0\0\0\0\0", id="one that hangs up"),
    ],
)
async def test_a_stranger_with_tls_is_no_grpc(
    tmp_path: Path, protocols: list[str], reply: bytes
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*write_certificate(tmp_path, "127.0.0.1"))
    context.set_alpn_protocols(protocols)

    async with _listener(reply, context) as port:
        answer = await ask(f"https://127.0.0.1:{port}", timeout_seconds=_PATIENCE_SECONDS)

    assert answer.outcome is Outcome.NO_GRPC


def test_the_address_is_read_past_fields_that_nobody_knows() -> None:
    info = pb.OrchestratorInfo(
        price_info=pb.PriceInfo(pricePerUnit=1 << 40, pixelsPerUnit=1),
        auth_token=pb.AuthToken(token=b"x" * 300, session_id="s", expiration=1),
        transcoder="https://one.example:8935",
    )
    unknown = b"\x99\x06" + bytes(8) + b"\x9d\x06" + bytes(4) + b"\x90\x06\xff\xff\x01"

    told = told_address(grpc.frame(unknown + info.SerializeToString()))

    assert told == "https://one.example:8935"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(grpc.frame(b"\x0a\x05abc"), id="a field that ends behind the message"),
        pytest.param(grpc.frame(b"\x0f"), id="a kind that does not exist"),
        pytest.param(grpc.frame(b"\xff" * 20), id="a number without an end"),
        pytest.param(grpc.frame(b"\x0a\x01\xff"), id="a name that is no text"),
        pytest.param(b"\x01" + grpc.frame(b"")[1:], id="a compressed message"),
        pytest.param(grpc.frame(b"")[:4], id="half a prefix"),
    ],
)
def test_a_broken_answer_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is for nobody
        told_address(body)


def test_an_answer_without_an_address_is_an_empty_one() -> None:
    assert told_address(grpc.frame(b"")) == ""
    assert Answer(Outcome.REFUSED).is_reachable


@asynccontextmanager
async def _listener(reply: bytes, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Listen and answer the first bytes with a reply, or never."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reply:
            await reader.read(1)
            writer.write(reply)
            writer.write_eof() if writer.can_write_eof() else writer.close()
        with suppress(OSError):
            while await reader.read(65_536):
                pass
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await gone.wait()
