"""Why pools have their sizes: a recorded decision made again, in sentences or as JSON. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from podium_operator.api.status import decision_status
from podium_operator.scaling import Decision, PoolDecision, Preparation, Role
from podium_operator.scaling.recording import Recording, replay

__all__ = ["Explanation", "explained"]

_DECISION: Final = TypeAdapter(Decision)
_RECORDING: Final = TypeAdapter(Recording)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision replayed from its record, beside what status shows; {} where there is none."""

    title: str
    recording: Recording
    decision: Decision
    shown: Mapping[str, Any] = field(default_factory=dict)
    recent: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_between(self) -> bool:
        """Whether record and status are of two decisions: one is written after the other."""
        return bool(self.shown) and self.shown.get("id") != self.decision.decision_id

    @property
    def differences(self) -> tuple[str, ...]:
        """Where status shows another decision than the replay gives; none without a status."""
        shown, decision = self.shown, self.decision
        if not shown:
            return ()
        if self.is_between:
            return (f"status shows decision {shown.get('id')}, a newer or older one",)
        again = decision_status(decision, at="").model_dump(mode="json", by_alias=True)
        then, now = dict(_flat(shown)), dict(_flat(again))
        found = [
            f"{name}: {then.get(name)} then, {value} now"
            for name, value in now.items()
            if then.get(name) != value and (name in then or name in decision.replicas)
        ]
        if shown.get("text") != decision.text and not found:
            found.append("the sentence is another")
        return tuple(found)

    def as_text(self) -> str:
        """Say it to a person; what steers a terminal is shown as what it is not."""
        lines = (
            "".join(one if one.isprintable() else "\ufffd" for one in line)
            for line in self._lines()
        )
        return "\n".join(lines)

    def as_data(self) -> dict[str, Any]:
        """Say it to a program, with everything that went in."""
        return {
            "orchestrator": self.title,
            "at": self.recording.at,
            "replaysTheSame": not self.differences,
            "differences": list(self.differences),
            "decision": _DECISION.dump_python(self.decision, mode="json"),
            "record": _RECORDING.dump_python(self.recording, mode="json"),
            "recentDecisions": list(self.recent),
        }

    def _lines(self) -> Iterator[str]:
        decision = self.decision
        yield f"{self.title}: decision {decision.decision_id} of {self.recording.at}"
        yield f"  {decision.text}"
        yield from self._replayed()
        yield "Load"
        yield from _load(decision)
        yield "Pools"
        yield from (f"  {line}" for line in map(_pool, decision.pools))
        if decision.surge.choice is not Preparation.NONE:
            yield f"A sudden rise would meet {_surge(decision)}"
        if self.recent:
            yield "Earlier"
            yield from (f"  {_past(one)}" for one in reversed(self.recent[:-1]))

    def _replayed(self) -> Iterator[str]:
        if not self.shown:
            return
        if not self.differences:
            yield "  Made again from its record, the decision is the same."
            return
        yield "  Made again from its record, the decision differs:"
        yield from (f"    {one}" for one in self.differences)


def explained(
    recording: Recording, *, title: str, status: Mapping[str, Any] | None = None
) -> Explanation:
    """Make the recorded decision again, and put it beside what status shows."""
    status = status or {}
    return Explanation(
        title=title,
        recording=recording,
        decision=replay(recording),
        shown=status.get("decision") or {},
        recent=tuple(status.get("recentDecisions") or ()),
    )


def _flat(decision: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything but the sentence, by place; a pool's own name stands for its size.

    What an older operator's status does not show is no difference.
    """
    yield from ((name, decision[name]) for name in ("hold", "stale", "silent") if name in decision)
    for part in ("terms", "surge"):
        yield from ((f"{part}.{name}", one) for name, one in (decision.get(part) or {}).items())
    for pool in decision.get("pools") or ():
        places = {"desired": pool["name"]}
        yield from (
            (places.get(name, f"{pool['name']}.{name}"), one)
            for name, one in pool.items()
            if name != "name"
        )


def _load(decision: Decision) -> Iterator[str]:
    terms = decision.terms
    yield f"  {terms.streams:g} open streams keep {terms.load_erlangs:.2f} slots busy all the time"
    if terms.kappa > 1:
        yield f"  slots are busy {terms.kappa:.2f} times as long as measured segments explain"
    if terms.pace > 1:
        yield f"  {terms.pace:.1f} times as many segments come as open streams explain"
    if terms.lateness > 1:
        yield f"  segments were late though nothing was missing: slots times {terms.lateness:.2f}"
    if terms.staffed_slots:
        yield (
            f"  a segment takes {terms.service_seconds:.2f} s and may wait "
            f"{terms.slack_seconds:.2f} s: that needs {terms.staffed_slots} slots"
        )
    if terms.growth_erlangs_per_second:
        yield f"  the load grows by {60 * terms.growth_erlangs_per_second:.1f} slots a minute"
    if terms.backlog_slot_seconds:
        oldest = terms.oldest_wait_seconds
        yield f"  {terms.backlog_slot_seconds:.1f} slot-seconds wait, the oldest for {oldest:.1f} s"
    if terms.refused:
        yield f"  {terms.refused} sessions were refused for want of capacity in 10 s"
    age = terms.sample_age_seconds
    yield f"  the oldest report is {age:.1f} s old" if age is not None else "  nobody has reported"
    if terms.cost_per_hour:
        yield f"  the pods asked for cost {terms.cost_per_hour:.2f} an hour"
    if terms.unserved_segments_per_second:
        yield f"  {terms.unserved_segments_per_second:.1f} segments a second are left unserved"


def _pool(pool: PoolDecision) -> str:
    kind = " (overflow)" if pool.role is Role.OVERFLOW else ""
    stuck = f", {pool.stuck} stuck" if pool.stuck else ""
    ahead = f", {pool.lookahead_erlangs:.1f} ahead ({pool.lookahead})" if pool.lookahead else ""
    return (
        f"{pool.name}{kind}: {pool.ready} ready, {pool.pending} starting{stuck}; the load wants "
        f"{pool.need}{ahead}; asked for {pool.desired}, bound by {pool.bound}"
    )


def _surge(decision: Decision) -> str:
    surge = decision.surge
    what = "warm spares" if surge.choice is Preparation.SPARES else "the overflow pool"
    rise = f" of {surge.erlangs:.1f} slots" if surge.erlangs else ""
    return f"{what}: {surge.why}{rise and f'; a rise{rise} is expected'}"


def _past(one: Mapping[str, Any]) -> str:
    return f"{one.get('id')} {one.get('at', '')}: {one.get('text', '')}"
