"""The three gRPC calls of a gateway: who are you, this session has ended, are you there.

Off chain nothing is signed and any address is welcome, as the reference does it.
"""

from google.protobuf.message import DecodeError, Message

from podium_worker.errors import Refusal
from podium_worker.node import asgi
from podium_worker.node.asgi import Request
from podium_worker.node.state import NodeState
from podium_worker.settings import fill_address
from podium_worker.wire import grpc, lp_rpc_pb2 as pb, tokens
from podium_worker.wire.capabilities import Capability, offer, offered
from podium_worker.wire.grpc import GrpcError, Status

__all__ = ["NO_ADDRESS", "Discovery"]

NO_ADDRESS = bytes(20)
_SERVICE = "/net.Orchestrator/"
_CONTENT_TYPE = (b"content-type", b"application/grpc")


class Discovery:
    """Answers gRPC calls; `info` also goes with every transcoded segment."""

    def __init__(self, state: NodeState, *, secret: bytes, address_template: str) -> None:
        self._state = state
        self._template = address_template
        self.secret = secret
        self.advertised_address = fill_address(address_template, state.id)

    def capabilities(self) -> frozenset[Capability]:
        """Return what the transcoders can do between them."""
        return offered(self._state.fleet.classes())

    def info(self, token: pb.AuthToken) -> pb.OrchestratorInfo:
        """Say where to send the next segment, with a token for the gateway to show."""
        return pb.OrchestratorInfo(
            transcoder=self.next_address() or self.advertised_address,
            address=NO_ADDRESS,
            capabilities=offer(self.capabilities()),
            auth_token=token,
        )

    def next_address(self) -> str | None:
        """Return the address of the node that takes this one's streams over; None while it stays.

        Gateways go on where the last answer tells them to, and the nodes share their secret.
        """
        successor = self._state.successor()
        address = None if successor is None else fill_address(self._template, successor)
        return None if address == self.advertised_address else address

    async def serve(self, request: Request) -> None:
        """Answer one call."""
        try:
            body = await asgi.read_body(
                request, max_bytes=grpc.MAX_MESSAGE_BYTES + 5, timeout_seconds=10
            )
            answer = self._call(request.path, grpc.unframe(body))
        except asgi.BodyTooLargeError:
            await _fail(request, Status.RESOURCE_EXHAUSTED, "request too large")
        except asgi.SlowBodyError:
            await _fail(request, Status.INTERNAL, "request came too slowly")
        except DecodeError as error:
            await _fail(request, Status.INTERNAL, f"request not understood: {error}")
        except GrpcError as error:
            await _fail(request, error.status, error.text)
        else:
            await _succeed(request, answer)

    def _call(self, path: str, message: bytes) -> Message:
        match path.removeprefix(_SERVICE):
            case "GetOrchestrator":
                return self._get_orchestrator(pb.OrchestratorRequest.FromString(message))
            case "EndTranscodingSession":
                return self._end_session(pb.EndTranscodingSessionRequest.FromString(message))
            case "Ping":
                pb.PingPong.FromString(message)
                return pb.PingPong()
        raise GrpcError(Status.UNIMPLEMENTED, f"unknown method {path[:100]}")

    def _get_orchestrator(self, request: pb.OrchestratorRequest) -> pb.OrchestratorInfo:
        # Who ignores capacity only looks, and is not demand that was turned away.
        if not request.ignoreCapacityCheck:
            self._check_capacity()
        return self.info(tokens.mint_token(self.secret, self._state.clock()))

    def _check_capacity(self) -> None:
        try:
            self._state.check_discovery()
        except Refusal as error:
            text = f"Invalid orchestrator request: {error.text}"
            raise GrpcError(Status.UNKNOWN, text) from error

    def _end_session(
        self, request: pb.EndTranscodingSessionRequest
    ) -> pb.EndTranscodingSessionResponse:
        if not tokens.is_genuine(self.secret, request.auth_token):
            raise GrpcError(Status.UNKNOWN, "Invalid auth token")
        self._state.end_session(request.auth_token.session_id)
        return pb.EndTranscodingSessionResponse()


async def _succeed(request: Request, message: Message) -> None:
    send = request.send
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [_CONTENT_TYPE],
            "trailers": True,
        }
    )
    body = grpc.frame(message.SerializeToString())
    await send({"type": "http.response.body", "body": body, "more_body": False})
    await send(
        {
            "type": "http.response.trailers",
            "headers": grpc.status_headers(Status.OK),
            "more_trailers": False,
        }
    )


async def _fail(request: Request, status: Status, text: str) -> None:
    headers = [_CONTENT_TYPE, *grpc.status_headers(status, text)]
    await request.send({"type": "http.response.start", "status": 200, "headers": headers})
    await request.send({"type": "http.response.body", "body": b"", "more_body": False})
