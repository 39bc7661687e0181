"""An HTTP/2 server in the test's hands: it hears whole requests and says what it is told to say."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["Heard", "Peer", "serving"]


@dataclass(slots=True)
class Heard:
    """One request as it came."""

    stream_id: int
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Peer:
    """The server's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8")
        )
        self._heard: dict[int, Heard] = {}

    def send(self) -> None:
        """Write what the state machine has to say."""
        self.writer.write(self.state.data_to_send())

    def answer(
        self,
        stream_id: int,
        *,
        status: int = 200,
        body: bytes = b"",
        trailers: dict[str, str] | None = None,
    ) -> None:
        """Answer a request whole, with trailers if given."""
        self.state.send_headers(stream_id, [(":status", str(status))])
        if body:
            self.state.send_data(stream_id, body)
        if trailers is None:
            self.state.end_stream(stream_id)
        else:
            self.state.send_headers(stream_id, list(trailers.items()), end_stream=True)
        self.send()

    async def serve(self, act: Callable[["Peer", Heard], Awaitable[None]]) -> None:
        """Run `act` for every request as soon as its headers are there."""
        self.state.initiate_connection()
        self.send()
        async with asyncio.TaskGroup() as acting:
            while data := await self._reader.read(65536):
                for event in self.state.receive_data(data):
                    self._hear(event, acting, act)
                self.send()

    def _hear(
        self,
        event: h2.events.Event,
        acting: asyncio.TaskGroup,
        act: Callable[["Peer", Heard], Awaitable[None]],
    ) -> None:
        match event:
            case h2.events.RequestReceived():
                heard = Heard(event.stream_id, {str(k): str(v) for k, v in event.headers})
                self._heard[event.stream_id] = heard
                acting.create_task(_quietly(act(self, heard)))
            case h2.events.DataReceived():
                self._heard[event.stream_id].body += event.data
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self._heard[event.stream_id].ended.set()
            case _:
                pass


async def _quietly(acting: Awaitable[None]) -> None:
    await acting


@asynccontextmanager
async def serving(
    folder: Path, act: Callable[[Peer, Heard], Awaitable[None]], *, alpn: str = "h2"
) -> AsyncIterator[int]:
    """Serve on 127.0.0.1 and give the port."""
    context = _server_tls(folder)
    context.set_alpn_protocols([alpn])
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await Peer(reader, writer).serve(act)
        writer.close()
        connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _server_tls(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another name")])
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(past)
        .not_valid_after(past + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "peer.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
