"""The ledger of unanswered jobs: what is owed, to whom, and what to do next about it.

Pure: time is given, nothing is awaited. It decides when a job is published, checked for in the
queue, published again, given up; and it lets exactly one answer through. The dispatcher obeys.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

__all__ = ["MAX_ATTEMPTS", "Due", "Entry", "Ledger", "Verdict"]

MAX_ATTEMPTS = 3
"""A source that was fetched this often without an answer has killed its transcoders."""

AUDIT_EVERY_SECONDS = 1.5
_REMEMBERED = 4096


class Verdict(Enum):
    """What a transcoder that shows a token is told."""

    GRANTED = "granted"
    UNKNOWN = "unknown"
    ANSWERED = "answered"
    POISONED = "poisoned"


@dataclass(slots=True)
class Entry:
    """One unanswered job; `sequence` is its place in the queue, None while it has none."""

    job_id: str
    token: str
    deadline: float
    publication: int = 0
    sequence: int | None = None
    checked_at: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """Jobs that need something now."""

    expired: tuple[str, ...]
    publish: tuple[str, ...]
    audit: tuple[str, ...]


class Ledger:
    """All unanswered jobs of a node."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._by_token: dict[str, str] = {}
        self._answered: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, job_id: str) -> Entry:
        return self._entries[job_id]

    def __contains__(self, job_id: object) -> bool:
        return job_id in self._entries

    def open(self, job_id: str, token: str, deadline: float) -> None:
        """Owe an answer."""
        self._entries[job_id] = Entry(job_id, token, deadline)
        self._by_token[token] = job_id

    def job_of(self, token: str) -> str | None:
        """Return the unanswered job of a token."""
        return self._by_token.get(token)

    def fetch(self, token: str, now: float) -> Verdict:
        """Judge a request for the source."""
        entry = self._live(token, now)
        if entry is None:
            return Verdict.UNKNOWN
        if entry.attempts >= MAX_ATTEMPTS:
            return Verdict.POISONED
        entry.attempts += 1
        return Verdict.GRANTED

    def may_answer(self, token: str, now: float) -> Verdict:
        """Judge a transcoder that is about to answer, before its bytes are read."""
        if token in self._answered:
            return Verdict.ANSWERED
        return Verdict.UNKNOWN if self._live(token, now) is None else Verdict.GRANTED

    def answer(self, token: str, now: float) -> Verdict:
        """Let an answer through if it is the first and in time; the job is then closed."""
        verdict = self.may_answer(token, now)
        if verdict is Verdict.GRANTED:
            self.close(self._by_token[token])
            self._answered[token] = None
            while len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        return verdict

    def close(self, job_id: str) -> None:
        """Owe nothing for a job any more."""
        entry = self._entries.pop(job_id, None)
        if entry is not None:
            del self._by_token[entry.token]

    def publishing(self, job_id: str) -> int:
        """Note that a job is about to be published; returns the publication's number."""
        entry = self._entries[job_id]
        entry.publication += 1
        return entry.publication

    def published(self, job_id: str, sequence: int, now: float) -> None:
        """Note where in the queue a job lies."""
        entry = self._entries.get(job_id)
        if entry is not None:
            entry.sequence, entry.checked_at = sequence, now

    def found(self, job_id: str, now: float) -> None:
        """Note that the queue still holds a job."""
        entry = self._entries.get(job_id)
        if entry is not None:
            entry.checked_at = now

    def lost(self, job_id: str) -> None:
        """Note that the queue does not hold a job: it is due for publication."""
        entry = self._entries.get(job_id)
        if entry is not None:
            entry.sequence = None

    def doubt(self) -> None:
        """Check every published job at once: the queue was away and may have lost them."""
        for entry in self._entries.values():
            entry.checked_at = float("-inf")

    def due(self, now: float) -> Due:
        """Return what needs doing now."""
        live = [entry for entry in self._entries.values() if entry.deadline > now]
        return Due(
            expired=tuple(e.job_id for e in self._entries.values() if e.deadline <= now),
            publish=tuple(e.job_id for e in live if e.sequence is None),
            audit=tuple(
                e.job_id
                for e in live
                if e.sequence is not None and now - e.checked_at >= AUDIT_EVERY_SECONDS
            ),
        )

    def waiting(self) -> list[str]:
        """Return the jobs whose source no transcoder has fetched yet."""
        return [entry.job_id for entry in self._entries.values() if entry.attempts == 0]

    def _live(self, token: str, now: float) -> Entry | None:
        job_id = self._by_token.get(token)
        entry = self._entries.get(job_id) if job_id is not None else None
        return entry if entry is not None and entry.deadline > now else None
