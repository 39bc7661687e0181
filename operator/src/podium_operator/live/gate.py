"""Who may look: this machine's own loopback, and whoever Kubernetes says may read Orchestrators.

`kubectl port-forward` comes by loopback, and needs the right to do so. Anybody else brings a token
of the cluster; it is shown to the API server alone, and never kept in the clear.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from podium_operator.api import names
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import KubeError
from podium_operator.kube.kinds import Kind, kind_named

__all__ = ["COOKIE", "REVIEWS", "Gate", "Visitor", "visitor"]

COOKIE: Final = "podium-token"
_TOKEN_REVIEW, _ACCESS_REVIEW = kind_named("TokenReview"), kind_named("SubjectAccessReview")
REVIEWS: Final = (_TOKEN_REVIEW, _ACCESS_REVIEW)
_REMEMBERED_SECONDS: Final = 30.0
_MOST_REMEMBERED: Final = 1000
_REVIEWS_AT_ONCE: Final = 4  # whoever tries tokens must not drown the API server through us
_LONGEST_TOKEN: Final = 16_384
_OWN_NAMES: Final = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a request came from, and the token that it brought; "" for none."""

    peer: str
    host: str
    token: str = field(default="", repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it came by loopback, under a name of loopback.

        Another name would be a page elsewhere that had its own name resolved to this machine.
        """
        try:
            is_loopback = ip_address(self.peer).is_loopback
            return is_loopback and urlsplit(f"//{self.host}").hostname in _OWN_NAMES
        except ValueError:
            return False


def visitor(peer: str, headers: Mapping[str, str]) -> Visitor:
    """Read who is there: a bearer token, else the cookie that the login set."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = _cookie(headers.get("Cookie", ""))
    return Visitor(peer, headers.get("Host", ""), token.strip())


class Gate:
    """Asks the API server who a token is and what it may; remembers for half a minute."""

    def __init__(
        self,
        kube: Kube,
        *,
        namespaces: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the namespaces that the operator looks after; () is the whole cluster."""
        self._kube, self._namespaces, self._clock = kube, namespaces, clock
        self._known: dict[bytes, tuple[bool, float]] = {}
        self._asking = asyncio.Semaphore(_REVIEWS_AT_ONCE)

    async def admits(self, visitor: Visitor) -> bool:
        """Say whether a visitor may look; an API server that is silent admits nobody."""
        if visitor.is_local:
            return True
        if not visitor.token.isascii() or not 0 < len(visitor.token) <= _LONGEST_TOKEN:
            return False
        digest = hashlib.sha256(visitor.token.encode()).digest()
        may, until = self._known.get(digest, (False, 0.0))
        if self._clock() < until:
            return may
        try:
            async with self._asking:
                may = await self._may_read(visitor.token)
        except KubeError:
            return False
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[digest] = (may, self._clock() + _REMEMBERED_SECONDS)
        return may

    async def _may_read(self, token: str) -> bool:
        review = await self._kube.create(_body(_TOKEN_REVIEW, {"token": token}))
        status = review.get("status") or {}
        if not status.get("authenticated"):
            return False
        user = status.get("user") or {}
        who = {"user": user.get("username"), "groups": user.get("groups") or []}
        for namespace in self._namespaces or ("",):
            attributes = {"group": names.GROUP, "resource": names.PLURAL, "verb": "list"}
            attributes |= {"namespace": namespace} if namespace else {}
            asked = {**who, "resourceAttributes": attributes}
            answer = await self._kube.create(_body(_ACCESS_REVIEW, asked))
            if not (answer.get("status") or {}).get("allowed"):
                return False
        return True


def _body(kind: Kind, spec: Mapping[str, object]) -> dict[str, object]:
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {}, "spec": dict(spec)}


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
