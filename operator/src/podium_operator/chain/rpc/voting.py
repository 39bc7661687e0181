"""At which block to ask, and whom to believe where endpoints contradict each other. Pure."""

__all__ = ["Ballot", "Verdict", "block_to_read", "count_votes"]

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium_operator.chain.rpc.values import Answer, Block, Call, Refusal

_OF_LOGS: Final = ("address", "topics", "data", "blockNumber", "logIndex")


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one endpoint said of a block."""

    name: str
    block: Block
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ballot believed, who cast the same, who was outvoted, and what is open ("": nothing)."""

    ballot: Ballot
    agreeing: tuple[str, ...]
    outvoted: tuple[str, ...]
    disagreement: str


def block_to_read(heads: Mapping[str, int], *, max_lag_blocks: int) -> int:
    """Return the highest block that two endpoints have, unless one is far ahead of all others.

    That one may be the only one alive. Needs at least one head.
    """
    ordered = sorted(heads.values(), reverse=True)
    if len(ordered) == 1 or ordered[0] - ordered[1] > max_lag_blocks:
        return ordered[0]
    return ordered[1]


def count_votes(ballots: Sequence[Ballot], calls: Sequence[Call]) -> Verdict:
    """Believe what most say; where as many say otherwise, the one preferred, and tell it."""
    groups: dict[tuple[object, ...], list[Ballot]] = defaultdict(list)
    for ballot in ballots:
        groups[_canonical(ballot)].append(ballot)
    ordered = sorted(groups.values(), key=len, reverse=True)
    best, others = ordered[0], [one for group in ordered[1:] for one in group]
    is_open = len(ordered) > 1 and len(ordered[1]) == len(best)
    return Verdict(
        ballot=best[0],
        agreeing=tuple(one.name for one in best),
        outvoted=() if is_open else tuple(one.name for one in others),
        disagreement=_difference(best[0], others[0], calls) if is_open else "",
    )


def _canonical(ballot: Ballot) -> tuple[object, ...]:
    return ballot.block.hash, *(_essence(one) for one in ballot.answers)


def _essence(answer: Answer) -> str:
    """Return what endpoints must agree on.

    Refusals are told in different words; of log lines each kind of node gives other extras.
    """
    if isinstance(answer, Refusal):
        return "refused"
    if isinstance(answer, list):
        kept = [{key: line.get(key) for key in _OF_LOGS} for line in answer if _is_log(line)]
        answer = kept if len(kept) == len(answer) else answer
    return json.dumps(answer, sort_keys=True)


def _is_log(line: object) -> bool:
    return isinstance(line, dict) and "logIndex" in line


def _difference(one: Ballot, other: Ballot, calls: Sequence[Call]) -> str:
    pairs = zip(calls, _canonical(one)[1:], _canonical(other)[1:], strict=True)
    what = [call.label or call.method for call, mine, theirs in pairs if mine != theirs]
    if one.block.hash != other.block.hash:
        what.insert(0, "its hash")
    return f"{one.name} and {other.name} at block {one.block.number}: {', '.join(what[:3])}"
