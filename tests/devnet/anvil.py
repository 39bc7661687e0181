"""One anvil process on 127.0.0.1: started, listened to until it serves, ended by its own id.

It runs in a process group of its own, so that a Ctrl-C reaches only whoever started it, and the
kernel ends it when that one dies. What it writes lies in a folder that goes with it.
"""

import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.devnet.errors import DevnetError

__all__ = ["CHAIN_ID", "MNEMONIC", "Anvil", "running_anvil"]

# Foundry's public test words: every account of them is known to everybody.
MNEMONIC = "test test test test test test test test test test test junk"
CHAIN_ID = 31337
_READY = "Listening on "
# States of older blocks would go to disk, 0.3 MB each: 12 GB in a thousand rounds.
_KEPT_BLOCKS = 64
_START_SECONDS = 30.0
_END_SECONDS = 10.0
_LAST_LINES = 20


class Anvil:
    """A running anvil; `url` is where it serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._ready = threading.Event()
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.url = ""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Return once it listens; `DevnetError` holds its last words when it does not."""
        self._ready.wait(_START_SECONDS)
        if not self.url:
            self.end()
            raise DevnetError("anvil did not start: " + " | ".join(self._last))

    def end(self) -> None:
        """End the process and wait for it."""
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self) -> None:
        """Drain its output for ever, so that the pipe never fills; note the address it takes."""
        for line in self._process.stdout or ():
            if words := line.strip():
                self._last.append(words)
            if words.startswith(_READY):
                self.url = "http://" + words.removeprefix(_READY)
                self._ready.set()
        self._ready.set()


@contextmanager
def running_anvil(
    program: Path, *, port: int = 0, state: Path | None = None, accounts: int = 10
) -> Iterator[Anvil]:
    """Run anvil on a free or given port, on a dumped state if there is one.

    The kernel ends it with the thread that started it: start it where it is to be kept.

    Raises:
        DevnetError: it did not start; its last lines are in the message.
    """
    with tempfile.TemporaryDirectory(prefix="podium-anvil-") as folder:
        command = [
            *_dies_with_us(),
            str(program),
            *_options(port, accounts),
            "--cache-path",
            folder,
        ]
        command += ["--load-state", str(state)] if state else []
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                process_group=0,
            )
        except OSError as error:
            raise DevnetError(f"anvil cannot be run: {error}") from error
        anvil = Anvil(process)
        try:
            anvil.wait_until_ready()
            yield anvil
        finally:
            anvil.end()


def _options(port: int, accounts: int) -> list[str]:
    words = ["--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)]
    words += ["--prune-history", str(_KEPT_BLOCKS)]
    return [*words, "--mnemonic", MNEMONIC, "--accounts", str(accounts), "--hardfork", "prague"]


def _dies_with_us() -> list[str]:
    """Ask the kernel to end it when this process dies, however that happens."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
