"""Another program's failure is an error with its own last words."""

import sys

import pytest
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.run import run, succeeds


def test_output_is_returned() -> None:
    assert run(["echo", "a b"], limit_seconds=30) == "a b\n"


@pytest.mark.parametrize(
    ("command", "limit_seconds", "message"),
    [
        pytest.param(
            [sys.executable, "-c", "raise SystemExit('no disk')"],
            30.0,
            r"failed \(1\):\nno disk",
            id="a failure says why",
        ),
        pytest.param(["/nowhere/go"], 30.0, "^go cannot be run: No such file", id="not there"),
        pytest.param(["sleep", "600"], 0.05, r"^sleep ran past 0\.05 s$", id="too long"),
    ],
)
def test_failure_is_one_error(command: list[str], limit_seconds: float, message: str) -> None:
    with pytest.raises(ProgramsError, match=message):
        run(command, limit_seconds=limit_seconds)

    assert not succeeds(command, limit_seconds=limit_seconds)
