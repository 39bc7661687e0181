"""Malformed, hostile and surplus requests get the reference's status and text."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import GrpcFailure, WireClient, profile, seg_data

from podium_worker.wire import lp_rpc_pb2 as pb

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def shared(shared_plane: DataPlane) -> DataPlane:
    if not shared_plane.processes:
        await shared_plane.start()
    return shared_plane


@pytest_asyncio.fixture(loop_scope="module")
async def node(shared: DataPlane) -> AsyncIterator[WireClient]:
    client = shared.client()
    try:
        yield client
    finally:
        await client.leave()  # a busy machine has room for few sessions


async def first_answer(plane: DataPlane, header: pb.SegData, content_length: int) -> bytes:
    """Announce a body over HTTP/1.1, send three bytes of it, and read what comes back."""
    reader, writer = await open_tls(plane)
    text = base64.b64encode(header.SerializeToString()).decode()
    head = f"POST /segment HTTP/1.1\r\nHost: x\r\nLivepeer-Segment: {text}\r\n"
    writer.write(f"{head}Content-Length: {content_length}\r\n\r\nabc".encode())
    async with asyncio.timeout(60):
        answer = await reader.read(4096)
    writer.close()
    return answer


async def open_tls(plane: DataPlane) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect without ALPN, as those do that fetch renditions."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection("127.0.0.1", plane.node_port, ssl=context)


async def test_discovery_answers_as_the_reference_does(node: WireClient, shared: DataPlane) -> None:
    info = await node.discover()

    assert info.transcoder == shared.address
    assert info.address == bytes(20)
    assert len(info.auth_token.token) == 32
    assert info.capabilities.version
    assert not info.HasField("ticket_params")
    assert not info.HasField("price_info")


@pytest.mark.parametrize(
    ("header", "status", "text"),
    [
        pytest.param("", 403, "missing auth token", id="no segment header"),
        pytest.param("%%%", 403, "ErrorSegEncoding", id="not base64"),
        pytest.param(base64.b64encode(b"abc").decode(), 403, "proto", id="not protobuf"),
    ],
)
async def test_a_malformed_header_is_refused(
    node: WireClient, header: str, status: int, text: str
) -> None:
    response = await node.post_segment(header, b"x" * 100)

    assert response.status_code == status
    assert response.text.startswith(text)
    assert response.text.endswith("\n")


async def test_a_payment_that_is_not_base64_is_refused_with_402(node: WireClient) -> None:
    response = await node.post_segment("", b"x", **{"Livepeer-Payment": "%"})

    assert response.status_code == 402
    assert response.text.startswith("base64 decode error")


async def test_a_wrong_hash_is_forbidden(node: WireClient, segment: bytes) -> None:
    header = seg_data(await node.token(), segment)

    response = await node.post_segment(header.SerializeToString(), segment[:-1])

    assert (response.status_code, response.text.strip()) == (403, "Forbidden")


async def test_a_refused_first_segment_leaves_no_session(
    node: WireClient, shared: DataPlane, segment: bytes
) -> None:
    header = seg_data(await node.token(), segment)
    before = await shared.metric("livepeer_current_sessions_total")

    await node.post_segment(header.SerializeToString(), b"other")

    assert await shared.metric("livepeer_current_sessions_total") <= before


async def test_an_oversize_body_is_refused_before_it_is_read(
    node: WireClient, shared: DataPlane
) -> None:
    header = seg_data(await node.token(), b"x")

    answer = await first_answer(shared, header, content_length=300_000_001)

    assert b" 500 " in answer.splitlines()[0]
    assert b"Internal Server Error" in answer


async def test_a_source_by_address_is_a_bad_request(node: WireClient) -> None:
    header = seg_data(await node.token(), b"x")

    response = await node.post_segment(
        header.SerializeToString(),
        b"http://169.254.169.254/",
        **{"Content-Type": "application/vnd+livepeer.uri"},
    )

    assert (response.status_code, response.text.strip()) == (400, "BadRequest")


async def test_an_empty_segment_is_answered_as_invalid_video(node: WireClient) -> None:
    result = await node.push(seg_data(await node.token(), b""), b"")

    assert result.error == "TranscoderInvalidVideo"
    assert result.info.auth_token.session_id


async def test_segments_without_content_take_no_capacity(
    node: WireClient, shared: DataPlane
) -> None:
    before = await shared.metric("livepeer_current_sessions_total")
    for _ in range(8):
        await node.push(seg_data(await node.token(), b""), b"")

    async with asyncio.timeout(30):  # by itself a session ends after 70 s
        await shared.until_metric("livepeer_current_sessions_total", lambda now: now <= before)


async def test_a_truncated_segment_is_an_error_in_the_network_s_words(
    node: WireClient, segment: bytes
) -> None:
    cut = segment[:700]
    result = await node.push(seg_data(await node.token(), cut), cut)

    assert result.error
    assert result.WhichOneof("result") == "error"


async def test_a_codec_that_no_transcoder_has_is_incompatible(
    node: WireClient, segment: bytes
) -> None:
    header = seg_data(await node.token(), segment)
    header.fullProfiles[0].encoder = pb.VideoProfile.VP9

    response = await node.post_segment(header.SerializeToString(), segment)

    assert (response.status_code, response.text.strip()) == (403, "incompatible capabilities")


@pytest.mark.parametrize(
    ("method", "message", "text"),
    [
        ("EndTranscodingSession", pb.EndTranscodingSessionRequest(), "Invalid auth token"),
        ("Nothing", pb.PingPong(), "unknown method /net.Orchestrator/Nothing"),
    ],
)
async def test_a_call_that_cannot_be_done_ends_with_its_text(
    node: WireClient, method: str, message: pb.PingPong, text: str
) -> None:
    with pytest.raises(GrpcFailure) as caught:
        await node.call(method, message.SerializeToString())

    assert caught.value.text == text


async def test_ping_is_answered(node: WireClient) -> None:
    answer = await node.call("Ping", pb.PingPong(value=b"x").SerializeToString())

    assert pb.PingPong.FromString(answer).value == b""


async def test_a_session_s_renditions_go_when_it_ends(node: WireClient, segment: bytes) -> None:
    token = await node.token()
    result = await node.push(seg_data(token, segment), segment)
    url = result.data.segments[0].url
    before = await node.get(url)

    request = pb.EndTranscodingSessionRequest(auth_token=token)
    await node.call("EndTranscodingSession", request.SerializeToString())
    after = await node.get(url)

    assert (before.status_code, before.headers["content-type"]) == (200, "video/mp2t")
    assert before.headers["access-control-allow-origin"] == "*"
    assert (after.status_code, after.text.strip()) == (404, "ErrNotFound")


async def test_a_name_with_a_path_in_it_reaches_nothing_else(
    node: WireClient, segment: bytes
) -> None:
    header = seg_data(await node.token(), segment)
    header.fullProfiles[0].name = "../../jobs/x"
    header.fullProfiles.append(profile("ok", 160, 90))

    result = await node.push(header, segment)

    assert [url.url.split("/")[-2] for url in result.data.segments] == ["rendition-0", "ok"]
    for rendition in result.data.segments:
        assert (await node.get(rendition.url)).status_code == 200


async def test_a_guessed_job_is_not_there(node: WireClient) -> None:
    got = await node.renditions.get(f"{node.address}/jobs/guess")
    posted = await node.renditions.post(f"{node.address}/jobs/guess", content=b"x" * 10)

    assert (got.status_code, posted.status_code) == (404, 404)


async def test_the_sixth_segment_of_a_session_finds_it_busy(
    node: WireClient, shared: DataPlane, segment: bytes
) -> None:
    token = await node.token()
    shared.pause("transcoder")

    headers = [seg_data(token, segment, seq=seq) for seq in range(6)]
    # A connection each: this client's streams wait for one another when they share one.
    gateways = [shared.client() for _ in headers]
    pushes = [
        asyncio.create_task(gateway.push(header, segment))
        for gateway, header in zip(gateways, headers, strict=True)
    ]
    done, _ = await asyncio.wait(pushes, return_when=asyncio.FIRST_COMPLETED)
    shared.resume("transcoder")
    results = await asyncio.gather(*pushes)
    await asyncio.gather(*(gateway.aclose() for gateway in gateways))

    assert [task.result().error for task in done] == ["OrchestratorBusy"]
    assert sum(1 for result in results if result.WhichOneof("result") == "data") == 5


async def test_the_200_comes_before_the_transcode(
    node: WireClient, shared: DataPlane, segment: bytes
) -> None:
    header = base64.b64encode(seg_data(await node.token(), segment).SerializeToString())
    shared.pause("transcoder")

    async with node.http.stream(
        "POST",
        f"{node.address}/segment",
        content=segment,
        headers={"Livepeer-Segment": header.decode(), "Content-Type": "video/MP2T"},
    ) as response:
        status = response.status_code
        shared.resume("transcoder")
        body = await response.aread()

    assert status == 200
    assert len(pb.TranscodeResult.FromString(body).data.segments) == 1


async def test_a_gateway_that_leaves_frees_the_slot(
    node: WireClient, shared: DataPlane, segment: bytes
) -> None:
    header = seg_data(await node.token(), segment, manifest="left", duration_ms=60_000)
    before = await shared.metric("podium_segments_lost_total")
    leaving = shared.client()
    shared.pause("transcoder")

    push = asyncio.create_task(leaving.push(header, segment))
    await shared.until_metric("podium_waiting_segments", lambda value: value == 1)
    push.cancel()
    await leaving.aclose()
    await asyncio.gather(push, return_exceptions=True)
    async with asyncio.timeout(60):  # the deadline is far away
        await shared.until_metric("podium_segments_lost_total", lambda value: value == before + 1)
    await shared.until_metric("podium_source_bytes", lambda held: held == 0)
    shared.resume("transcoder")


async def test_a_body_that_trickles_is_cut_off(node: WireClient, shared: DataPlane) -> None:
    """The bound is a gateway's own patience: 8 s for a short segment."""
    header = seg_data(await node.token(), b"x", duration_ms=2000)

    answer = await first_answer(shared, header, content_length=100)

    assert b" 500 " in answer.splitlines()[0]


