"""One endpoint's line: posts batches, and says in what way it failed. No retries, ever.

A call that is sent twice may be a transaction that is sent twice, so whoever wants to ask again
does so knowingly. Redirects are not followed: they would carry the token elsewhere. No error of
the client's library leaves this module, since those hold the URL.
"""

__all__ = ["Line"]

from collections.abc import Sequence
from typing import Final

import aiohttp

from podium_operator.chain.rpc.errors import EndpointError, EndpointFault
from podium_operator.chain.rpc.json_rpc import NotJsonRpcError, parse_answers, request_body
from podium_operator.chain.rpc.texts import is_rate_limit
from podium_operator.chain.rpc.values import Answer, Call, Endpoint, Refusal

_MOST_BYTES: Final = 8 << 20
_OK: Final = 200
_TOO_MANY: Final = 429
_TOO_LARGE: Final = frozenset({400, 413})
_LEAST_BATCH: Final = 4


class Line:
    """Speaks with one endpoint."""

    def __init__(self, endpoint: Endpoint, *, timeout_seconds: float, batch_calls: int) -> None:
        self.name = endpoint.name
        self._endpoint, self._timeout = endpoint, timeout_seconds
        self._batch_calls = batch_calls
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, calls: Sequence[Call]) -> tuple[Answer, ...]:
        """Return an answer for each call. Raises EndpointError where one is missing."""
        answers: list[Answer] = []
        while len(answers) < len(calls):
            part = calls[len(answers) : len(answers) + self._batch_calls]
            found = await self._ask_part(part)
            answers += found
        return tuple(answers)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask_part(self, calls: Sequence[Call]) -> tuple[Answer, ...]:
        """Answer a batch, or nothing where it was too large: it is cut in half from then on."""
        status, body, retry_after = await self._post(request_body(calls))
        if status in _TOO_LARGE and len(calls) > _LEAST_BATCH:
            return self._halve(len(calls))
        if status == _TOO_MANY:
            raise self._error(EndpointFault.RATE_LIMIT, retry_after_seconds=retry_after)
        if status != _OK:
            raise self._error(EndpointFault.STATUS, str(status))
        try:
            answers = parse_answers(body, len(calls))
        except NotJsonRpcError as error:
            raise self._error(EndpointFault.NO_JSON_RPC, str(error)) from None
        if len(calls) > _LEAST_BATCH and all(_is_about_batches(one) for one in answers):
            return self._halve(len(calls))
        if any(isinstance(one, Refusal) and is_rate_limit(one) for one in answers):
            raise self._error(EndpointFault.RATE_LIMIT, retry_after_seconds=retry_after)
        return answers

    def _halve(self, calls: int) -> tuple[Answer, ...]:
        self._batch_calls = calls // 2
        return ()

    async def _post(self, body: bytes) -> tuple[int, bytes, float]:
        """Return status, body and Retry-After. The library's errors end here: they hold the URL."""
        try:
            async with self._open().post(
                self._endpoint.url, data=body, allow_redirects=False
            ) as answer:
                content = await self._content(answer)
                return answer.status, content, _retry_after(answer)
        except TimeoutError:
            raise self._error(EndpointFault.TIMEOUT) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise self._error(EndpointFault.NO_CONNECTION) from None

    async def _content(self, answer: aiohttp.ClientResponse) -> bytes:
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > _MOST_BYTES:
                raise self._error(EndpointFault.NO_JSON_RPC, f"more than {_MOST_BYTES} bytes")
        return bytes(content)

    def _open(self) -> aiohttp.ClientSession:
        """Open the session in the loop that uses it."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"content-type": "application/json", **self._endpoint.headers},
                timeout=aiohttp.ClientTimeout(total=self._timeout),
            )
        return self._session

    def _error(
        self, fault: EndpointFault, detail: str = "", *, retry_after_seconds: float = 0.0
    ) -> EndpointError:
        return EndpointError(self.name, fault, detail, retry_after_seconds=retry_after_seconds)


def _is_about_batches(answer: Answer) -> bool:
    return isinstance(answer, Refusal) and "batch" in answer.message.lower()


def _retry_after(answer: aiohttp.ClientResponse) -> float:
    """Read the seconds of Retry-After; its other form, a date, counts as none."""
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isascii() and said.isdigit() else 0.0
