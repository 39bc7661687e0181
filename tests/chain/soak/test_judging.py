"""What counts as a double send, and what does not."""

import pytest
from tests.chain.soak.judging import Deed, Mined, double_sends

_TO = "0x" + "1" * 40


def _deed(nonce: int, data: str = "0x228cb733") -> Deed:
    return Deed(nonce, _TO, data, 0)


def _mined(deed: Deed, *, succeeded: bool = True) -> Mined:
    return Mined(deed, 1, succeeded, 1)


@pytest.mark.parametrize(
    ("deeds", "mined", "faults"),
    [
        pytest.param([_deed(1)], [_mined(_deed(1))], 0, id="one nonce for one deed is right"),
        pytest.param(
            [_deed(1), _deed(2)],
            [_mined(_deed(1), succeeded=False), _mined(_deed(2))],
            0,
            id="a revert is tried again with the next nonce",
        ),
        pytest.param(
            [_deed(1), _deed(2)],
            [_mined(_deed(1, "0xd4807fb2")), _mined(_deed(2))],
            0,
            id="a nonce that went to another deed is no danger",
        ),
        pytest.param(
            [_deed(1), _deed(2)],
            [_mined(_deed(1)), _mined(_deed(2))],
            1,
            id="two successes are a double send",
        ),
        pytest.param(
            [_deed(1), _deed(2)],
            [],
            1,
            id="a second nonce while the first could succeed is one too",
        ),
    ],
)
def test_a_double_send_is_a_second_nonce_beside_one_that_could_succeed(
    deeds: list[Deed], mined: list[Mined], faults: int
) -> None:
    assert len(double_sends(deeds, mined)) == faults


def test_bytes_that_were_spent_before_the_round_are_no_danger_in_it() -> None:
    deeds, mined = [_deed(1), _deed(2)], [_mined(_deed(2))]

    assert double_sends(deeds, mined, first_nonce=2) == []
    assert len(double_sends(deeds, mined, first_nonce=1)) == 1
