"""`make devnet` for people: it says where the chain is, serves it, and leaves nothing."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.devnet.cli import main
from tests.devnet.devnet import Devnet

_ROOT = Path(__file__).parents[2]
_END_SECONDS = 60


@contextmanager
def _command(*arguments: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "tests.devnet", *arguments]
    with subprocess.Popen(
        words,
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        env={**os.environ, "TMPDIR": str(folder)},
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _lines_until_ready(process: subprocess.Popen[str]) -> list[str]:
    lines = []
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith("ready in"):
            break
    return lines


def _client_version(url: str) -> str:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "web3_clientVersion", "params": []})
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        url, body.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["result"])


def test_the_command_serves_a_saved_chain_until_it_is_interrupted(
    devnet: Devnet, tmp_path: Path
) -> None:
    state, addresses, folder = (tmp_path / name for name in ("state.json", "list.json", "tmp"))
    folder.mkdir()
    devnet.save(state, addresses)

    files = ("--state", str(state), "--addresses", str(addresses))
    with _command(*files, folder=folder) as process:
        lines = _lines_until_ready(process)
        url = lines[0].split()[1]
        assert _client_version(url).startswith("anvil/")
        process.send_signal(signal.SIGINT)
        status = process.wait(_END_SECONDS)

    assert status == 0
    assert list(folder.iterdir()) == []
    spoken = "\n".join(lines)
    assert url.startswith("http://127.0.0.1:")
    assert all(address in spoken for address in devnet.contracts.values())
    assert all(role in spoken for role in devnet.accounts)


def test_the_command_says_what_is_wrong_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--state", str(tmp_path / "none.json")])

    spoken = capsys.readouterr().err
    assert status == 1
    assert spoken.startswith("devnet: ")
    assert "give both" in spoken
    assert spoken.count("\n") == 1
