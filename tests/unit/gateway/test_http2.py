"""The connection against a server that does what gateways meet: early answers, GOAWAY, resets."""

from pathlib import Path

import pytest
from tests.gateway.errors import RefusedError, TooSlowError, UnprocessedError, UnreachableError
from tests.gateway.grpc_call import unary
from tests.gateway.http2 import Http2Connection, body_within, head_within
from tests.unit.gateway.h2_peer import Heard, Peer, serving

LARGE = bytes(range(256)) * 2048
PLACE = ("orchestrator:8935", "/segment")
_SECONDS = 60.0


async def _open(port: int) -> Http2Connection:
    return await Http2Connection.open("127.0.0.1", port, connect_seconds=_SECONDS)


async def test_a_body_larger_than_the_window_arrives_whole(tmp_path: Path) -> None:
    async def echo(peer: Peer, heard: Heard) -> None:
        await heard.ended.wait()
        peer.answer(heard.stream_id, body=str(hash(bytes(heard.body))).encode())

    async with serving(tmp_path, echo) as port, await _open(port) as connection:
        answer = await connection.request("POST", PLACE, {}, LARGE)

        assert await body_within(answer, _SECONDS) == str(hash(LARGE)).encode()


async def test_an_expired_certificate_of_another_name_is_accepted(tmp_path: Path) -> None:
    async def greet(peer: Peer, heard: Heard) -> None:
        peer.answer(heard.stream_id)

    async with serving(tmp_path, greet) as port, await _open(port) as connection:
        answer = await connection.request("GET", PLACE, {})

        assert (await head_within(answer, _SECONDS))[":status"] == "200"


async def test_an_answer_before_the_end_of_the_upload_ends_the_upload(tmp_path: Path) -> None:
    async def refuse(peer: Peer, heard: Heard) -> None:
        peer.answer(heard.stream_id, status=403, body=b"Forbidden")

    async with serving(tmp_path, refuse) as port, await _open(port) as connection:
        answer = await connection.request("POST", PLACE, {}, LARGE * 8)

        assert (await head_within(answer, _SECONDS))[":status"] == "403"
        assert await body_within(answer, _SECONDS) == b"Forbidden"


async def test_a_request_in_flight_survives_a_graceful_goaway(tmp_path: Path) -> None:
    async def leave(peer: Peer, heard: Heard) -> None:
        last = heard.stream_id.to_bytes(4)
        peer.writer.write(bytes.fromhex("000008070000000000") + last + bytes(4))
        peer.answer(heard.stream_id, body=b"finished")

    async with serving(tmp_path, leave) as port, await _open(port) as connection:
        answer = await connection.request("GET", PLACE, {})

        assert await body_within(answer, _SECONDS) == b"finished"
        assert not connection.is_usable


async def test_a_request_that_a_leaving_server_did_not_look_at_may_be_sent_again(
    tmp_path: Path,
) -> None:
    async def leave(peer: Peer, heard: Heard) -> None:
        peer.writer.write(bytes.fromhex("000008070000000000") + bytes(8))

    async with serving(tmp_path, leave) as port, await _open(port) as connection:
        answer = await connection.request("GET", PLACE, {})

        with pytest.raises(UnprocessedError, match="GOAWAY"):
            await head_within(answer, _SECONDS)


async def test_a_reset_stream_is_unreachable_and_not_sent_again(tmp_path: Path) -> None:
    async def reset(peer: Peer, heard: Heard) -> None:
        peer.state.reset_stream(heard.stream_id, error_code=2)
        peer.send()

    async with serving(tmp_path, reset) as port, await _open(port) as connection:
        answer = await connection.request("GET", PLACE, {})

        with pytest.raises(UnreachableError, match="reset") as raised:
            await head_within(answer, _SECONDS)
        assert not isinstance(raised.value, UnprocessedError)


async def test_a_silent_server_ends_the_patience(tmp_path: Path) -> None:
    async def be_silent(peer: Peer, heard: Heard) -> None:
        pass

    async with serving(tmp_path, be_silent) as port, await _open(port) as connection:
        answer = await connection.request("GET", PLACE, {})

        with pytest.raises(TooSlowError, match="headers"):
            await head_within(answer, 0.05)


async def test_a_server_without_http2_is_unreachable(tmp_path: Path) -> None:
    async def never(peer: Peer, heard: Heard) -> None:
        raise AssertionError

    async with serving(tmp_path, never, alpn="http/1.1") as port:
        with pytest.raises(UnreachableError, match="ALPN"):
            await _open(port)


async def test_a_failed_call_carries_its_status_text(tmp_path: Path) -> None:
    async def capped(peer: Peer, heard: Heard) -> None:
        trailers = {"grpc-status": "2", "grpc-message": "too%20much: OrchestratorCapped"}
        peer.answer(heard.stream_id, trailers=trailers)

    async with serving(tmp_path, capped) as port, await _open(port) as connection:
        with pytest.raises(RefusedError, match="too much: OrchestratorCapped"):
            await unary(connection, "o:1", method="/a/b", message=b"", timeout_seconds=_SECONDS)


async def test_a_call_gives_the_message_without_its_frame(tmp_path: Path) -> None:
    async def reply(peer: Peer, heard: Heard) -> None:
        await heard.ended.wait()
        peer.answer(heard.stream_id, body=bytes(heard.body), trailers={"grpc-status": "0"})

    async with serving(tmp_path, reply) as port, await _open(port) as connection:
        reply_bytes = await unary(
            connection, "o:1", method="/a/b", message=b"same", timeout_seconds=_SECONDS
        )

    assert reply_bytes == b"same"
