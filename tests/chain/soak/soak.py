"""The soak: rounds drawn from a seed, deaths at drawn lines."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chain.soak.body import Place, RemoteKey
from tests.chain.soak.books import Books, Difference
from tests.chain.soak.crew import Crew
from tests.chain.soak.errands import ERRANDS
from tests.chain.soak.killing import Death, kill_at_points
from tests.chain.soak.planning import draw_plan
from tests.chain.soak.rounds import Outcome, Stage, close_books, play_round
from tests.chain.soak.world import PASSWORD, ROUND_BLOCKS, TOKEN, World

from podium_operator.chain.ledger import RoundEntry
from podium_operator.chain.model import ChainTerms
from podium_operator.chain.rpc.values import Endpoint

__all__ = ["Rounds", "kill_operators", "place_for", "play_rounds"]


@dataclass(frozen=True, slots=True)
class Rounds:
    """What came of all rounds: how each ended, the ledger, and how far it is from the chain.

    gas_faults: the transactions that the ledger has otherwise, named where its sum is off.
    """

    outcomes: Sequence[Outcome]
    entries: Sequence[RoundEntry]
    difference: Difference
    gas_faults: Sequence[str] = ()


def place_for(world: World, terms: ChainTerms, folder: Path, *, is_remote: bool = False) -> Place:
    """Say where an operator for these terms lives; its key is a keystore or the remote signer."""
    signer = world.signer
    remote = RemoteKey(signer.url, signer.authority, signer.certificate, signer.key)
    [account] = terms.signers
    return Place(
        folder=folder,
        endpoints=tuple(
            Endpoint(one.name, one.url, {"Authorization": f"Bearer {TOKEN}"})
            for one in world.proxy.endpoints
        ),
        controller=world.devnet.contract("Controller").address,
        terms=terms,
        keystore=world.keystore(account),
        password=PASSWORD,
        remote=remote if is_remote else None,
    )


def play_rounds(
    world: World,
    place: Place,
    *,
    rounds: int,
    seed: int,
    told: Callable[[Outcome], None] = lambda _: None,
) -> Rounds:
    """Play so many rounds with one operator, whose files last from the first to the last."""
    draw = random.Random(seed)
    stage = Stage(world, Crew(place), draw, Books(world))
    outcomes = []
    try:
        for _ in range(rounds):
            outcomes.append(play_round(stage, draw_plan(ROUND_BLOCKS, draw)))
            told(outcomes[-1])
        close_books(stage)
    finally:
        stage.crew.end()
    difference = stage.books.difference()
    gas_faults = stage.books.gas_faults() if difference.gas_wei else []
    return Rounds(outcomes, stage.books.entries(), difference, gas_faults)


def kill_operators(
    world: World,
    folder: Path,
    *,
    points: int,
    seed: int,
    told: Callable[[Death], None] = lambda _: None,
) -> list[Death]:
    """Kill operators at so many lines, shared among the errands; half of them sign remotely."""
    deaths: list[Death] = []
    for number, errand in enumerate(ERRANDS):
        share = (points - len(deaths)) // (len(ERRANDS) - number)
        terms = errand.terms(world.devnet.accounts)
        place = place_for(world, terms, folder, is_remote=number % 2 == 1)
        draw = random.Random(f"{seed} {errand.name}")
        deaths += kill_at_points(world, errand, place, points=share, draw=draw, told=told)
    return deaths
