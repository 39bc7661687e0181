"""What the client really sends, and what it makes of every kind of answer."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from kubernetes.aio.client import Configuration
from tests.support.loopback import answering

from podium_operator.kube.client import ApiKube, load_configuration
from podium_operator.kube.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    KubeError,
    NotFoundError,
    UnreachableError,
)
from podium_operator.kube.kinds import kind_named

MAP = kind_named("ConfigMap")
BODY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"namespace": "media", "name": "home-node"},
    "data": {"a": "1"},
}
_LONG_SECONDS = 3600.0


@dataclass
class Server:
    """Answers as it is told to, and remembers what it was asked."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(
            {
                "verb": request.method,
                "path": request.path,
                "query": dict(request.query),
                "type": request.headers.get("Content-Type"),
                "authorization": request.headers.get("Authorization"),
                "body": await request.text(),
            }
        )
        status, text = self.answers.pop(0) if self.answers else (200, json.dumps(BODY))
        return web.Response(status=status, text=text, content_type="application/json")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def counted() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
async def kube(server: Server, counted: list[tuple[str, str, str]]) -> AsyncIterator[ApiKube]:
    async with answering(server.answer) as url:
        kube = ApiKube(
            Configuration(host=url, api_key={"BearerToken": "bearer abc"}),
            field_manager="podium-operator",
            observe=lambda verb, resource, code, _: counted.append((verb, resource, code)),
        )
        yield kube
        await kube.close()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param(None, "this is no pod of a cluster", id="no pod"),
        pytest.param("clusters: []", "config leads to none", id="no context"),
    ],
)
async def test_without_a_cluster_there_is_a_sentence(
    written: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    path = tmp_path / "config"
    path.write_text(written or "")

    with pytest.raises(UnreachableError, match=said):
        await load_configuration(str(path) if written else None)


async def test_apply_is_a_forced_server_side_apply_under_our_name(
    kube: ApiKube, server: Server
) -> None:
    await kube.apply(BODY)

    assert server.asked == [
        {
            "verb": "PATCH",
            "path": "/api/v1/namespaces/media/configmaps/home-node",
            "query": {"fieldManager": "podium-operator", "force": "true"},
            "type": "application/apply-patch+yaml",
            "authorization": "bearer abc",
            "body": json.dumps(BODY),
        }
    ]


async def test_status_is_applied_to_its_subresource(kube: ApiKube, server: Server) -> None:
    body = {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"namespace": "media", "name": "home"},
        "status": {},
    }

    await kube.apply_status(body)

    path = "/apis/podium.video/v1alpha1/namespaces/media/orchestrators/home/status"
    assert server.asked[0]["path"] == path


async def test_lists_are_read_page_by_page(kube: ApiKube, server: Server) -> None:
    pages = [
        {"metadata": {"continue": "next"}, "items": [{"metadata": {"name": "a"}}]},
        {"metadata": {}, "items": [{"metadata": {"name": "b"}}]},
    ]
    server.answers = [(200, json.dumps(page)) for page in pages]

    found = [body async for body in kube.list(MAP, "media", selector="x=y")]

    assert [body["metadata"]["name"] for body in found] == ["a", "b"]
    assert {body["kind"] for body in found} == {"ConfigMap"}
    assert [asked["query"].get("continue") for asked in server.asked] == [None, "next"]
    assert {asked["query"]["labelSelector"] for asked in server.asked} == {"x=y"}


async def test_delete_names_the_very_object(kube: ApiKube, server: Server) -> None:
    await kube.delete(MAP, "media", "home-node", uid="u1")

    assert json.loads(server.asked[0]["body"])["preconditions"] == {"uid": "u1"}


@pytest.mark.parametrize("code", [404, 409])
async def test_deleting_what_is_gone_is_no_error(kube: ApiKube, server: Server, code: int) -> None:
    server.answers = [(code, "{}")]

    await kube.delete(MAP, "media", "home-node", uid="u1")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param(400, InvalidError, id="a request that makes no sense"),
        pytest.param(401, ForbiddenError, id="a token that ran out"),
        pytest.param(403, ForbiddenError, id="a missing permission"),
        pytest.param(404, NotFoundError, id="no such object"),
        pytest.param(409, ConflictError, id="somebody was faster"),
        pytest.param(422, InvalidError, id="content that is refused"),
        pytest.param(429, UnreachableError, id="too much at once"),
        pytest.param(500, UnreachableError, id="a fault of the server"),
        pytest.param(503, UnreachableError, id="not now"),
    ],
)
async def test_a_refusal_is_told_by_what_to_do_about_it(
    kube: ApiKube, server: Server, code: int, error: type[KubeError]
) -> None:
    server.answers = [(code, json.dumps({"message": "the reason"}))]

    with pytest.raises(error, match=f"GET /api/v1/.*: {code} the reason"):
        await kube.get(MAP, "media", "home-node")


@pytest.mark.parametrize("text", ["<html>", "[]", ""])
async def test_an_answer_that_is_no_object_is_no_answer(
    kube: ApiKube, server: Server, text: str
) -> None:
    server.answers = [(200, text)]

    with pytest.raises(UnreachableError):
        await kube.get(MAP, "media", "home-node")


async def test_a_page_of_html_stays_out_of_the_error(kube: ApiKube, server: Server) -> None:
    server.answers = [(502, "<html>secret</html>")]

    with pytest.raises(UnreachableError, match="no reason given"):
        await kube.get(MAP, "media", "home-node")


async def test_no_server_at_all_is_unreachable() -> None:
    configuration = Configuration()
    configuration.host = "http://127.0.0.1:1"
    kube = ApiKube(configuration, field_manager="x")
    kube._answered_at -= _LONG_SECONDS

    with pytest.raises(UnreachableError, match="no answer"):
        await kube.get(MAP, "media", "home-node")

    assert kube.silence_seconds() >= _LONG_SECONDS
    await kube.close()


async def test_requests_are_counted(
    kube: ApiKube, server: Server, counted: list[tuple[str, str, str]]
) -> None:
    server.answers = [(404, "{}")]

    with pytest.raises(NotFoundError):
        await kube.get(MAP, "media", "home-node")

    assert counted == [("GET", "configmaps", "404")]


async def test_an_error_of_the_server_ends_its_silence(kube: ApiKube, server: Server) -> None:
    server.answers = [(500, "{}")]
    kube._answered_at -= _LONG_SECONDS

    with pytest.raises(UnreachableError):
        await kube.get(MAP, "media", "home-node")

    assert kube.silence_seconds() < _LONG_SECONDS


async def test_hostile_names_stay_inside_their_path(kube: ApiKube, server: Server) -> None:
    await kube.get(MAP, "media", "../../secrets/x?y")

    assert server.asked[0]["query"] == {}
    assert "secrets/x" not in MAP.path("media", "../../secrets/x?y")
