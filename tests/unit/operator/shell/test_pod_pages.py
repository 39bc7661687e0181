"""A pod's own page through the API server: what is asked, and what every answer means."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from kubernetes.aio.client import Configuration
from tests.support.loopback import answering

from podium_operator.kube.errors import (
    ForbiddenError,
    InvalidError,
    KubeError,
    NotFoundError,
    UnreachableError,
)
from podium_operator.kube.pods import PeoplesKube


class ApiServer:
    """Answers every request alike."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        return web.Response(status=self.status, body=self.body)


@pytest.fixture
def server() -> ApiServer:
    return ApiServer()


@pytest.fixture
async def kube(server: ApiServer) -> AsyncIterator[PeoplesKube]:
    async with answering(server.answer) as url:
        kube = PeoplesKube(Configuration(host=url), field_manager="podium")
        yield kube
        await kube.close()


async def _read(kube: PeoplesKube) -> bytes:
    return await kube.pod_page("media", "home-node-0", port=7935, page="/sessions?limit=3")


async def test_it_is_asked_through_the_pods_proxy(kube: PeoplesKube, server: ApiServer) -> None:
    server.body = b'{"a": 1}'

    assert await _read(kube) == b'{"a": 1}'
    assert server.asked == ["/api/v1/namespaces/media/pods/home-node-0:7935/proxy/sessions?limit=3"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(403, ForbiddenError, id="no right"),
        pytest.param(404, NotFoundError, id="no such page or pod"),
        pytest.param(400, InvalidError, id="a bad question"),
        pytest.param(503, UnreachableError, id="the pod does not answer"),
    ],
)
async def test_a_refusal_is_an_error_of_its_kind(
    kube: PeoplesKube, server: ApiServer, status: int, kind: type[KubeError]
) -> None:
    server.status, server.body = status, b"why"

    with pytest.raises(kind, match="home-node-0: why"):
        await _read(kube)


async def test_an_answer_without_end_is_not_read_to_its_end(
    kube: PeoplesKube, server: ApiServer
) -> None:
    server.body = bytes((4 << 20) + 1)

    with pytest.raises(InvalidError, match="more than 4194304 bytes"):
        await _read(kube)
