"""A function that is missing is told from a refusal, and from an endpoint that keeps words back."""

import pytest

from podium_operator.chain.questions import Answers
from podium_operator.chain.rpc.values import Answer, Call, Refusal

_WORDS = Refusal(3, "execution reverted: current round is not initialized", "0x08c379a0")
_SILENT = Refusal(3, "execution reverted", "0x")
_BARE = Refusal(-32000, "execution reverted")


@pytest.mark.parametrize(
    ("answers", "missing"),
    [
        pytest.param(["0x", _WORDS, _WORDS], [], id="done or refused in words: all is there"),
        pytest.param([_SILENT, _WORDS, "0x"], ["BondingManagerTarget"], id="one without a word"),
        pytest.param([_WORDS, "0x", _BARE], ["RoundsManagerTarget"], id="a bare one all the same"),
        pytest.param([_BARE, _BARE, "0x"], [], id="no words at all: the endpoint keeps them"),
        pytest.param(["0x", "0x", "0x"], [], id="nothing refused"),
    ],
)
def test_a_missing_function_reverts_without_a_word_where_others_have_some(
    answers: list[Answer], missing: list[str]
) -> None:
    names = ("BondingManagerTarget/0", "BondingManagerTarget/1", "RoundsManagerTarget/2")
    asked = {f"try/{name}": Call("eth_call") for name in names}

    assert Answers(asked, answers).mismatched() == frozenset(missing)
