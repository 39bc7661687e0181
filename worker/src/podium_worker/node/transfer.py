"""The two requests of a transcoder: `GET /jobs/<token>` and `POST /jobs/<token>`.

The token is the only right to a job, and good for one job. A result is read within bounds,
checked against what was ordered, and passed on once.
"""

from podium_worker.errors import Refusal
from podium_worker.jobs import Job
from podium_worker.node import asgi
from podium_worker.node.asgi import Request
from podium_worker.node.dispatch import Answer, Dispatcher
from podium_worker.node.ledger import Verdict
from podium_worker.profiles import Container
from podium_worker.transcoder.media.results import Rendition
from podium_worker.wire.multipart import MultipartError, Part, boundary_of, parse_body
from podium_worker.wire.segment import MAX_SEGMENT_BYTES

__all__ = ["ERROR_TYPE", "serve_job"]

ERROR_TYPE = "livepeer/transcoding-error"
_MAX_RESULT_BYTES = 2 * MAX_SEGMENT_BYTES
_MAX_ERROR_BYTES = 4096


async def serve_job(request: Request, token: str, dispatcher: Dispatcher) -> None:
    """Answer a transcoder; `Refusal` with 400, 404 or 409 when there is nothing for it."""
    match request.method:
        case "GET":
            source = dispatcher.fetch(token)
            if source is None:
                raise Refusal(404, "no such job")
            await asgi.reply(request.send, 200, source, content_type="video/mp2t")
        case "POST":
            await _take_result(request, token, dispatcher)
            await asgi.reply(request.send, 200, b"OK")
        case _:
            raise Refusal(405, "use GET or POST")


async def _take_result(request: Request, token: str, dispatcher: Dispatcher) -> None:
    verdict, job = dispatcher.may_answer(token)
    _check(verdict)
    if job is None:
        raise Refusal(404, "no such job")
    is_error = request.headers.get("content-type", "") == ERROR_TYPE
    try:
        body = await asgi.read_body(
            request,
            max_bytes=_MAX_ERROR_BYTES if is_error else _MAX_RESULT_BYTES,
            timeout_seconds=60,
        )
    except asgi.BodyTooLargeError as error:
        raise Refusal(413, "result too large") from error
    except asgi.SlowBodyError as error:
        raise Refusal(408, "result came too slowly") from error
    _check(dispatcher.answer(token, _answer_of(request, body, job, is_error=is_error)))


def _check(verdict: Verdict) -> None:
    if verdict is Verdict.ANSWERED:
        raise Refusal(409, "answered by another")
    if verdict is not Verdict.GRANTED:
        raise Refusal(404, "no such job")


def _answer_of(request: Request, body: bytes, job: Job, *, is_error: bool) -> Answer:
    if is_error:
        return Answer(error=body.decode(errors="replace").strip() or "TranscoderStopped")
    try:
        return parse_result(request.headers, body, job)
    except (MultipartError, ValueError) as error:
        raise Refusal(400, f"result not understood: {error}") from error


def parse_result(headers: dict[str, str], body: bytes, job: Job) -> Answer:
    """Read a result; `MultipartError` or `ValueError` when it is not what was ordered."""
    boundary = boundary_of(headers.get("content-type", ""))
    parts = parse_body(body, boundary, max_parts=len(job.profiles))
    if len(parts) != len(job.profiles):
        raise MultipartError(f"{len(parts)} parts for {len(job.profiles)} profiles")
    renditions = tuple(
        _rendition(part, profile.name, profile.format)
        for part, profile in zip(parts, job.profiles, strict=True)
    )
    decoded = Part(headers, b"").number("pixels")
    return Answer(renditions, decoded, float(headers.get("slot-seconds", "0")))


def _rendition(part: Part, name: str, container: Container) -> Rendition:
    return Rendition(
        name=name,
        data=part.data,
        pixels=part.number("pixels"),
        frames=part.number("frames"),
        width=part.number("width"),
        height=part.number("height"),
        container=container,
    )
