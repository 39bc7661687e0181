"""How our own commands end."""

import pytest
from tests.support.ending import end_with


@pytest.mark.parametrize("status", [0, 1, 2])
def test_a_command_ends_with_its_own_status(status: int) -> None:
    with pytest.raises(SystemExit) as ended:
        end_with(lambda: status)

    assert ended.value.code == status


def test_an_interrupted_one_says_so_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        end_with(interrupted)

    assert ended.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"
