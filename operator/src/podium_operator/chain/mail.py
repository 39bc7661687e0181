"""What an Orchestrator's keeper hands to the chain's: the newest object, and that it is news.

Light on purpose: an Orchestrator off-chain never loads anything that knows a chain.
"""

__all__ = ["Mail"]

import asyncio

from podium_operator.chain.claims import Claims
from podium_operator.kube.client import Body


class Mail:
    """One Orchestrator's newest body; what it claims is known to all as soon as it comes."""

    def __init__(self, body: Body, claims: Claims | None = None) -> None:
        self.body, self.news = body, asyncio.Event()
        self._claims = claims or Claims()
        self._concerned = asyncio.Event()
        self.put(body, is_news=True)

    def put(self, body: Body, *, is_news: bool) -> None:
        """Hand over a body. News: spec, annotations or deletion differ from the last one."""
        self.body = body
        self._claims.put(body)
        if (body.get("spec") or {}).get("chain") or (body.get("status") or {}).get("chain"):
            self._concerned.set()
        if is_news:
            self.news.set()

    async def concerned(self) -> None:
        """Return once the Orchestrator has, or had, anything to do with a chain."""
        await self._concerned.wait()