async def test_many_streams_at_once_are_served_or_refused_and_harm_nobody(
    node: WireClient, shared: DataPlane, segment: bytes
) -> None:
    tokens = [await node.token() for _ in range(20)]

    async def push(number: int) -> str:
        header = seg_data(tokens[number], segment, manifest=f"stream {number}", duration_ms=2000)
        gateway = shared.client()
        response = await gateway.post_segment(header.SerializeToString(), segment)
        await gateway.aclose()
        if response.status_code != 200:
            return response.text.strip()
        return pb.TranscodeResult.FromString(response.content).error or "served"

    outcomes = await asyncio.gather(*map(push, range(20)))
    after = await node.push(seg_data(await node.token(), segment, manifest="after"), segment)

    assert "served" in outcomes
    assert set(outcomes) <= {"served", "OrchestratorCapped", "Remote transcoder took too long"}
    assert len(after.data.segments) == 1
    await shared.until_metric("podium_source_bytes", lambda held: held == 0)


async def test_a_body_without_a_length_is_taken(node: WireClient, segment: bytes) -> None:
    header = seg_data(await node.token(), segment)
    text = base64.b64encode(header.SerializeToString()).decode()

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(segment), 1000):
            yield segment[start : start + 1000]

    response = await node.http.post(
        f"{node.address}/segment", content=pieces(), headers={"Livepeer-Segment": text}
    )

    assert len(pb.TranscodeResult.FromString(response.content).data.segments) == 1


async def test_one_port_speaks_http_1_1_without_alpn(node: WireClient, shared: DataPlane) -> None:
    reader, writer = await open_tls(shared)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")
