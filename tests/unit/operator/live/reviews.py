"""An API server that says who somebody is and what they may, for tests of the live page."""

from collections.abc import Mapping
from typing import Any

from tests.support.fake_kube import FakeKube

from podium_operator.kube.client import Body

__all__ = ["GOOD", "POOR", "Reviews"]

GOOD, POOR = "good-token", "poor-token"


class Reviews(FakeKube):
    """An API server that knows two tokens, one of which may read Orchestrators."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def create(self, body: Mapping[str, Any]) -> Body:
        self.asked.append(body["kind"])
        if error := self.fail("create", body["kind"], ""):
            raise error
        if body["kind"] == "TokenReview":
            token = body["spec"]["token"]
            user = {"username": token, "groups": ["g"]}
            return {"status": {"authenticated": token in {GOOD, POOR}, "user": user}}
        return {"status": {"allowed": body["spec"]["user"] == GOOD}}
