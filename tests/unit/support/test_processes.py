"""What tests of other processes lean on: their last words, and ports of their own."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import ports
from tests.support.operator_process import OperatorProcess

REPOSITORY = Path(__file__).resolve().parents[3]
_SPEAKS_AND_ENDS = 'i=0; while [ $i -lt 3000 ]; do echo "{}"; i=$((i+1)); done >&2; echo last >&2'
_DRAWS = """
from tests.support import ports
ports._PORTS = range(19_000, 19_400)
print(*ports.free_ports(40), flush=True)
input()
"""


def test_the_last_words_of_a_process_that_has_ended_are_heard(tmp_path: Path) -> None:
    speaker = OperatorProcess(tmp_path, command=("sh", "-c", _SPEAKS_AND_ENDS))

    with speaker:
        speaker.process.wait(timeout=60)

        assert speaker.wait_for_line("last")


def test_ports_that_nobody_has_bound_yet_are_given_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ports, "_PORTS", range(19_000, 19_400))
    command = [sys.executable, "-c", _DRAWS]

    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        theirs = {int(port) for port in other.stdout.readline().split()}
        ours = [port for _ in range(4) for port in ports.free_ports(10)]
        other.communicate("", timeout=60)

    assert len(theirs) == len(set(ours)) == 40
    assert theirs.isdisjoint(ours)
