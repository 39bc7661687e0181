"""RPC endpoints that can be made to fail, all before one anvil.

Each endpoint listens on a port of its own on 127.0.0.1 and passes on what its weather lets
through. Every broadcast that reaches one is remembered, whatever became of it. The proxy lives in
a thread: who drives it may block.
"""

import asyncio
import json
import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Self

from aiohttp import ClientSession, web
from tests.chain.soak.faults import (
    CLEAR,
    Fault,
    Weather,
    as_of,
    asks_beyond,
    is_broadcast,
    is_hint,
    lied,
    pinned_hash,
)

__all__ = ["FaultProxy", "ProxiedEndpoint"]

_START_SECONDS = 20.0
_JSON = "application/json"
_LIMIT = {"code": -32005, "message": "limit exceeded"}
_UNKNOWN = {"code": -32000, "message": "header not found"}
_OTHER_CHAIN = hex(1)
_NO_ANSWER = frozenset({Fault.REFUSE, Fault.HANG, Fault.TOO_MANY, Fault.BROKEN, Fault.GARBAGE})


class ProxiedEndpoint:
    """One endpoint; assigning `weather` changes what happens to requests from then on.

    `asked` is set once a request has come.
    """

    def __init__(self, name: str, *, token: str, draw: random.Random) -> None:
        self.name = name
        self.url = ""
        self.seen: Counter[str] = Counter()
        self.asked = threading.Event()
        self._token, self._draw = token, draw
        self._weather = CLEAR
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def weather(self) -> Weather:
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        """Change it and let go of whatever hangs."""
        self._weather = weather
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._let_go)

    def place(self, loop: asyncio.AbstractEventLoop, port: int) -> None:
        """Take the place where it listens; the secret token is part of its path."""
        self._loop, self.url = loop, f"http://127.0.0.1:{port}/v2/{self._token}"

    def draw_fault(self) -> Fault:
        """Draw what meets the next request."""
        now = self._weather
        return now.fault if now.chance >= 1 or self._draw.random() < now.chance else Fault.NONE

    async def wait_for_change(self) -> None:
        """Return when the weather is set again."""
        await self._changed.wait()

    def _let_go(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class FaultProxy:
    """The endpoints before one upstream; a context manager, started when it is entered."""

    def __init__(self, upstream: str, names: Sequence[str], *, token: str, seed: int = 1) -> None:
        self.endpoints = tuple(
            ProxiedEndpoint(name, token=token, draw=random.Random(f"{seed} {name}"))
            for name in names
        )
        self.broadcasts: list[str] = []
        self._upstream = upstream
        self._ready: Future[None] = Future()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result(_START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.set_weather(CLEAR)
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_SECONDS)

    def set_weather(self, *weathers: Weather) -> None:
        """Give each endpoint its weather; those left over get the last one."""
        for place, endpoint in enumerate(self.endpoints):
            endpoint.weather = weathers[min(place, len(weathers) - 1)]

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        runners: list[web.AppRunner] = []
        async with ClientSession() as client:
            try:
                for endpoint in self.endpoints:
                    runners += [await self._listen(endpoint, client)]
                self._ready.set_result(None)
                await self._stop.wait()
            finally:
                for runner in runners:
                    await runner.cleanup()

    async def _listen(self, endpoint: ProxiedEndpoint, client: ClientSession) -> web.AppRunner:
        """Serve one endpoint on a free port."""
        app = web.Application()

        async def answer(request: web.Request) -> web.StreamResponse:
            return await self._answer(endpoint, client, request=request)

        app.router.add_post("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint.place(asyncio.get_running_loop(), runner.addresses[0][1])
        return runner

    async def _answer(
        self, endpoint: ProxiedEndpoint, client: ClientSession, *, request: web.Request
    ) -> web.StreamResponse:
        asked = await request.json()
        calls = asked if isinstance(asked, list) else [asked]
        endpoint.seen.update(str(call.get("method")) for call in calls)
        endpoint.asked.set()
        self.broadcasts += [str(call["params"][0]) for call in calls if is_broadcast(call)]
        fault = endpoint.draw_fault()
        if fault in _NO_ANSWER:
            return await _turn_away(endpoint, request, fault=fault)
        upstream = _Upstream(client, self._upstream, endpoint)
        if fault is Fault.NONE:
            return web.Response(body=await upstream.pass_on(asked), content_type=_JSON)
        answers = [await upstream.ask(call, fault) for call in calls]
        if fault is Fault.LOST and any(is_broadcast(call) for call in calls):
            return await _turn_away(endpoint, request, fault=Fault.REFUSE)
        return web.json_response(answers if isinstance(asked, list) else answers[0])


class _Upstream:
    """The node behind an endpoint, as that endpoint's weather shows it."""

    def __init__(self, client: ClientSession, url: str, endpoint: ProxiedEndpoint) -> None:
        self._client, self._url, self._endpoint = client, url, endpoint

    async def pass_on(self, asked: object) -> bytes:
        """Answer a call, or a batch of them, as the node does."""
        async with self._client.post(self._url, json=asked) as answer:
            return await answer.read()

    async def ask(self, call: Mapping[str, Any], fault: Fault) -> Mapping[str, Any]:
        """Answer one call under one fault."""
        match fault:
            case Fault.WRONG_CHAIN if call.get("method") == "eth_chainId":
                return _reply(call, result=_OTHER_CHAIN)
            case Fault.NO_HINTS if is_hint(call):
                return _reply(call, error=_LIMIT)
            case Fault.SWALLOW if is_broadcast(call):
                return _reply(call, result="0x" + "0" * 64)
            case Fault.HOLD if is_broadcast(call):
                await self._endpoint.wait_for_change()
            case Fault.LAG:
                return await self._ask_earlier(call)
            case Fault.LIE:
                return lied(call, await self._post(call))
        return await self._post(call)

    async def _ask_earlier(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        newest = await self._post({"jsonrpc": "2.0", "id": 0, "method": "eth_blockNumber"})
        head = int(newest["result"], 16) - self._endpoint.weather.blocks
        if call.get("method") == "eth_blockNumber":
            return _reply(call, result=hex(head))
        if asks_beyond(call, head) or await self._number_of(pinned_hash(call)) > head:
            return _reply(call, error=_UNKNOWN)
        answer = await self._post(as_of(call, head))
        block = (answer.get("result") or {}) if isinstance(answer.get("result"), dict) else {}
        is_later = int(block.get("blockNumber") or "0x0", 16) > head
        return _reply(call, result=None) if is_later else answer

    async def _number_of(self, block_hash: str) -> int:
        """Return a block's number; 0 without a hash."""
        if not block_hash:
            return 0
        call = {"jsonrpc": "2.0", "id": 0, "method": "eth_getBlockByHash"}
        found = await self._post({**call, "params": [block_hash, False]})
        return int((found.get("result") or {"number": "0x0"})["number"], 16)

    async def _post(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        found = json.loads(await self.pass_on(call))
        return found if isinstance(found, dict) else _reply(call, error=_UNKNOWN)


def _reply(call: Mapping[str, Any], **words: object) -> Mapping[str, Any]:
    return {"jsonrpc": "2.0", "id": call.get("id"), **words}


async def _turn_away(
    endpoint: ProxiedEndpoint, request: web.Request, *, fault: Fault
) -> web.StreamResponse:
    """Give an answer that is none."""
    match fault:
        case Fault.TOO_MANY:
            return web.json_response({"error": _LIMIT}, status=429)
        case Fault.BROKEN:
            return web.Response(text="<html>Bad Gateway</html>", status=502)
        case Fault.GARBAGE:
            return web.Response(text="<html>welcome</html>", content_type=_JSON)
        case Fault.HANG:
            await endpoint.wait_for_change()
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
