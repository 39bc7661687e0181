"""Who carries intents on, and where it writes down what must outlive a crash: protocols."""

__all__ = ["Advance", "IntentLog", "Vault"]

from collections.abc import Sequence
from typing import Protocol

from podium_operator.chain.model import ChainDecision, ChainState, Intent


class Advance(Protocol):
    """Carries intents on, as `Executor.advance` does."""

    async def advance(
        self, decision: ChainDecision, state: ChainState, /
    ) -> tuple[Intent, ...]: ...


class Vault(Protocol):
    """Signed bytes by intent. Durable on return; refuses to write for who does not lead."""

    async def put(self, intent_id: str, raws: Sequence[bytes], /) -> None:
        """Keep all bytes ever signed for an intent, in place of those kept before."""
        ...

    async def get(self, intent_id: str, /) -> list[bytes]:
        """Return them, oldest first; none for an unknown intent."""
        ...

    async def drop(self, intent_id: str, /) -> None:
        """Forget them; nothing where there are none."""
        ...


class IntentLog(Protocol):
    """An Orchestrator's intents. Durable on return; refuses to write for who does not lead."""

    async def save(self, intents: Sequence[Intent], /) -> None:
        """Write all intents to remember, in place of those before."""
        ...
