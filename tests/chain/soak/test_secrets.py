"""Nothing that the chain side emits holds a key, a password or a token of an endpoint.

It runs through every weather with both signers, a wrong password and a signer that is gone, with
all loggers at their most talkative; then everything it said, wrote for people or was started with
is searched.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.chain.soak.body import Order, Place, Report
from tests.chain.soak.crew import Crew
from tests.chain.soak.errands import soak_terms
from tests.chain.soak.faults import CLEAR, Fault, Weather
from tests.chain.soak.soak import place_for
from tests.chain.soak.world import CAP_WEI, PASSWORD, TOKEN, World

from podium_operator.chain.records import shown_intent

# Between two looks: five weathers to a round, so that rounds are begun and rewarded in most.
_BLOCKS = 4


def _needles(world: World, place: Place) -> dict[str, str]:
    """What must never be seen, by what it is."""
    key = world.devnet.key("orchestrator").removeprefix("0x")
    client = [line for line in world.signer.key.read_text().splitlines() if "-----" not in line]
    return {
        "the key": key,
        "the key as a number": str(int(key, 16)),
        "the keystore's password": PASSWORD,
        "an endpoint's token": TOKEN,
        "the client's TLS key": client[0],
        "the keystore": json.loads(place.keystore.read_text())["crypto"]["ciphertext"],
    }


def _live_through_everything(world: World, place: Place) -> str:
    """Return everything that was said and shown on the way."""
    crew, shown = Crew(place), []
    try:
        for fault in Fault:
            world.proxy.set_weather(Weather(fault, blocks=3))
            shown.append(_shown(crew.look(Order(float(world.now)))))
            shown.append(crew.started_with())
            world.mine(CAP_WEI // 2, _BLOCKS)
            world.begin_round()
    finally:
        world.proxy.set_weather(CLEAR)
        crew.end()
    return "\n".join([*shown, place.words.read_text()])


def _shown(said: Report) -> str:
    intents = [shown_intent(one).model_dump_json() for one in said.intents]
    return "\n".join([said.reason, said.error, *intents])


def _found(needles: dict[str, str], text: str) -> list[str]:
    return [what for what, secret in needles.items() if secret.lower() in text.lower()]


@pytest.mark.parametrize("is_remote", [False, True], ids=["keystore", "remote signer"])
def test_nothing_that_is_emitted_holds_a_secret(
    world: World, tmp_path: Path, *, is_remote: bool
) -> None:
    place = place_for(world, soak_terms(world.orchestrator), tmp_path, is_remote=is_remote)

    text = _live_through_everything(world, place)

    assert "no endpoint answers: first: " in text
    assert "Reward: active in round" in text
    assert _found(_needles(world, place), text) == []


def test_a_signer_that_cannot_sign_says_no_secret_either(world: World, tmp_path: Path) -> None:
    place = place_for(world, soak_terms(world.orchestrator), tmp_path)
    wrong = replace(place, password=PASSWORD[::-1])
    crew = Crew(wrong)

    said = crew.look(Order(float(world.now)))
    crew.end()

    text = place.words.read_text()
    assert not said.leads
    assert "Traceback" in text
    assert _found(_needles(world, place), text) == []
    assert PASSWORD[::-1] not in text
