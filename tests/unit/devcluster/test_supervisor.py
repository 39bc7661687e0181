"""The first process, with small programs to keep, in a process of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.devcluster.control import Control, find_control
from tests.devcluster.errors import ClusterError
from tests.devcluster.gates import Gate
from tests.devcluster.plan import Plan, Program, Relay, to_json
from tests.devcluster.supervisor import restart_delay_seconds
from tests.support.patience import look_until

REPOSITORY = Path(__file__).resolve().parents[3]
SLEEP = "/bin/sleep"
_SECONDS = 60


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    """A supervisor that keeps a `sleeper`, and a `waiter` that waits for a file."""
    programs = (
        Program("sleeper", (SLEEP, "300"), str(tmp_path / "sleeper.log")),
        Program(
            "waiter",
            (SLEEP, "300"),
            str(tmp_path / "waiter.log"),
            (Gate(f"file:{tmp_path / 'open'}"),),
        ),
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener.fileno(), "127.0.0.1", 1, str(tmp_path / "relay.log"))
        plan = Plan(str(tmp_path / "control"), (), programs, relay)
        (tmp_path / "plan.json").write_text(to_json(plan))
        command = [sys.executable, "-m", "tests.devcluster.supervisor", str(tmp_path / "plan.json")]
        with subprocess.Popen(
            command, cwd=REPOSITORY, pass_fds=[listener.fileno()], stdout=subprocess.DEVNULL
        ) as process:
            found = look_until(
                lambda: find_control(tmp_path / "control"), "the supervisor can be asked"
            )
            try:
                yield found
            finally:
                # Not in a process namespace: here its programs would outlive it.
                for name in found.ask("status"):
                    found.ask("stop", program=name)
                found.ask("leave")
                assert process.wait(timeout=_SECONDS) == 0


def test_a_program_that_dies_is_started_again(control: Control) -> None:
    first = control.ask("status")["sleeper"]["pid"]

    control.ask("signal", program="sleeper", number=int(signal.SIGKILL))

    state = look_until(lambda: _another(control, "sleeper", first), "another sleeper")
    assert state["restarts"] == 1


def test_a_program_waits_until_its_gate_is_open(control: Control, tmp_path: Path) -> None:
    pid = control.ask("status")["waiter"]["pid"]
    assert _program_of(pid) != SLEEP

    (tmp_path / "open").touch()

    look_until(lambda: _program_of(pid) == SLEEP, "the gate lets the program through")


def test_a_stopped_program_stays_dead_until_it_is_started(control: Control) -> None:
    first = control.ask("status")["sleeper"]["pid"]

    control.ask("stop", program="sleeper")

    state = look_until(lambda: _in_state(control, "sleeper", "stopped"), "the sleeper is stopped")
    assert state["pid"] is None
    control.ask("start", program="sleeper")
    assert look_until(lambda: _another(control, "sleeper", first), "another sleeper")


def test_a_program_can_be_added(control: Control, tmp_path: Path) -> None:
    new = {
        "name": "new",
        "argv": [SLEEP, "300"],
        "log": str(tmp_path / "new.log"),
        "gates": [],
        "environment": {},
    }

    control.ask("add", setup=[["true"]], programs=[new])

    assert look_until(lambda: _in_state(control, "new", "running"), "the new program runs")


def test_a_program_that_cannot_start_says_so_in_its_log(control: Control, tmp_path: Path) -> None:
    new = {
        "name": "absent",
        "argv": ["/nowhere/program"],
        "log": str(tmp_path / "absent.log"),
        "gates": [],
        "environment": {},
    }

    control.ask("add", setup=[], programs=[new])

    assert look_until(
        lambda: control.ask("status")["absent"]["restarts"] > 1, "the absent program is tried again"
    )
    assert "No such file" in (tmp_path / "absent.log").read_text()


@pytest.mark.parametrize(
    ("do", "details", "told"),
    [
        pytest.param("stop", {"program": "none"}, "there is no program 'none'", id="a stranger"),
        pytest.param("dance", {}, "nothing named 'dance' can be done", id="an unknown wish"),
        pytest.param("add", {"setup": [["false"]], "programs": []}, "false: ", id="a failed setup"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(
    control: Control, do: str, details: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClusterError, match=told):
        control.ask(do, **details)


def test_noise_on_the_control_socket_does_no_harm(
    control: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may not be longer than 107 bytes
    for noise in (b"", b"\xff\x00", b"[]", b'{"do": 1}', b"{}", b"1", b"{" * 9999):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("control")
            connection.sendall(noise)
            connection.shutdown(socket.SHUT_WR)
            assert json.loads(connection.recv(1 << 16))["ok"] is False

    assert _in_state(control, "sleeper", "running")


def test_the_control_socket_leads_to_the_first_process(control: Control) -> None:
    assert "tests.devcluster.supervisor" in Path(f"/proc/{control.pid}/cmdline").read_text()


@pytest.mark.parametrize(
    ("quick_deaths", "seconds"),
    [
        pytest.param(0, 0.0, id="after a long life at once"),
        pytest.param(1, 0.0, id="after the first quick death at once"),
        pytest.param(2, 0.25, id="after the second a moment later"),
        pytest.param(4, 1.0, id="twice as long each time"),
        pytest.param(50, 4.0, id="never longer than four seconds"),
    ],
)
def test_restarts_slow_down_for_a_program_that_keeps_dying(
    quick_deaths: int, seconds: float
) -> None:
    assert restart_delay_seconds(quick_deaths) == seconds


def _in_state(control: Control, name: str, state: str) -> Any:
    found = control.ask("status")[name]
    return found if found["state"] == state else None


def _another(control: Control, name: str, pid: int) -> Any:
    found = control.ask("status")[name]
    return found if found["pid"] not in (None, pid) else None


def _program_of(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return os.fsdecode(words[0])
