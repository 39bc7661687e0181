"""How the wanted number leaves the operator: KEDA's gRPC service, and the JSON page."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from grpclib.client import Channel, UnaryStreamMethod, UnaryUnaryMethod
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from podium_operator.external import externalscaler_pb2 as pb, push
from podium_operator.external.board import Board, Offer
from podium_operator.external.offers import Offers
from podium_operator.external.pages import pool_pages

Show = Callable[[int | None], Awaitable[None]]
SERVICE = "/externalscaler.ExternalScaler/"


def _asked(**metadata: str) -> pb.ScaledObjectRef:
    given = {"orchestrator": "home", "pool": "gpu"} | metadata
    return pb.ScaledObjectRef(name="gpu", namespace="media", scalerMetadata=given)


@pytest.fixture
async def channel(offers: Offers) -> AsyncIterator[Channel]:
    """A line to the scaler, as KEDA's."""
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.ensure_future(
        push.serve(offers, host="127.0.0.1", port=0, bound=bound.set_result)
    )
    channel = Channel("127.0.0.1", await bound)
    yield channel
    channel.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def _call(channel: Channel, name: str, asked: Any, answered: Any) -> "UnaryUnaryMethod[Any, Any]":
    return UnaryUnaryMethod(channel, SERVICE + name, asked, answered)


async def test_the_metric_is_the_number_of_pods_with_a_target_of_one(
    channel: Channel, board: Board
) -> None:
    board.publish("media", "home", {"gpu": Offer(7, 2)})
    spec = _call(channel, "GetMetricSpec", pb.ScaledObjectRef, pb.GetMetricSpecResponse)
    metrics = _call(channel, "GetMetrics", pb.GetMetricsRequest, pb.GetMetricsResponse)

    (target,) = (await spec(_asked())).metricSpecs
    answer = await metrics(
        pb.GetMetricsRequest(scaledObjectRef=_asked(), metricName=target.metricName)
    )

    assert (target.targetSize, target.targetSizeFloat) == (1, 1.0)
    (value,) = answer.metricValues
    assert (value.metricName, value.metricValue, value.metricValueFloat) == (push.METRIC, 7, 7.0)


@pytest.mark.parametrize(
    ("desired", "is_active"),
    [pytest.param(0, False, id="no pod is wanted"), pytest.param(1, True, id="one is wanted")],
)
async def test_a_pool_is_active_while_a_pod_is_wanted(
    channel: Channel, show: Show, desired: int, *, is_active: bool
) -> None:
    await show(desired)

    answer = await _call(channel, "IsActive", pb.ScaledObjectRef, pb.IsActiveResponse)(_asked())

    assert answer.result is is_active


async def test_a_pool_that_leaves_zero_is_told_at_once_and_nothing_twice(
    channel: Channel, board: Board
) -> None:
    board.publish("media", "home", {"gpu": Offer(0, 0)})
    method: UnaryStreamMethod[Any, Any] = UnaryStreamMethod(
        channel, SERVICE + "StreamIsActive", pb.ScaledObjectRef, pb.IsActiveResponse
    )
    heard = []

    async with method.open() as stream:
        await stream.send_message(_asked(), end=True)
        for desired in (3, 5, 0):
            answer = await stream.recv_message()
            assert answer is not None
            heard.append(answer.result)
            board.publish("media", "home", {"gpu": Offer(desired, 0)})
            if desired == 5:
                board.publish("media", "home", {"gpu": Offer(0, 0)})
        await stream.cancel()

    assert heard == [False, True, False]


async def test_the_target_is_told_on_its_own_stream_too(channel: Channel, board: Board) -> None:
    board.publish("media", "home", {"gpu": Offer(2, 0)})
    method: UnaryStreamMethod[Any, Any] = UnaryStreamMethod(
        channel, SERVICE + "StreamMetricSpec", pb.ScaledObjectRef, pb.GetMetricSpecResponse
    )

    async with method.open() as stream:
        await stream.send_message(_asked(), end=True)
        first = await stream.recv_message()
        await stream.cancel()

    assert first is not None
    assert first.metricSpecs[0].targetSizeFloat == 1.0


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        pytest.param(_asked(pool=""), Status.INVALID_ARGUMENT, "'pool'", id="no pool is named"),
        pytest.param(_asked(pool="tpu"), Status.NOT_FOUND, "tpu", id="there is no such pool"),
        pytest.param(_asked(pool="cpu"), Status.FAILED_PRECONDITION, "scale.mode", id="native"),
    ],
)
async def test_a_trigger_that_is_wrong_hears_what_to_write(
    channel: Channel, show: Show, asked: pb.ScaledObjectRef, status: Status, said: str
) -> None:
    await show(1)

    with pytest.raises(GRPCError, match=said) as refused:
        await _call(channel, "IsActive", pb.ScaledObjectRef, pb.IsActiveResponse)(asked)

    assert refused.value.status is status


async def test_what_nothing_was_decided_for_is_unavailable_and_not_zero(
    channel: Channel, show: Show
) -> None:
    await show(None)

    with pytest.raises(GRPCError) as refused:
        await _call(channel, "IsActive", pb.ScaledObjectRef, pb.IsActiveResponse)(_asked())

    assert refused.value.status is Status.UNAVAILABLE


async def test_a_request_that_declares_gigabytes_is_refused_unread(channel: Channel) -> None:
    method = _call(channel, "IsActive", pb.ScaledObjectRef, pb.IsActiveResponse)

    async with method.open() as stream:
        await stream.send_request()
        await stream._stream.send_data(struct.pack("!BI", 0, 2**32 - 1))
        answer = dict(await stream._stream.recv_headers())
        await stream.cancel()

    assert answer["grpc-status"] == str(Status.INVALID_ARGUMENT.value)


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        pytest.param("media/home/gpu", 200, {"desiredPods": 4, "readyPods": 1}, id="offered"),
        pytest.param("media/home/tpu", 404, None, id="there is no such pool"),
        pytest.param("media/home/cpu", 409, None, id="scaled by Podium itself"),
        pytest.param("media/away/gpu", 404, None, id="there is no such Orchestrator"),
        pytest.param("media/%2e%2e%2fx/gpu", 404, None, id="a name that is a path"),
    ],
)
async def test_the_page_gives_a_number_or_says_why_not(
    offers: Offers, show: Show, path: str, status: int, answer: dict[str, int] | None
) -> None:
    await show(4)
    application = web.Application()
    application.router.add_routes([pool_pages(offers)])

    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        response = await session.get(server.make_url(f"/pools/{path}"))
        told = await response.json()

    assert response.status == status
    assert told == answer if answer else told["error"]
