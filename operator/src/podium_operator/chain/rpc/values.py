"""What is asked of endpoints and what they answer. Pure data.

An endpoint's URL and headers may hold a token: they are in no repr, and nothing here prints them.
"""

__all__ = [
    "Answer",
    "Block",
    "Call",
    "Endpoint",
    "Limits",
    "Reading",
    "Refusal",
    "Said",
    "Sighting",
]

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from podium_operator.chain.rpc.errors import EndpointFault


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way to the chain: name is what may be shown, the rest never."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a pool is. max_lag_blocks: behind the best; batch_calls: at most in one post."""

    timeout_seconds: float = 10.0
    max_lag_blocks: int = 20
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 120.0
    batch_calls: int = 50


@dataclass(frozen=True, slots=True)
class Call:
    """One JSON-RPC call.

    is_pinned: the block that is read is appended to its parameters. label: what it asks for, in
    words for people.
    """

    method: str
    params: tuple[Any, ...] = ()
    is_pinned: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An endpoint's error to one call. data: 0x-hex of a revert, "" where there is none."""

    code: int
    message: str
    data: str = ""


# What came back for one call: its result as JSON has it, or a refusal.
Answer = Any | Refusal


@dataclass(frozen=True, slots=True)
class Block:
    """A block's head. at: its time, unix seconds."""

    number: int
    hash: str
    at: int
    base_fee_wei: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Answers at one block, in the order of the calls. voters: endpoints that gave them alike."""

    block: Block
    answers: tuple[Answer, ...]
    voters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What one endpoint answered to calls that all of them got; or its fault."""

    name: str
    answers: tuple[Answer, ...] = ()
    fault: EndpointFault | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """How one endpoint was met last, for metrics and status; head: 0 while never met."""

    name: str
    fault: EndpointFault | None
    head: int = 0
    lag_blocks: int = 0
