"""What strangers send to the page's port: rubbish, too much, too slowly, or nothing at all."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.support.strangers import dialled, is_sent_away
from tests.unit.operator.live.reviews import Reviews

from podium_operator.door import Door
from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate
from podium_operator.live.picture import Known
from podium_operator.live.server import application
from podium_operator.live.source import FromGallery
from podium_operator.load import LoadView

FAR, NEAR = b"Host: podium.example\r\n", b"Host: localhost\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded"
API = b"GET /api/orchestrators"


def _login(head: bytes, body: bytes) -> bytes:
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    return b"POST /login HTTP/1.1\r\n" + FAR + head + b"\r\n" + length + body


def _gallery() -> Gallery:
    gallery = Gallery(lambda: 0.0)
    _show(gallery)
    return gallery


def _show(gallery: Gallery) -> None:
    body = {"metadata": {"namespace": "media", "name": "home"}, "spec": {}}
    gallery.show(Known(body, {}, LoadView(sessions=gallery.version), {}))


@asynccontextmanager
async def _open(gallery: Gallery | None = None, **limits: float) -> AsyncIterator[int]:
    async with _standing(gallery, **limits) as (_, port):
        yield port


@asynccontextmanager
async def _standing(
    gallery: Gallery | None = None, **limits: float
) -> AsyncIterator[tuple[Door, int]]:
    source = FromGallery(gallery or _gallery(), fastest_seconds=0.1)
    door = Door(application(lambda: source, Gate(Reviews())), **limits)  # type: ignore[arg-type]
    try:
        yield door, await door.open("127.0.0.1", 0)
    finally:
        await door.close()


async def _answer(port: int, sent: bytes) -> bytes:
    async with dialled(port) as (reader, writer), asyncio.timeout(60):
        writer.write(sent)
        return await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(
            API + b" HTTP/1.1\r\n" + FAR + b"Authorization: Bearer \xff\xfe\r\n\r\n", 401,
            id="a token that is no text",
        ),
        pytest.param(
            API + b" HTTP/1.1\r\n" + FAR + b"Cookie: podium-token=\xff\xfe\r\n\r\n", 401,
            id="a cookie that is no text",
        ),
        pytest.param(_login(FORM, b"token=%ed%a0%80"), 303, id="a token of half a letter"),
        pytest.param(_login(FORM, b"token=" + b"a" * 29_000), 413, id="a token without end"),
        pytest.param(_login(FORM + b"; charset=none", b"token=a"), 400, id="no such letters"),
        pytest.param(_login(FORM + b"\r\nContent-Encoding: gzip", b"ab"), 400, id="no gzip"),
        pytest.param(_login(b"Content-Type: multipart/form-data", b"ab"), 415, id="another form"),
        pytest.param(b"GET /../../etc/passwd HTTP/1.1\r\n" + NEAR + b"\r\n", 404, id="a way up"),
        pytest.param(
            b"GET /%2e%2e/server.py HTTP/1.1\r\n" + NEAR + b"\r\n", 404, id="a way up in disguise"
        ),
        pytest.param(API + b"/a%00/b HTTP/1.1\r\n" + NEAR + b"\r\n", 400, id="a nothing in a name"),
        pytest.param(
            API + b"?find=%ff%ed%a0 HTTP/1.1\r\n" + NEAR + b"\r\n", 200, id="half letters to find"
        ),
        pytest.param(API + b" HTTP/1.1\r\nHost: [\r\n\r\n", 401, id="a host that is none"),
        pytest.param(API + b" HTTP/1.1\r\nHost: \xff:x\r\n\r\n", 401, id="a host that is no text"),
        pytest.param(API + b" HTTP/1.0\r\n\r\n", 401, id="no host"),
        pytest.param(API + b" HTTP/1.1\r\n" + NEAR + FAR + b"\r\n", 400, id="two hosts"),
        pytest.param(b"HEAD /api/events HTTP/1.1\r\n" + NEAR + b"\r\n", 405, id="no stream's head"),
        pytest.param(b"DELETE / HTTP/1.1\r\n" + NEAR + b"\r\n", 405, id="a wish to write"),
        pytest.param(
            API + b" HTTP/1.1\r\n" + NEAR + b"X: " + b"a" * 20_000 + b"\r\n\r\n", 400,
            id="a header without end",
        ),
        pytest.param(b"\x16\x03\x01\x00\r\n\r\n", 400, id="TLS"),
        pytest.param(
            b"POST /login HTTP/1.1\r\n" + NEAR
            + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
            id="two lengths",
        ),
    ],
)  # fmt: skip
async def test_rubbish_is_refused_and_is_no_trouble_of_ours(
    sent: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with _open() as port:
        head = await _answer(port, sent)

    assert int(head.split()[1]) == status
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
    if status in {200, 303, 401}:
        assert b"\r\nServer: podium\r\n" in head
        assert b"default-src 'none'" in head


@pytest.mark.parametrize(
    "begun",
    [pytest.param(b"", id="silent"), pytest.param(b"GET / HTTP/1.1\r\nHost: loc", id="slow")],
)
async def test_who_asks_for_nothing_is_sent_away(begun: bytes) -> None:
    async with _open(patience_seconds=0.05) as port, dialled(port) as (reader, writer):
        writer.write(begun)

        assert await is_sent_away(reader)


async def test_who_has_asked_is_not_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery, loop = _gallery(), asyncio.get_running_loop()
    usual = loop.time
    async with _open(gallery, patience_seconds=3600) as port, dialled(port) as (reader, writer):
        writer.write(b"GET /api/events HTTP/1.1\r\n" + NEAR + b"\r\n")
        await reader.readuntil(b"event: fleet")

        monkeypatch.setattr(loop, "time", lambda: usual() + 3600)  # its patience would be over now

        for _ in range(3):
            _show(gallery)
            await reader.readuntil(b"event: fleet")


async def test_more_connections_than_the_page_takes_are_ended_at_once() -> None:
    async with _open(most_connections=1) as port, dialled(port) as (reader, writer):
        writer.write(b"GET /api/events HTTP/1.1\r\n" + NEAR + b"\r\n")
        await reader.readuntil(b"event: fleet")

        async with dialled(port) as (one_more, _):
            assert await is_sent_away(one_more)


@pytest.mark.parametrize(
    "asked",
    [pytest.param(b"", id="never"), pytest.param(API + b" HTTP/1.1\r\n" + NEAR, id="long ago")],
)
async def test_who_asks_for_nothing_makes_room(asked: bytes) -> None:
    async with _open(most_connections=1) as port, dialled(port) as (reader, writer):
        if asked:
            writer.write(asked + b"\r\n")
            await reader.readuntil(b"HTTP/1.1 200 OK")

        head = await _answer(port, API + b" HTTP/1.1\r\n" + NEAR + b"\r\n")
        with contextlib.suppress(ConnectionResetError):
            await reader.read()  # to the end, which has come

    assert int(head.split()[1]) == 200


async def test_nothing_is_kept_of_who_left() -> None:
    async with _standing() as (door, port):
        for _ in range(20):
            await _answer(port, API + b" HTTP/1.1\r\n" + NEAR + b"Connection: close\r\n\r\n")

    assert len(door._answered) <= 2
