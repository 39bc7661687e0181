"""One endpoint's line: web3's provider posts batches, and this says in what way it failed.

No retries, ever: a call that is sent twice may be a transaction that is sent twice, so whoever
wants to ask again does so knowingly. Redirects are not followed: they would carry the token
elsewhere. An answer without end is cut off. No error and no log line of the libraries leaves this
module, since those hold the URL.
"""

__all__ = ["Line"]

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
from web3.providers.rpc import AsyncHTTPProvider
from web3.types import RPCEndpoint

from podium_operator.chain.bounded import AnswerTooLongError, BoundedResponse
from podium_operator.chain.rpc.errors import EndpointError, EndpointFault
from podium_operator.chain.rpc.json_rpc import NotJsonRpcError, checked_answers
from podium_operator.chain.rpc.texts import is_rate_limit
from podium_operator.chain.rpc.values import Answer, Call, Endpoint, Refusal

_TOO_MANY: Final = 429
_TOO_LARGE: Final = frozenset({400, 413})
_LEAST_BATCH: Final = 4
_REDIRECTS: Final = range(300, 400)
# They tell the URL to whoever listens for details.
_TALKATIVE: Final = (
    "web3.providers.AsyncHTTPProvider",
    "web3._utils.http_session_manager.HTTPSessionManager",
)


class _TooLargeError(Exception):
    """The endpoint takes no batch of this size."""


class Line:
    """Speaks with one endpoint, in the loop of its first call."""

    def __init__(self, endpoint: Endpoint, *, timeout_seconds: float, batch_calls: int) -> None:
        self.name = endpoint.name
        self._batch_calls = batch_calls
        self._provider = _provider(endpoint, timeout_seconds)
        self._session: aiohttp.ClientSession | None = None
        self._opening = asyncio.Lock()

    async def ask(self, calls: Sequence[Call]) -> tuple[Answer, ...]:
        """Return an answer for each call. Raises EndpointError where one is missing."""
        answers: list[Answer] = []
        while len(answers) < len(calls):
            part = calls[len(answers) : len(answers) + self._batch_calls]
            try:
                answers += await self._ask_part(part)
            except _TooLargeError:
                self._batch_calls = len(part) // 2
        return tuple(answers)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _ask_part(self, calls: Sequence[Call]) -> tuple[Answer, ...]:
        may_halve = len(calls) > _LEAST_BATCH
        found = await self._post(calls, may_halve=may_halve)
        try:
            answers = checked_answers(found, len(calls))
        except NotJsonRpcError as error:
            raise self._error(EndpointFault.NO_JSON_RPC, str(error)) from None
        if may_halve and all(_is_about_batches(one) for one in answers):
            raise _TooLargeError
        if any(isinstance(one, Refusal) and is_rate_limit(one) for one in answers):
            raise self._error(EndpointFault.RATE_LIMIT)
        return answers

    async def _post(self, calls: Sequence[Call], *, may_halve: bool) -> object:
        """Return what came back, sorted by id. The libraries' errors end here."""
        await self._open()
        asked = [(RPCEndpoint(call.method), list(call.params)) for call in calls]
        try:
            return await self._provider.make_batch_request(asked)
        except TimeoutError:
            raise self._error(EndpointFault.TIMEOUT) from None
        except aiohttp.ClientResponseError as error:
            if may_halve and error.status in _TOO_LARGE:
                raise _TooLargeError from None
            raise self._status_error(error) from None
        except AnswerTooLongError:
            raise self._error(EndpointFault.TOO_LONG) from None
        except (aiohttp.ClientError, OSError):
            raise self._error(EndpointFault.NO_CONNECTION) from None
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, Warning):
            raise self._error(EndpointFault.NO_JSON_RPC) from None

    async def _open(self) -> None:
        """Give the provider a session of ours: its own would follow no rule of this module."""
        async with self._opening:
            if self._session is not None:
                return
            session = aiohttp.ClientSession(
                raise_for_status=_check_status, response_class=BoundedResponse
            )
            try:
                await self._provider.cache_async_session(session)
            except BaseException:
                await session.close()
                raise
            self._session = session

    def _status_error(self, error: aiohttp.ClientResponseError) -> EndpointError:
        if error.status != _TOO_MANY:
            return self._error(EndpointFault.STATUS, str(error.status))
        said = error.headers.get("Retry-After", "") if error.headers else ""
        seconds = float(said) if said.isascii() and said.isdigit() else 0.0
        return EndpointError(self.name, EndpointFault.RATE_LIMIT, retry_after_seconds=seconds)

    def _error(self, fault: EndpointFault, detail: str = "") -> EndpointError:
        return EndpointError(self.name, fault, detail)


def _provider(endpoint: Endpoint, timeout_seconds: float) -> AsyncHTTPProvider:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    words: dict[str, Any] = {
        "headers": {"content-type": "application/json", **endpoint.headers},
        "timeout": aiohttp.ClientTimeout(total=timeout_seconds),
        "allow_redirects": False,
    }
    return AsyncHTTPProvider(endpoint.url, request_kwargs=words, exception_retry_configuration=None)


async def _check_status(answer: aiohttp.ClientResponse) -> None:
    if answer.status in _REDIRECTS:
        raise aiohttp.ClientResponseError(
            answer.request_info, answer.history, status=answer.status, headers=answer.headers
        )
    answer.raise_for_status()


def _is_about_batches(answer: Answer) -> bool:
    return isinstance(answer, Refusal) and "batch" in answer.message.lower()
