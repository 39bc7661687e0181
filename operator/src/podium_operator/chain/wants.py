"""What the rules look at and what they answer with: the scene, a want, or a reason to wait."""

__all__ = ["Consent", "Scene", "Wait", "Want", "Wish"]

from dataclasses import dataclass
from enum import Enum, auto

from podium_operator.chain.model import (
    ChainObserved,
    ChainState,
    ChainTerms,
    Intent,
    IntentKind,
    RoundState,
    Stage,
    TranscoderState,
)


class Consent(Enum):
    """Who allows a want: the terms' approval, a person always, or it was given with another."""

    BY_TERMS = auto()
    ALWAYS = auto()
    GIVEN = auto()


@dataclass(frozen=True, slots=True)
class Want:
    """A transaction that the chain's state calls for.

    to: a name that the Controller knows, or an address. held: why it must not begin yet; it is
    shown all the same. is_urgent: the round's reward depends on it, or terms that cannot wait:
    its gas price may climb. is_reward: it may pass the budget and the floor. amount: what it
    moves; a smaller one that already waits stays good. reserve_gas: gas of what must follow it
    in the same round. since_round: when it was first shown, None: now.
    """

    kind: IntentKind
    goal: str
    why: str
    sender: str
    to: str
    data: str
    gas: int
    value_wei: int = 0
    amount: int = 0
    consent: Consent = Consent.BY_TERMS
    is_urgent: bool = False
    is_reward: bool = False
    held: str = ""
    reserve_gas: int = 0
    since_round: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Something wanted that nothing we could send brings about."""

    reason: str
    message: str


Wish = Want | Wait


@dataclass(frozen=True, slots=True)
class Scene:
    """What was observed, with a state to look at. intents: as tracked up to this state."""

    observed: ChainObserved
    state: ChainState
    stage: Stage
    intents: tuple[Intent, ...]

    @property
    def terms(self) -> ChainTerms:
        return self.observed.terms

    @property
    def round(self) -> RoundState:
        return self.state.round

    @property
    def transcoder(self) -> TranscoderState:
        return self.state.transcoder

    @property
    def is_reward_due(self) -> bool:
        """Active in this round and not rewarded in it yet."""
        own = self.state.transcoder
        return own.active and own.last_reward_round < self.state.round.number

    def balance(self, address: str) -> int:
        key = self.state.keys.get(address)
        return key.balance_wei if key is not None else 0

    def known(self, kind: IntentKind) -> list[Intent]:
        return [intent for intent in self.intents if intent.kind == kind]
