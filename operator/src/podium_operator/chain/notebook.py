"""The intents while they are worked on: every change is durable before the next step."""

__all__ = ["Notebook"]

from collections.abc import Iterator, Sequence

from podium_operator.chain.model import IN_FLIGHT, Intent
from podium_operator.chain.ports import IntentLog


class Notebook:
    """One pass over the intents, written through to the log."""

    def __init__(self, log: IntentLog, intents: Sequence[Intent], saved: Sequence[Intent]) -> None:
        self._log, self._intents = log, {one.id: one for one in intents}
        self.saved: tuple[Intent, ...] = tuple(saved)

    @property
    def intents(self) -> tuple[Intent, ...]:
        return tuple(self._intents.values())

    def __getitem__(self, intent_id: str) -> Intent:
        return self._intents[intent_id]

    def get(self, intent_id: str) -> Intent | None:
        return self._intents.get(intent_id)

    def in_flight(self, sender: str | None = None) -> Iterator[Intent]:
        """Yield those whose bytes may be on their way, of one sender or of all."""
        for one in self.intents:
            if one.state in IN_FLIGHT and sender in {None, one.sender}:
                yield one

    async def put(self, intent: Intent) -> Intent:
        """Take a change down; it is durable when this returns."""
        self._intents[intent.id] = intent
        await self.save()
        return intent

    async def save(self) -> None:
        """Write the whole list, unless it stands there already."""
        if self.saved != self.intents:
            await self._log.save(self.intents)
            self.saved = self.intents
