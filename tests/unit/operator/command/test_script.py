"""The program around the command line."""

import subprocess
import sys

import pytest

from podium_operator.command import cli, script

_LOADED = (
    "import sys; from podium_operator.command import script; sys.argv = ['podium', 'top', '-h']\n"
    "try: script.main()\n"
    "except SystemExit: print([name for name in sys.modules if name.startswith('jsonschema')])"
)


def test_whoever_interrupts_it_gets_the_status_that_shells_know(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)

    assert script.main() == 130


def test_a_validator_that_it_does_not_use_is_not_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
