"""The cluster's first process: it sets the stage, keeps every program running, and reaps.

It runs as process 1 of a process namespace, so that when it ends, in whatever way, the kernel
ends everything else. One thread and no event loop: a child that still waits for its gates does
so itself, before it becomes its program. `python -m tests.devcluster.supervisor PLAN`.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from tests.devcluster import relay
from tests.devcluster.gates import wait_until_open
from tests.devcluster.plan import Plan, Program, from_json, program_from

__all__ = ["Supervisor", "main", "restart_delay_seconds"]

_GATE_SECONDS = 120.0
_REQUEST_SECONDS = 20.0
_REQUEST_BYTES = 1 << 20
_PIECE_BYTES = 1 << 16
_STEADY_SECONDS = 10.0
_LONGEST_DELAY_SECONDS = 4.0
_CAUGHT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def restart_delay_seconds(quick_deaths: int) -> float:
    """Say how long to wait before a restart, after so many deaths within ten seconds of life."""
    if quick_deaths <= 1:
        return 0.0
    return float(min(0.25 * 2 ** (quick_deaths - 2), _LONGEST_DELAY_SECONDS))


@dataclass(slots=True)
class _Child:
    """A program that is kept running. `pid` is None while it is dead."""

    begin: Callable[[], int]
    name: str
    pid: int | None = None
    began_at: float = 0.0
    restarts: int = 0
    quick_deaths: int = 0
    due_at: float | None = 0.0

    def state(self) -> dict[str, Any]:
        word = "running" if self.pid else "stopped" if self.due_at is None else "restarting"
        return {"state": word, "pid": self.pid, "restarts": self.restarts}

    def has_died(self, now: float) -> None:
        self.pid = None
        self.restarts += 1
        self.quick_deaths = self.quick_deaths + 1 if now - self.began_at < _STEADY_SECONDS else 0
        if self.due_at is not None:
            self.due_at = now + restart_delay_seconds(self.quick_deaths)

    def begin_if_due(self, now: float) -> None:
        if self.pid is None and self.due_at is not None and self.due_at <= now:
            self.pid, self.began_at = self.begin(), now


class Supervisor:
    """Keeps the programs of a plan running, and answers on the control socket."""

    def __init__(self, plan: Plan) -> None:
        self._leaving = False
        self._children = {"relay": _Child(lambda: _fork_relay(plan), "relay")}
        for program in plan.programs:
            self._add(program)
        self._selector = selectors.DefaultSelector()
        self._control = _listen(plan.control)
        self._woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _CAUGHT:
            signal.signal(number, self._leave)
        self._selector.register(self._control, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def run(self) -> None:
        """Run until told to leave. Returning ends the process, and so the whole cluster."""
        while not self._leaving:
            now = time.monotonic()
            for child in self._children.values():
                child.begin_if_due(now)
            for key, _ in self._selector.select(self._idle_seconds(now)):
                if key.fileobj is self._control:
                    self._answer()
            with contextlib.suppress(BlockingIOError):
                os.read(self._woken, 4096)
            self._reap()

    def _leave(self, *_: object) -> None:
        self._leaving = True

    def _idle_seconds(self, now: float) -> float | None:
        due = [c.due_at for c in self._children.values() if c.pid is None and c.due_at is not None]
        return max(0.0, min(due) - now) if due else None

    def _add(self, program: Program) -> None:
        self._children[program.name] = _Child(lambda: _fork_program(program), program.name)

    def _reap(self) -> None:
        """Collect every child that ended: ours are begun again, orphans are forgotten."""
        by_pid = {child.pid: child for child in self._children.values() if child.pid}
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if child := by_pid.get(ended[0]):
                    code = os.waitstatus_to_exitcode(ended[1])
                    print(f"{child.name} ended with {code}", flush=True)
                    child.has_died(time.monotonic())

    def _answer(self) -> None:
        """Read one request, do it, answer: one line of JSON each way."""
        connection, _ = self._control.accept()
        with connection, contextlib.suppress(OSError):
            connection.settimeout(_REQUEST_SECONDS)
            try:
                answer = {"ok": True, "programs": self._do(json.loads(_read_all(connection)))}
            # Nothing that anybody sends may end the first process, and with it the cluster.
            except (ValueError, LookupError, TypeError, AttributeError, OSError) as error:
                answer = {"ok": False, "error": str(error)}
            connection.sendall(json.dumps(answer).encode() + b"\n")

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        if (name := request.get("program")) not in (None, *self._children):
            raise ValueError(f"there is no program {name!r}")
        match request["do"]:
            case "status":
                pass
            case "leave":
                self._leaving = True
            case "signal":
                self._signal(self._children[request["program"]], int(request["number"]))
            case "stop":
                child = self._children[request["program"]]
                child.due_at = None
                self._signal(child, signal.SIGKILL)
            case "start":
                self._children[request["program"]].due_at = 0.0
            case "add":
                self._add_all(request)
            case other:
                raise ValueError(f"nothing named {other!r} can be done")
        return {name: child.state() for name, child in self._children.items()}

    def _add_all(self, request: dict[str, Any]) -> None:
        for command in request["setup"]:
            _run(command)
        for raw in request["programs"]:
            self._add(program_from(raw))

    @staticmethod
    def _signal(child: _Child, number: int) -> None:
        if child.pid:
            os.kill(child.pid, number)


def _listen(path: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Bound by way of its folder: a socket's path may not be longer than 107 bytes.
    folder = os.open(Path(path).parent, os.O_PATH)
    listener.bind(f"/proc/self/fd/{folder}/{Path(path).name}")
    os.close(folder)
    listener.listen(16)
    return listener


def _read_all(connection: socket.socket) -> bytes:
    content = b""
    while (piece := connection.recv(_PIECE_BYTES)) and len(content) < _REQUEST_BYTES:
        content += piece
    return content


def _fork_program(program: Program) -> int:
    if pid := os.fork():
        return pid
    try:
        _become_child(program.log)
        for gate in program.gates:
            if not wait_until_open(gate, timeout_seconds=_GATE_SECONDS):
                print(f"{program.name} still waits for {gate.url}", flush=True)
                os._exit(1)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        environment = {"HOME": "/run", **program.environment}
        os.execve(program.argv[0], program.argv, environment)  # noqa: S606 - none is wanted
    finally:
        # Whatever went wrong, a copy of the first process must not go on as one.
        _end_child()


def _fork_relay(plan: Plan) -> int:
    if pid := os.fork():
        return pid
    try:
        _become_child(plan.relay.log, keep=plan.relay.listener)
        relay.serve_inherited(plan.relay.listener, plan.relay.address, plan.relay.port)
    finally:
        _end_child()


def _become_child(log: str, keep: int = -1) -> None:
    """Drop what belongs to the first process: its handlers, its descriptors, its output."""
    signal.set_wakeup_fd(-1)
    for number in (*_CAUGHT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    last = 3 if keep < 0 else keep
    os.closerange(3, last)
    os.closerange(max(last, keep + 1), 4096)
    os.chdir("/")


def _end_child() -> NoReturn:
    if sys.exc_info()[1] is not None:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _run(command: list[str] | tuple[str, ...]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")


def main() -> None:
    """Carry out the plan named on the command line."""
    plan = from_json(Path(sys.argv[1]).read_text())
    for command in plan.setup:
        _run(command)
    Supervisor(plan).run()


if __name__ == "__main__":
    main()
