"""The operator as a process on this machine, working as a service account of the cluster.

Its log is read line by line as it comes, so that a test can wait for what the operator says.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["OperatorProcess"]

Line = dict[str, Any]

_PATIENCE_SECONDS = 120.0

# The client library loads a validator where one is installed: here for other tests, in no image of
# ours. It builds grammars for longer than all else of a start takes.
_AS_IN_THE_IMAGE = (
    "import runpy, sys; sys.modules['kubernetes_validate'] = None; "
    "runpy.run_module('podium_operator', run_name='__main__', alter_sys=True)"
)


class OperatorProcess:
    """Started on `with`, ended by SIGKILL at its end unless it has ended before."""

    def __init__(self, kubeconfig: Path, *arguments: str, command: Sequence[str] = ()) -> None:
        self._command = [
            *command,
            sys.executable,
            "-c",
            _AS_IN_THE_IMAGE,
            "run",
            f"--kubeconfig={kubeconfig}",
            "--worker-image=example/worker:1",
            "--listen-port=0",
            "--log-format=json",
            *arguments,
        ]
        self.lines: list[Line] = []
        self._news = threading.Condition()
        self._has_said_all = False
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        environment = {**os.environ, "PODIUM_LISTEN_HOST": "127.0.0.1", "PODIUM_PAGE_PORT": "0"}
        self._process = subprocess.Popen(
            self._command,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            env=environment,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        if error is not None:
            print(*self.lines[-200:], sep="\n", file=sys.stderr)

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def wait_for_line(
        self, message: str, *, timeout_seconds: float = _PATIENCE_SECONDS, after: int = 0
    ) -> Line:
        """Return the first line with this message from the `after`-th on."""
        return self.wait_for(
            lambda line: line.get("message") == message,
            timeout_seconds=timeout_seconds,
            after=after,
        )

    def wait_for(
        self,
        is_wanted: Callable[[Line], bool],
        *,
        timeout_seconds: float = _PATIENCE_SECONDS,
        after: int = 0,
    ) -> Line:
        """Return the first wanted line; AssertionError when it never comes."""
        with self._news:
            found: list[Line] = []

            def look() -> bool:
                found[:] = [line for line in self.lines[after:] if is_wanted(line)]
                return bool(found) or self._has_said_all

            self._news.wait_for(look, timeout_seconds)
        assert found, f"never said; exit status {self.process.poll()}"
        return found[0]

    def leads(self) -> Self:
        """Wait until this process is the leader and watches."""
        self.wait_for_line("became leader")
        return self

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """End it as Kubernetes would, and return its exit status."""
        self.send(signal.SIGTERM)
        return self.process.wait(timeout=_PATIENCE_SECONDS)

    def ask(self, path: str) -> str:
        """Read one of its HTTP pages."""
        port = self.wait_for_line("listening")["port"]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return str(answer.read().decode())

    def series(self, name: str) -> dict[str, float]:
        """Return one metric's series: labels as they are written, and values.

        AssertionError where there is no such metric, which is not the same as one without series.
        """
        found, text = {}, self.ask("/metrics")
        assert f"# TYPE {name} " in text, f"no metric {name!r}"
        for line in text.splitlines():
            if line.startswith((f"{name}{{", f"{name} ")):
                labels, _, value = line.rpartition(" ")
                found[labels] = float(value)
        return found

    def forbidden(self) -> list[str]:
        """Return the kinds of requests that the API server has forbidden."""
        asked = self.series("podium_operator_api_requests_total")
        assert any('code="200"' in labels for labels in asked), asked
        return [labels for labels in asked if 'code="403"' in labels]

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for text in stream:
                try:
                    line = json.loads(text)
                except ValueError:
                    line = {"message": text.rstrip(), "level": "raw"}
                with self._news:
                    self.lines.append(line)
                    self._news.notify_all()
        self.process.wait()
        with self._news:
            self._has_said_all = True  # not when it ended: its last words may still be on their way
            self._news.notify_all()
