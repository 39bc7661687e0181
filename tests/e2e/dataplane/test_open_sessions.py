"""`GET /sessions` beside a real node's metrics: what is open, and no way into it."""

import httpx
from tests.e2e.dataplane.plane import DataPlane
from tests.e2e.dataplane.wire import WireClient, seg_data

from podium_operator.command.told import read_told


async def _ask(plane: DataPlane, query: str = "") -> httpx.Response:
    # Without TLS there is no trust store to read, which takes longer than the answer.
    async with httpx.AsyncClient(timeout=60, verify=False) as client:  # noqa: S501
        return await client.get(f"http://127.0.0.1:{plane.node_metrics_port}/sessions{query}")


async def test_an_idle_node_tells_that_nothing_is_open_and_a_bad_question_what_to_ask(
    plane: DataPlane,
) -> None:
    await plane.start_queue()
    await plane.start_node()

    answer, wrong = await _ask(plane), await _ask(plane, "?limit=many")

    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["sessions"] == []
    assert answer.json()["load"]["sessions"] == 0
    assert (wrong.status_code, wrong.text) == (400, "limit: write a number from 0 to 1000\n")


async def test_a_session_is_told_with_what_became_of_it_and_without_its_secrets(
    plane: DataPlane, gateway: WireClient, segment: bytes
) -> None:
    await plane.start()
    token = await gateway.token()
    for seq in range(2):
        await gateway.push(seg_data(token, segment, seq=seq, manifest="a-stream-key"), segment)
    broken = bytes(1000)
    await gateway.push(seg_data(token, broken, seq=2, manifest="a-stream-key"), broken)

    answer = await _ask(plane, "?limit=5")
    (one,) = answer.json()["sessions"]

    assert (one["done"], one["failed"], one["lost"], one["pending"]) == (2, 1, 0, 0)
    assert one["loadClass"] == "h264/426x240@30"
    assert one["sourcePixelsPerSecond"] > 0
    assert one["ageSeconds"] >= one["segmentAgeSeconds"] >= 0
    assert answer.json()["load"]["totals"]["answered"] == 2
    assert read_told(answer.content).sessions[0].done == 2
    secrets = ("a-stream-key", token.session_id, token.token.hex())
    assert not any(secret in answer.text for secret in secrets)
