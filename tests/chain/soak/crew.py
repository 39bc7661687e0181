"""The operator's processes: one leads, one may be frozen, dead ones are replaced at once."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.chain.soak.body import FROZEN, Order, Place, Report
from tests.chain.soak.life import DiedError, Life

__all__ = ["Crew"]


@dataclass(slots=True)
class Crew:
    """Whoever acts for one orchestrator; deaths and thaws are counted."""

    place: Place
    deaths: int = 0
    thaws: int = 0
    _leader: Life | None = None
    _sleeper: Life | None = None
    _born: int = field(default=0)

    def look(self, order: Order) -> Report:
        """Let the present one look once; with an aim it dies or freezes on the way."""
        leader = self._leader or self._begin()
        self._leader = leader
        try:
            said = leader.tick(order)
        except DiedError:
            leader.end()
            self._leader = None
            self.deaths += 1
            return Report(leads=False, reason="died")
        if isinstance(said, Report):
            return said
        self._sleeper, self._leader = leader, None
        return Report(leads=False, reason=FROZEN)

    def started_with(self) -> str:
        """Return the arguments and the environment that the present one shows to the system."""
        leader = self._leader
        if leader is None:
            return ""
        shown = Path("/proc", str(leader.pid))
        return "\n".join((shown / name).read_text() for name in ("cmdline", "environ"))

    def kill(self) -> None:
        """End the present one wherever it is; the next look finds another."""
        if self._leader is not None:
            self._leader.kill()
            self._leader = None
            self.deaths += 1

    def thaw(self) -> Report | None:
        """Let a frozen one go on and end; what it said last, if it could say anything."""
        sleeper, self._sleeper = self._sleeper, None
        if sleeper is None:
            return None
        self.thaws += 1
        try:
            said = sleeper.thaw()
        except DiedError:
            sleeper.end()
            return None
        if self._leader is None and isinstance(said, Report) and said.leads:
            self._leader = sleeper  # nobody took the lease meanwhile
            return said
        sleeper.kill()
        return said if isinstance(said, Report) else None

    def end(self) -> None:
        """End them all."""
        self.kill()
        if self._sleeper is not None:
            self._sleeper.kill()
            self._sleeper = None

    def _begin(self) -> Life:
        self._born += 1
        return Life.begin(f"operator-{self._born}", self.place)
