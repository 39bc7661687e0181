"""KEDA's external-push scaler: a gRPC service that says how many pods an external pool should have.

KEDA asks per ScaledObject; its namespace is the Orchestrator's, and its trigger's metadata name
`orchestrator` and `pool`. The metric is the number of pods itself with a target of 1, so that the
HPA's arithmetic changes nothing about it. A pool that leaves zero is told at once, over the stream.
"""

import logging
import socket
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, Final, TypeVar

from google.protobuf.message import DecodeError, Message
from grpclib.config import Configuration
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Server, Stream

from podium_operator.errors import PodiumError
from podium_operator.external import externalscaler_pb2 as pb
from podium_operator.external.board import Offer
from podium_operator.external.offers import NotExternalError, Offers, PoolKey, UnknownPoolError

__all__ = ["METRIC", "PushScaler", "serve"]

log = logging.getLogger(__name__)

METRIC: Final = "desired-pods"
_SERVICE: Final = "/externalscaler.ExternalScaler/"
_SPEC: Final = pb.GetMetricSpecResponse(
    metricSpecs=[pb.MetricSpec(metricName=METRIC, targetSize=1, targetSizeFloat=1)]
)
_LARGEST_REQUEST_BYTES: Final = 65_536
_FRAME_BYTES: Final = 5

_Call = Callable[[Any], Coroutine[Any, Any, None]]
_Asked = TypeVar("_Asked", bound=Message)


class PushScaler:
    """The five calls of KEDA's `ExternalScaler`."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    def __mapping__(self) -> dict[str, Handler]:
        one, many = Cardinality.UNARY_UNARY, Cardinality.UNARY_STREAM
        calls: tuple[tuple[str, _Call, Cardinality, Any, Any], ...] = (
            ("IsActive", self.is_active, one, pb.ScaledObjectRef, pb.IsActiveResponse),
            ("StreamIsActive", self.watch_active, many, pb.ScaledObjectRef, pb.IsActiveResponse),
            ("GetMetricSpec", self.spec, one, pb.ScaledObjectRef, pb.GetMetricSpecResponse),
            ("StreamMetricSpec", self.watch_spec, many, pb.ScaledObjectRef, type(_SPEC)),
            ("GetMetrics", self.metrics, one, pb.GetMetricsRequest, pb.GetMetricsResponse),
        )
        return {
            _SERVICE + name: Handler(call, cardinality, asked, answered)
            for name, call, cardinality, asked, answered in calls
        }

    async def is_active(self, stream: "Stream[pb.ScaledObjectRef, pb.IsActiveResponse]") -> None:
        offer = await self._read(await _request(stream, pb.ScaledObjectRef))
        await stream.send_message(pb.IsActiveResponse(result=offer.desired > 0))

    async def watch_active(self, stream: "Stream[pb.ScaledObjectRef, pb.IsActiveResponse]") -> None:
        """Say now, and at every turn, whether the pool should have a pod at all."""
        key = _key(await _request(stream, pb.ScaledObjectRef))
        last: bool | None = None
        try:
            async with aclosing(self._offers.follow(key)) as offers:
                async for offer in offers:
                    if last is not (offer.desired > 0):
                        last = offer.desired > 0
                        await stream.send_message(pb.IsActiveResponse(result=last))
        except PodiumError as error:
            raise _refusal(error) from error

    async def spec(self, stream: "Stream[pb.ScaledObjectRef, pb.GetMetricSpecResponse]") -> None:
        await self._read(await _request(stream, pb.ScaledObjectRef))
        await stream.send_message(_SPEC)

    async def watch_spec(
        self, stream: "Stream[pb.ScaledObjectRef, pb.GetMetricSpecResponse]"
    ) -> None:
        """Say once what the target is: it never changes, and a stream that ends is asked again."""
        key = _key(await _request(stream, pb.ScaledObjectRef))
        await stream.send_message(_SPEC)
        try:
            async with aclosing(self._offers.follow(key)) as offers:
                async for _ in offers:
                    pass
        except PodiumError as error:
            raise _refusal(error) from error

    async def metrics(self, stream: "Stream[pb.GetMetricsRequest, pb.GetMetricsResponse]") -> None:
        request = await _request(stream, pb.GetMetricsRequest)
        if request.metricName != METRIC:
            raise GRPCError(Status.NOT_FOUND, f"no metric {request.metricName!r}: ask for {METRIC}")
        wanted = (await self._read(request.scaledObjectRef)).desired
        value = pb.MetricValue(metricName=METRIC, metricValue=wanted, metricValueFloat=wanted)
        await stream.send_message(pb.GetMetricsResponse(metricValues=[value]))

    async def _read(self, asked: pb.ScaledObjectRef) -> Offer:
        try:
            return await self._offers.read(_key(asked))
        except PodiumError as error:
            raise _refusal(error) from error


async def serve(offers: Offers, *, host: str, port: int, bound: Callable[[int], None]) -> None:
    """Answer KEDA until cancelled; `bound` is told the port, which matters where it was 0."""
    window = Configuration(
        http2_connection_window_size=_LARGEST_REQUEST_BYTES,
        http2_stream_window_size=_LARGEST_REQUEST_BYTES,
    )
    server = Server([PushScaler(offers)], config=window)
    logging.getLogger("grpclib").setLevel(logging.WARNING)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    await server.start(sock=listener)
    try:
        bound(listener.getsockname()[1])
        await server.wait_closed()
    finally:
        server.close()
        await server.wait_closed()


async def _request(stream: "Stream[Any, Any]", kind: type[_Asked]) -> _Asked:
    """Read the one request; the library would take in any length that a caller declares."""
    raw = stream._stream  # noqa: SLF001 - the size has to be known before the rest is read
    frame = await raw.recv_data(_FRAME_BYTES)
    size = int.from_bytes(frame[1:], "big")
    if len(frame) < _FRAME_BYTES or frame[0] or size > _LARGEST_REQUEST_BYTES:
        raise GRPCError(
            Status.INVALID_ARGUMENT,
            f"send one uncompressed request of at most {_LARGEST_REQUEST_BYTES} bytes",
        )
    try:
        return kind.FromString(await raw.recv_data(size))
    except (DecodeError, AssertionError) as error:
        raise GRPCError(Status.INVALID_ARGUMENT, "the request cannot be read") from error


def _key(asked: pb.ScaledObjectRef) -> PoolKey:
    """Find out which pool a trigger means; raises `GRPCError` naming what its metadata lacks."""
    given = asked.scalerMetadata
    for name in ("orchestrator", "pool"):
        if not given.get(name):
            raise GRPCError(
                Status.INVALID_ARGUMENT,
                f"the trigger's metadata has no {name!r}: name it beside scalerAddress",
            )
    return PoolKey(asked.namespace, given["orchestrator"], given["pool"])


def _refusal(error: PodiumError) -> GRPCError:
    match error:
        case UnknownPoolError():
            return GRPCError(Status.NOT_FOUND, str(error))
        case NotExternalError():
            return GRPCError(Status.FAILED_PRECONDITION, str(error))
        case _:
            return GRPCError(Status.UNAVAILABLE, str(error))
