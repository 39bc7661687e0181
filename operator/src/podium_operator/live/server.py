"""The live page over HTTP: one page, two questions, one stream of events; nothing is ever written.

Everything is checked at the gate first. No answer names an asset of another host, and the browser
is told to hold the page to that.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from importlib import resources
from typing import Final, TypeVar

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from podium_operator.live.gate import COOKIE, Gate, Visitor, visitor
from podium_operator.live.source import AwayError, Source, frame
from podium_operator.live.view import ViewError, key_of, view_of, wish_of

__all__ = ["application"]

_T = TypeVar("_T")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PAGES: Final = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    **{
        f"/{name}.js": (f"{name}.js", "text/javascript")
        for name in ("page", "fleet", "detail", "chain", "chart", "parts")
    },
    "/login.html": ("login.html", "text/html"),
}
_OPEN: Final = {"/login.html", "/page.css", "/login"}
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "podium",
}
_LONGEST_FORM: Final = 20_000
_COME_BACK: Final = b"retry: 1000\n\n"  # milliseconds; a browser would wait three seconds


def application(source: Callable[[], Source], gate: Gate) -> web.Application:
    """Build the page's server; `source` is asked at every request, since leadership moves."""
    pages = _Pages(source, gate)
    app = web.Application(middlewares=[_hardened, pages.guarded], client_max_size=_LONGEST_FORM)
    for path in _PAGES:
        app.router.add_get(path, _asset)
    app.router.add_post("/login", pages.login)
    app.router.add_get("/api/orchestrators", pages.fleet)
    app.router.add_get("/api/orchestrators/{namespace}/{name}", pages.detail)
    app.router.add_get("/api/events", pages.events, allow_head=False)
    return app


class _Pages:
    def __init__(self, source: Callable[[], Source], gate: Gate) -> None:
        self._source, self._gate = source, gate

    @web.middleware
    async def guarded(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let in whom the gate admits; browsers are shown where to bring a token."""
        if request.path in _OPEN or await self._gate.admits(_visitor(request)):
            return await handler(request)
        if request.path == "/":
            raise web.HTTPSeeOther("/login.html")
        raise web.HTTPUnauthorized(
            text="bring a token of this cluster that may list orchestrators.podium.video\n",
            headers={"WWW-Authenticate": "Bearer"},
        )

    async def login(self, request: web.Request) -> web.StreamResponse:
        """Keep a token that is good in a cookie that no script can read."""
        token = str((await _form(request)).get("token") or "").strip()
        bearer = Visitor(peer="", host="", token=token)
        if not await self._gate.admits(bearer):
            raise web.HTTPSeeOther("/login.html#refused")
        answer = web.HTTPSeeOther("/")
        is_secure = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
        answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=is_secure)
        raise answer

    async def fleet(self, request: web.Request) -> web.Response:
        return _json(await _asked(self._source().fleet(wish_of(request.query))))

    async def detail(self, request: web.Request) -> web.Response:
        place = request.match_info
        key = key_of(place["namespace"], place["name"])
        found = await _asked(self._source().detail(key))
        if found is None:
            raise web.HTTPNotFound(text="no such Orchestrator\n")
        return _json(found)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Send pictures until the other side goes; what cannot be had is an event, too.

        Who may no longer look is let go: the browser comes again, and is asked for a token.
        """
        view = view_of(request.query)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        answer.headers.update(_HEADERS)
        await answer.prepare(request)
        await answer.write(_COME_BACK)
        try:
            async with aclosing(self._source().events(view)) as pieces:
                async for piece in pieces:
                    if not await self._gate.admits(_visitor(request)):
                        break
                    await answer.write(piece)
        except AwayError as error:
            await answer.write(frame("away", str(error)))
        except ConnectionResetError:
            pass
        return answer


async def _form(request: web.Request) -> Mapping[str, object]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPUnsupportedMediaType(text="bring the token as a form does\n")
    try:
        return await request.post()
    except (ValueError, LookupError, RequestPayloadError) as error:
        raise web.HTTPBadRequest(text="that is no form\n") from error


async def _asked(answer: Awaitable[_T]) -> _T:
    try:
        return await answer
    except AwayError as error:
        raise web.HTTPServiceUnavailable(text=f"{error}\n") from error


async def _asset(request: web.Request) -> web.Response:
    name, kind = _PAGES[request.path]
    text = resources.files(__package__).joinpath("page", name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=kind)


@web.middleware
async def _hardened(request: web.Request, handler: _Handler) -> web.StreamResponse:
    try:
        answer = await handler(request)
    except ViewError as error:
        raise web.HTTPBadRequest(text=f"{error}\n", headers=_HEADERS) from error
    except web.HTTPException as error:
        error.headers.update(_HEADERS)
        raise
    if not answer.prepared:
        answer.headers.update(_HEADERS)
    return answer


def _visitor(request: web.Request) -> Visitor:
    return visitor(request.remote or "", request.headers)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
