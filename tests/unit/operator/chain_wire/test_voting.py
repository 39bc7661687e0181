"""Whom to believe, and at which block: a table of quarrels."""

import pytest

from podium_operator.chain.rpc.json_rpc import NotJsonRpcError, checked_answers
from podium_operator.chain.rpc.values import Block, Call, Refusal
from podium_operator.chain.rpc.voting import Ballot, block_to_read, count_votes

_CALLS = [Call("eth_call", label="Bonding.one"), Call("eth_call", label="Bonding.two")]


def _ballot(name: str, *answers: object, block_hash: str = "0xa") -> Ballot:
    return Ballot(name, Block(7, block_hash, 0, 0), answers)


@pytest.mark.parametrize(
    ("heads", "block"),
    [
        pytest.param({"a": 100}, 100, id="one alone"),
        pytest.param({"a": 100, "b": 98}, 98, id="the block that both have"),
        pytest.param({"a": 95, "b": 100, "c": 99}, 99, id="the highest that two have"),
        pytest.param({"a": 100, "b": 100, "c": 2}, 100, id="a dead tail is left behind"),
        pytest.param({"a": 500, "b": 100, "c": 99}, 500, id="one far ahead may be the only live"),
    ],
)
def test_the_block_to_read(heads: dict[str, int], block: int) -> None:
    assert block_to_read(heads, max_lag_blocks=20) == block


def test_most_voices_win_and_the_others_are_named() -> None:
    ballots = [_ballot("a", "0x1", "0x9"), _ballot("b", "0x1", "0x2"), _ballot("c", "0x1", "0x2")]

    verdict = count_votes(ballots, _CALLS)

    assert verdict.ballot.name == "b"
    assert (verdict.agreeing, verdict.outvoted, verdict.disagreement) == (("b", "c"), ("a",), "")


def test_a_draw_believes_the_preferred_one_and_tells_what_about() -> None:
    ballots = [_ballot("a", "0x1", "0x9"), _ballot("b", "0x1", "0x2")]

    verdict = count_votes(ballots, _CALLS)

    assert verdict.ballot.name == "a"
    assert verdict.outvoted == ()
    assert verdict.disagreement == "a and b at block 7: Bonding.two"


def test_another_block_of_the_same_number_is_a_quarrel() -> None:
    ballots = [_ballot("a", "0x1", "0x2"), _ballot("b", "0x1", "0x2", block_hash="0xb")]

    assert count_votes(ballots, _CALLS).disagreement == "a and b at block 7: its hash"


def test_reverts_in_other_words_and_logs_with_other_extras_are_the_same() -> None:
    line = {"address": "0x1", "topics": [], "data": "0x", "blockNumber": "0x1", "logIndex": "0x0"}
    ballots = [
        _ballot("a", Refusal(3, "execution reverted", "0x"), [line]),
        _ballot("b", Refusal(-32000, "VM error: revert"), [{**line, "blockTimestamp": "0x1"}]),
    ]

    assert count_votes(ballots, _CALLS).agreeing == ("a", "b")


def test_log_lines_that_one_lacks_are_a_quarrel() -> None:
    line = {"address": "0x1", "topics": [], "data": "0x", "blockNumber": "0x1", "logIndex": "0x0"}
    ballots = [_ballot("a", "0x", [line]), _ballot("b", "0x", [])]

    assert count_votes(ballots, _CALLS).disagreement == "a and b at block 7: Bonding.two"


def _one(number: int, **words: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, **words}


def test_answers_are_results_and_refusals_by_call() -> None:
    error = {"code": 3, "message": "execution reverted", "data": "0xab"}

    answers = checked_answers([_one(5, result="0x1"), _one(6, error=error)], 2)

    assert answers == ("0x1", Refusal(3, "execution reverted", "0xab"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("0xab", id="bare"),
        pytest.param("Reverted 0xab", id="behind a word"),
        pytest.param({"data": "0xab"}, id="one object deeper"),
        pytest.param({"data": {"result": "0xab"}}, id="two objects deeper"),
    ],
)
def test_a_reverts_bytes_are_found_where_nodes_put_them(data: object) -> None:
    found = checked_answers([_one(0, error={"code": 3, "message": "m", "data": data})], 1)

    assert found == (Refusal(3, "m", "0xab"),)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(None, id="nothing"),
        pytest.param("<html>", id="a page"),
        pytest.param([], id="an empty batch"),
        pytest.param([_one(0, result=1)], id="too few"),
        pytest.param([_one(0, result=1), _one(0, result=1)], id="one twice"),
        pytest.param([_one(0, result=1), 7], id="a number between them"),
        pytest.param([_one(0, result=1), _one(1)], id="neither result nor error"),
        pytest.param([{"id": "a", "result": 1}, {"id": "b", "result": 1}], id="ids not ours"),
    ],
)
def test_what_answers_something_else_is_refused(found: object) -> None:
    with pytest.raises(NotJsonRpcError):
        checked_answers(found, 2)


def test_one_error_for_a_whole_batch_is_an_error_for_each_call() -> None:
    found = checked_answers({"error": {"code": -32600, "message": "batch too large"}}, 3)

    assert found == (Refusal(-32600, "batch too large"),) * 3
