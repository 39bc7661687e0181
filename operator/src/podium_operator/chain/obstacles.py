"""What forbids every transaction for now: not our turn, not this chain, not on these answers."""

__all__ = ["Obstacle", "changed_targets", "obstacle_of", "unknown_code"]

from collections.abc import Mapping
from dataclasses import dataclass

from podium_operator.chain.model import ChainObserved, ChainState, ChainTerms, Role


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing may begin. spares_reward: the round's reward may, being harmless if wrong."""

    reason: str
    message: str
    spares_reward: bool = False


def obstacle_of(observed: ChainObserved) -> Obstacle | None:
    """The first that applies, the weightiest first."""
    state, terms = observed.state, observed.terms
    if terms.role is Role.ENDPOINT:
        return Obstacle("EndpointOnly", "another cluster acts for this identity (role Endpoint)")
    if observed.elder:
        return Obstacle(
            "IdentityTaken",
            f"{observed.elder} is older and acts for {terms.orchestrator}: give this one another"
            " address, or role Endpoint",
        )
    if observed.strange:
        return Obstacle(
            "ContractMismatch",
            f"{observed.strange}; nothing is sent until the contracts are understood again",
        )
    if state is None:
        return Obstacle("ChainUnread", "no endpoint has answered yet")
    return (
        _strange(state, terms)
        or _stale(observed)
        or _changed(observed, state)
        or _contradictory(observed)
    )


def changed_targets(state: ChainState, known: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the contracts that moved since they were first seen or accepted."""
    return tuple(
        name
        for name, target in sorted(state.targets.items())
        if name in known and known[name].lower() != target.address.lower()
    )


def unknown_code(state: ChainState, known: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the contracts whose code lacks what we call, and that nobody accepted."""
    return tuple(name for name in sorted(state.mismatched) if not _is_accepted(name, state, known))


def _is_accepted(name: str, state: ChainState, known: Mapping[str, str]) -> bool:
    target = state.targets.get(name)
    return target is not None and known.get(name, "").lower() == target.address.lower()


def _strange(state: ChainState, terms: ChainTerms) -> Obstacle | None:
    if state.chain_id != terms.chain_id:
        return Obstacle(
            "WrongChain",
            f"the endpoints answer for chain {state.chain_id}, the spec asks for {terms.chain_id}",
        )
    if state.transcoder.address.lower() != terms.orchestrator.lower():
        return Obstacle(
            "WrongIdentity", f"what was read is of {state.transcoder.address}: read again"
        )
    if state.paused:
        return Obstacle("ProtocolPaused", "the protocol is paused: nothing can be sent")
    return None


def _stale(observed: ChainObserved) -> Obstacle | None:
    age = observed.health.age_seconds
    if age <= observed.terms.max_age_seconds:
        return None
    return Obstacle("ChainStale", f"the chain was last read {age:.0f} s ago: no endpoint answers")


def _changed(observed: ChainObserved, state: ChainState) -> Obstacle | None:
    names = unknown_code(state, observed.acknowledged)
    if not names:
        return None
    target = state.targets.get(names[0])
    where = f"={target.address}" if target is not None else ""
    return Obstacle(
        "ContractMismatch",
        f"{', '.join(names)} no longer has what we call; after a look, annotate"
        f" podium.video/acknowledge-contracts: {names[0]}{where}",
    )


def _contradictory(observed: ChainObserved) -> Obstacle | None:
    what = observed.health.disagreement
    if not what:
        return None
    return Obstacle(
        "EndpointsDisagree", f"endpoints contradict each other: {what}", spares_reward=True
    )
