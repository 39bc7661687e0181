"""Who may look at the live page, and what a browser and a standby replica are given."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

import aiohttp
import pytest
from tests.support.loopback import serving_on_loopback
from tests.unit.operator.live.reviews import GOOD, POOR, Reviews
from yarl import URL

from podium_operator.kube.client import Body
from podium_operator.kube.errors import UnreachableError
from podium_operator.live.gallery import Gallery
from podium_operator.live.gate import Gate, Visitor, visitor
from podium_operator.live.picture import Known
from podium_operator.live.server import application
from podium_operator.live.source import FromGallery, FromLeader, Source
from podium_operator.load import LoadView

LOCAL = Visitor("127.0.0.1", "localhost:8090")
FAR = Visitor("10.0.0.9", "podium.example")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(LOCAL, True, id="by loopback"),
        pytest.param(Visitor("::1", "[::1]:8090"), True, id="by the newer loopback"),
        pytest.param(
            Visitor("127.0.0.1", "evil.example:8090"), False, id="a page elsewhere, rebound"
        ),
        pytest.param(FAR, False, id="from afar without a token"),
        pytest.param(Visitor("10.0.0.9", "localhost", GOOD), True, id="with a token that may"),
        pytest.param(Visitor("10.0.0.9", "x", POOR), False, id="with one that may not"),
        pytest.param(Visitor("10.0.0.9", "x", "nonsense"), False, id="with nobody's"),
        pytest.param(Visitor("10.0.0.9", "x", "a" * 100_000), False, id="with an endless one"),
    ],
)
async def test_who_may_look(who: Visitor, *, expected: bool) -> None:
    assert await Gate(Reviews()).admits(who) is expected


async def test_a_token_is_reviewed_again_after_half_a_minute() -> None:
    kube, moments = Reviews(), iter((0.0, 0.0, 29.0, 31.0, 31.0))
    gate = Gate(kube, clock=lambda: next(moments))
    for _ in range(3):
        assert await gate.admits(Visitor("10.0.0.9", "x", GOOD))

    assert kube.asked.count("TokenReview") == 2


async def test_a_silent_api_server_admits_nobody_and_is_asked_again() -> None:
    kube = Reviews()
    gate = Gate(kube)
    kube.fail = lambda *_: UnreachableError("no answer")
    assert not await gate.admits(Visitor("10.0.0.9", "x", GOOD))

    kube.fail = lambda *_: None
    assert await gate.admits(Visitor("10.0.0.9", "x", GOOD))


async def test_whoever_tries_tokens_has_them_reviewed_a_few_at_a_time() -> None:
    kube, most, now = Reviews(), 0, 0
    review = kube.create

    async def counted(body: Mapping[str, Any]) -> Body:
        nonlocal most, now
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        now -= 1
        return await review(body)

    kube.create = counted  # type: ignore[method-assign]
    gate = Gate(kube)
    tried = [gate.admits(Visitor("10.0.0.9", "x", f"nonsense-{number}")) for number in range(100)]

    assert not any(await asyncio.gather(*tried))
    assert most == 4


async def test_every_namespace_of_the_operator_must_be_allowed() -> None:
    kube = Reviews()
    await Gate(kube, namespaces=("a", "b")).admits(Visitor("10.0.0.9", "x", GOOD))

    assert kube.asked == ["TokenReview", "SubjectAccessReview", "SubjectAccessReview"]


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({"Authorization": "Bearer abc"}, "abc", id="a bearer token"),
        pytest.param({"Cookie": "podium-token=abc; x=y"}, "abc", id="the login's cookie"),
        pytest.param({"Authorization": "Basic abc"}, "", id="another scheme"),
        pytest.param({"Cookie": "\x00=;;"}, "", id="a cookie that is none"),
    ],
)
def test_the_token_of_a_request(headers: dict[str, str], token: str) -> None:
    assert visitor("10.0.0.9", headers).token == token


def test_a_visitors_token_is_not_in_its_repr() -> None:
    assert GOOD not in repr(Visitor("10.0.0.9", "x", GOOD))


@asynccontextmanager
async def _serving(source: Callable[[], Source], gate: Gate | None = None) -> AsyncIterator[str]:
    async with serving_on_loopback(application(source, gate or Gate(Reviews()))) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def gallery() -> Gallery:
    gallery = Gallery(lambda: 0.0)
    gallery.show(_known())
    return gallery


def _known() -> Known:
    body = {"metadata": {"namespace": "media", "name": "home"}, "spec": {"pools": []}}
    return Known(body, {}, LoadView(), {})


@pytest.fixture
async def page(gallery: Gallery) -> AsyncIterator[str]:
    async with _serving(lambda: FromGallery(gallery)) as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


_ASSETS = sorted(
    one.name for one in resources.files("podium_operator.live").joinpath("page").iterdir()
)


@pytest.mark.parametrize("name", ["", *(one for one in _ASSETS if one != "page.html")])
async def test_no_asset_comes_from_elsewhere(
    page: str, browser: aiohttp.ClientSession, name: str
) -> None:
    async with browser.get(f"{page}/{name}") as answer:
        text = await answer.text()

        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "")


async def test_the_api_gives_the_fleet_and_one_of_it(
    page: str, browser: aiohttp.ClientSession
) -> None:
    async with browser.get(f"{page}/api/orchestrators") as answer:
        assert [one["name"] for one in (await answer.json())["cards"]] == ["home"]
    async with browser.get(f"{page}/api/orchestrators/media/home") as answer:
        found = await answer.json()
        assert found["card"]["name"] == "home"
        assert found["hour"]["columns"]["at"] == [0.0]
    async with browser.get(f"{page}/api/orchestrators/media/other") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("/api/orchestrators?page=0", "from 1 to", id="a page before the first"),
        pytest.param("/api/orchestrators?page=%C2%B2", "from 1 to", id="a digit that is no number"),
        pytest.param("/api/orchestrators?page=" + "9" * 5000, "from 1 to", id="an endless one"),
        pytest.param("/api/orchestrators/a/b%2F..%2Fc", "NAMESPACE/NAME", id="a way up"),
        pytest.param("/api/events?orchestrator=home", "NAMESPACE/NAME", id="no namespace"),
        pytest.param("/api/events?orchestrator=a/b%26page=2", "NAMESPACE/NAME", id="more than one"),
    ],
)
async def test_an_address_that_makes_no_sense_is_told_what_would(
    page: str, browser: aiohttp.ClientSession, path: str, said: str
) -> None:
    async with browser.get(URL(page + path, encoded=True)) as answer:
        assert answer.status == 400
        assert said in await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_who_may_no_longer_look_is_let_go(
    gallery: Gallery, browser: aiohttp.ClientSession
) -> None:
    kube, moments = Reviews(), itertools.count(0.0, 20.0)
    gate = Gate(kube, clock=lambda: next(moments))
    source = FromGallery(gallery, fastest_seconds=0)
    async with _serving(lambda: source, gate) as address:
        away = {"Host": "podium.example", "Authorization": f"Bearer {GOOD}"}
        async with browser.get(f"{address}/api/events", headers=away) as answer:
            await answer.content.readuntil(b"\n\n")
            kube.fail = lambda *_: UnreachableError("no answer")
            for _ in range(3):
                gallery.forget("media", "home")
                gallery.show(_known())

            async with asyncio.timeout(60):
                await answer.content.read()
            assert answer.content.at_eof()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        pytest.param("/api/orchestrators", {}, 401, id="the API without a token"),
        pytest.param("/", {}, 303, id="a browser is led to the login"),
        pytest.param("/login.html", {}, 200, id="which is open"),
        pytest.param(
            "/api/orchestrators", {"Authorization": f"Bearer {GOOD}"}, 200, id="with a good token"
        ),
        pytest.param(
            "/api/orchestrators", {"Authorization": f"Bearer {POOR}"}, 401, id="with a poor one"
        ),
    ],
)
async def test_from_afar(
    page: str, browser: aiohttp.ClientSession, path: str, headers: dict[str, str], status: int
) -> None:
    away = {"Host": "podium.example", **headers}
    async with browser.get(page + path, headers=away, allow_redirects=False) as answer:
        assert answer.status == status


async def test_a_login_keeps_the_token_where_no_script_reads_it(
    page: str, browser: aiohttp.ClientSession
) -> None:
    async def login(token: str) -> Any:
        form = {"token": token}
        return await browser.post(f"{page}/login", data=form, allow_redirects=False)

    good, bad = await login(GOOD), await login("nonsense")

    assert good.headers["Location"] == "/"
    assert "HttpOnly" in good.headers["Set-Cookie"]
    assert "SameSite=Strict" in good.headers["Set-Cookie"]
    assert bad.headers["Location"] == "/login.html#refused"
    assert "Set-Cookie" not in bad.headers


async def test_a_standby_passes_on_to_the_leader_with_its_own_token(
    page: str, browser: aiohttp.ClientSession
) -> None:
    address = page.removeprefix("http://")
    leaders = FromLeader(lambda: address, lambda: GOOD, browser)
    async with _serving(lambda: leaders) as standby:
        async with browser.get(f"{standby}/api/orchestrators") as answer:
            assert [one["name"] for one in (await answer.json())["cards"]] == ["home"]
        async with browser.get(f"{standby}/api/orchestrators/media/home") as answer:
            assert (await answer.json())["card"]["name"] == "home"
        async with browser.get(f"{standby}/api/events?orchestrator=media/home") as answer:
            assert await _first_event(answer) == b"event: detail\n"
        async with browser.get(f"{standby}/api/events?find=HOM") as answer:
            assert await _first_event(answer) == b"event: fleet\n"
            assert b'"found":1' in await answer.content.readline()


async def _first_event(answer: aiohttp.ClientResponse) -> bytes:
    """Read up to the first event's name, past what tells a browser when to come again."""
    while not (line := await answer.content.readline()).startswith(b"event:"):
        assert line, "the stream has ended"
    return line


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("", "this replica stands by", id="no leader's page"),
        pytest.param("127.0.0.1:1", "the leader does not answer", id="a leader that is gone"),
    ],
)
async def test_a_standby_without_a_leader_says_so(
    browser: aiohttp.ClientSession, address: str, said: str
) -> None:
    leaders = FromLeader(lambda: address, lambda: "", browser)
    async with _serving(lambda: leaders) as standby:
        async with browser.get(f"{standby}/api/orchestrators") as answer:
            assert answer.status == 503
            assert said in await answer.text()
        async with browser.get(f"{standby}/api/events") as answer:
            text = await answer.text()
            assert text.startswith("retry: 1000\n\nevent: away")
            assert said in text
