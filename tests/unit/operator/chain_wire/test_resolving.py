"""What became of sent bytes: a table of what endpoints say and what follows from it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.unit.operator.chain.cases import OWN, STATE

from podium_operator.chain.model import Intent, IntentKind, IntentState, KeyState
from podium_operator.chain.resolving import evidence_of, resolved, revived
from podium_operator.chain.rpc.errors import EndpointFault
from podium_operator.chain.rpc.values import Refusal, Said

_HASHES = ("0x" + "11" * 32, "0x" + "22" * 32)
_SETTLED = 3
_AT = replace(STATE, block=1000)


def _sent(**changes: Any) -> Intent:
    intent = Intent(
        id="reward-100",
        kind=IntentKind.REWARD,
        round=100,
        goal="g",
        why="w",
        sender=OWN,
        to=OWN,
        data="0x",
        value_wei=0,
        gas_limit=1,
        max_fee_wei=1,
        at=0,
        state=IntentState.SENT,
        nonce=5,
        hashes=_HASHES,
    )
    return replace(intent, **changes)


def _receipt(block: int, *, status: int = 1, of: str = _HASHES[0]) -> dict[str, str]:
    return {
        "transactionHash": of,
        "blockNumber": hex(block),
        "status": hex(status),
        "gasUsed": hex(500_000),
        "effectiveGasPrice": hex(7),
    }


def _says(*answers: object) -> Said:
    return Said("any", answers)


_MUTE = Said("mute", fault=EndpointFault.TIMEOUT)
_SILENT = _says(None, None, "0x5")
_SPENT = _says(None, None, "0x6")
_UNABLE = _says(None, None, Refusal(-32000, "missing trie node"))


def _after(intent: Intent, *said: Said, nonce: int = 6) -> Intent:
    state = replace(_AT, keys={OWN: KeyState(OWN, 1, nonce)})
    evidence = evidence_of(intent, state, said)
    return resolved(intent, evidence, state, settled_blocks=_SETTLED)


@pytest.mark.parametrize(
    ("said", "nonce", "expected"),
    [
        pytest.param([_SILENT], 5, IntentState.SENT, id="unknown and unspent: it may still land"),
        pytest.param([_MUTE], 6, IntentState.SENT, id="nobody answers: nothing is known"),
        pytest.param([_says(_receipt(999), None, "0x5")], 6, IntentState.MINED, id="it landed"),
        pytest.param(
            [_SILENT, _says(None, _receipt(1000), "0x5")], 5, IntentState.MINED, id="one saw it"
        ),
        pytest.param(
            [_says(_receipt(998, status=0), None, "0x6")], 6, IntentState.SENT, id="a fresh revert"
        ),
        pytest.param(
            [_says(_receipt(997, status=0), None, "0x6")], 6, IntentState.FAILED, id="a deep revert"
        ),
        pytest.param([_SPENT], 6, IntentState.FAILED, id="others used its nonce long ago"),
        pytest.param([_SILENT], 6, IntentState.SENT, id="others used its nonce just now"),
        pytest.param([_SPENT, _SILENT], 6, IntentState.SENT, id="one is not sure of it"),
        pytest.param([_UNABLE], 6, IntentState.SENT, id="nobody remembers that block"),
        pytest.param([_SPENT, _UNABLE, _MUTE], 6, IntentState.FAILED, id="all who know say so"),
        pytest.param([_SPENT], 5, IntentState.SENT, id="what was read says it is unspent"),
        pytest.param([_says({"status": "x"}, 7, "0x5")], 5, IntentState.SENT, id="nonsense"),
    ],
)
def test_a_sent_one_ends_only_on_proof(said: list[Said], nonce: int, expected: IntentState) -> None:
    assert _after(_sent(), *said, nonce=nonce).state is expected


def test_a_receipt_brings_block_and_cost() -> None:
    mined = _after(_sent(), _says(_receipt(999), None, "0x6"))

    assert (mined.mined_block, mined.cost_wei) == (999, 3_500_000)


def test_success_outweighs_a_revert_of_other_bytes() -> None:
    both = _says(_receipt(990, status=0), _receipt(980, of=_HASHES[1]), "0x6")

    assert _after(_sent(), both).state is IntentState.MINED


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(_SILENT, IntentState.SENT, id="its receipt is gone"),
        pytest.param(_MUTE, IntentState.MINED, id="nobody answers"),
    ],
)
def test_a_mined_one_is_sent_again_only_when_its_block_is_gone(
    said: Said, expected: IntentState
) -> None:
    assert _after(_sent(state=IntentState.MINED), said, nonce=5).state is expected


def test_what_was_given_up_stays_so_and_only_its_cost_is_taken_down() -> None:
    given_up = _after(_sent(state=IntentState.SUPERSEDED), _says(_receipt(999), None, "0x6"))

    assert given_up.state is IntentState.SUPERSEDED
    assert given_up.cost_wei == 3_500_000


@pytest.mark.parametrize(
    ("intent", "nonce", "expected"),
    [
        pytest.param(_sent(state=IntentState.DONE), 6, IntentState.DONE, id="its nonce is used"),
        pytest.param(_sent(state=IntentState.DONE), 5, IntentState.SENT, id="it is free again"),
        pytest.param(_sent(state=IntentState.FAILED), 5, IntentState.SENT, id="so is a failed one"),
        pytest.param(
            _sent(state=IntentState.DONE, mined_block=1001), 5, IntentState.DONE, id="not read yet"
        ),
        pytest.param(
            _sent(state=IntentState.FAILED, nonce=None, hashes=()),
            5,
            IntentState.FAILED,
            id="it was never sent",
        ),
        pytest.param(
            _sent(state=IntentState.SUPERSEDED), 5, IntentState.SUPERSEDED, id="it was given up"
        ),
    ],
)
def test_a_finished_one_comes_back_with_its_nonce(
    intent: Intent, nonce: int, expected: IntentState
) -> None:
    state = replace(_AT, keys={OWN: KeyState(OWN, 1, nonce)})

    assert revived(intent, state).state is expected
