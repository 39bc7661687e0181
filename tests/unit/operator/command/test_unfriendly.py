"""Whole verbs, as typed: clumsy words, clusters that refuse or are silent, hostile texts."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import resources
from pathlib import Path

import pytest
import yaml
from tests.unit.operator.command.servers import (
    HOSTILE,
    api,
    asked,
    kubeconfig,
    orchestrator,
    refusing,
)

from podium_operator.command.cli import _parser, main

READING = [
    pytest.param(["status"], id="status"),
    pytest.param(["status", "home"], id="status of one"),
    pytest.param(["top", "--once"], id="top"),
    pytest.param(["pools", "home"], id="pools"),
    pytest.param(["doctor"], id="doctor"),
    pytest.param(["chain", "status", "home"], id="chain status"),
    pytest.param(["chain", "plan", "home"], id="chain plan"),
    pytest.param(["explain", "--no-work"], id="explain --no-work"),
    pytest.param(["logs", "home"], id="logs"),
]
DATA = [
    pytest.param(["status"], id="status"),
    pytest.param(["status", "home"], id="status of one"),
    pytest.param(["pools", "home"], id="pools"),
    pytest.param(["sessions"], id="sessions"),
    pytest.param(["doctor"], id="doctor"),
    pytest.param(["chain", "status", "home"], id="chain status"),
    pytest.param(["chain", "plan", "home"], id="chain plan"),
    pytest.param(["explain", "--no-work", "home"], id="explain --no-work"),
]
EVERY_VERB = [
    *READING,
    pytest.param(["sessions", "home"], id="sessions"),
    pytest.param(["explain", "home"], id="explain"),
    pytest.param(["drain", "home", "--pool", "cpu"], id="drain"),
    pytest.param(["pause", "home"], id="pause"),
    pytest.param(["chain", "approve", "home", "--all"], id="chain approve"),
    pytest.param(["support-bundle"], id="support-bundle"),
]
CLOSED = "http://127.0.0.1:1"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with api(orchestrator(), log=f"{HOSTILE}\n") as url:
        yield url


@pytest.mark.parametrize("words", READING)
async def test_a_hostile_text_is_shown_as_it_is_and_obeyed_by_nothing(
    url: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked(url, tmp_path, *words)

    said = capsys.readouterr().out
    assert "[red]x[/nope] :smile: \\x1b[31m\\u202e → <b>" in said
    assert "\x1b" not in said


@pytest.mark.parametrize("columns", ["20", "80"])
async def test_a_narrow_terminal_loses_nothing(
    columns: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a terminal
    monkeypatch.setenv("TERM", "xterm")
    async with api(orchestrator(text="a long sentence of many words, and one more")) as url:
        await asked(url, tmp_path, "doctor")

    said = capsys.readouterr().out
    assert "orchestrators.podium.video" in "".join(said.split())
    assert all(word in said for word in ("FIX", "media/home", "logs", "sentence", "more"))


@pytest.mark.parametrize("words", DATA)
async def test_programs_can_read_every_verb_that_answers_them(
    url: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked(url, tmp_path, *words, "-o", "json")
    read = json.loads(capsys.readouterr().out)
    await asked(url, tmp_path, *words, "-o", "yaml")

    assert read
    assert yaml.safe_load(capsys.readouterr().out) == read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a verb runs; nothing but its kubeconfig is left there."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert {path.name for path in tmp_path.iterdir()} <= {"config"}


@pytest.mark.parametrize(
    ("answer", "advised"),
    [
        pytest.param((401, "{}"), "log in anew", id="a stranger"),
        pytest.param((503, "<html>"), "is http://127", id="an API server that is ill"),
        pytest.param((200, "<html>"), "name another by --kubeconfig", id="a page"),
        pytest.param((404, "no such page"), "podium doctor", id="no definition"),
    ],
)
@pytest.mark.parametrize(
    "words", [["status", "home"], ["logs", "home"], ["support-bundle"]], ids=lambda words: words[0]
)
async def test_a_refusal_says_what_to_do_next(
    words: list[str],
    answer: tuple[int, str],
    advised: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with refusing(*answer) as url:
        ended = await asked(url, folder, *words)

    assert ended == 1
    out, err = capsys.readouterr()
    assert advised in " ".join((out + err).split())


@pytest.mark.parametrize("words", EVERY_VERB)
async def test_who_lacks_a_right_is_told_to_ask_for_it(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with refusing(403, '{"message": "forbidden"}') as url:
        ended = await asked(url, folder, *words)

    assert ended == 1
    out, err = capsys.readouterr()
    assert "right" in out + err


@pytest.mark.parametrize("words", EVERY_VERB)
async def test_a_dead_api_server_is_named(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = await asked(CLOSED, folder, *words)

    assert ended == 1
    out, err = capsys.readouterr()
    assert f"is {CLOSED} the right cluster, and up?" in out + err


async def test_the_doctor_tells_programs_of_a_dead_api_server_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked(CLOSED, tmp_path, "doctor", "-o", "json")

    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["level"], finding["subject"]) == ("FAIL", "cluster")
    assert finding["fix"]


async def test_a_name_that_is_nearly_right_is_set_right(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asked(url, tmp_path, "status", "hone")
    await asked(url, tmp_path, "pools", "studio")

    near, far = capsys.readouterr().err.splitlines()
    assert near.endswith("no Orchestrator 'hone' in namespace 'media': did you mean home?")
    assert far.endswith("no Orchestrator 'studio' in namespace 'media', there are: home")


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        pytest.param(["status", "home", ""], "`podium --help`", id="nothing in quotes"),
        pytest.param(["status", "-o", "jsn"], "did you mean json?", id="a form"),
        pytest.param(["logs", "home", "--part", "nod"], "did you mean node?", id="a part"),
        pytest.param(["chain", "pln", "home"], "did you mean plan?", id="a word behind chain"),
        pytest.param(["-n", "media", "status"], "flags stand behind them", id="a flag before it"),
        pytest.param(["pools"], "type podium pools NAME", id="no name"),
        pytest.param(["pools", "media/home"], "type home -n media", id="a namespace before it"),
        pytest.param(["pools", "orchestrator/home"], "type home", id="a kind before it"),
        pytest.param(["pools", "a,b=c"], "'a,b=c' is no name", id="a selector"),
        pytest.param(["pools", "../secrets/x"], "is no name", id="a way up"),
        pytest.param(["status", "-n", ""], "'' is no name", id="an empty namespace"),
        pytest.param(["logs", "home", "--tail", "-1"], "type --tail 20", id="fewer than no lines"),
    ],
)
def test_a_clumsy_word_is_told_what_to_type(
    words: list[str], typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert typed in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["calldata", "home", "-n", "media", "r4"], id="between names"),
        pytest.param(["calldata", "-n", "media", "home", "r4"], id="before them"),
        pytest.param(["calldata", "home", "r4", "-n", "media"], id="behind them"),
    ],
)
async def test_flags_may_stand_anywhere_behind_a_verb(
    url: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asked(url, tmp_path, "chain", *words) == 0

    assert json.loads(capsys.readouterr().out)[0]["id"] == "r4"


def test_what_the_live_page_says_to_type_is_understood() -> None:
    page = (resources.files("podium_operator.live") / "page" / "chain.js").read_text()
    (said,) = re.findall(r"`podium (chain approve [^`]*)`", page)
    words = re.sub(r"\$\{[^}]*\}", "home", said).split()

    chosen = _parser().parse_args(words)

    assert (chosen.orchestrator, chosen.namespace, chosen.intents) == ("home", "home", ["home"])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param("", "is no kubeconfig", id="empty"),
        pytest.param("[]", "is no kubeconfig", id="a list"),
        pytest.param("a: [", "is no YAML", id="broken"),
        pytest.param("clusters: []", "config use-context NAME", id="no current context"),
        pytest.param(None, "cannot be read", id="not there"),
    ],
)
def test_a_kubeconfig_that_is_none_is_told_by_its_name(
    written: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config"
    if written is not None:
        path.write_text(written)

    assert main(["status", "--kubeconfig", str(path)]) == 1

    told = capsys.readouterr().err
    assert said in told
    assert str(path) in told


async def test_of_several_kubeconfigs_the_first_that_says_something_is_right(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, empty = tmp_path / "elsewhere", tmp_path / "empty"
    empty.write_text("clusters: []")
    elsewhere.write_text(kubeconfig(tmp_path, CLOSED).read_text().replace('"c"', '"d"'))
    here = kubeconfig(tmp_path, url)
    listed = (tmp_path / "gone", empty, here, elsewhere)
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, listed)))

    assert await asyncio.to_thread(main, ["pools", "home"]) == 0
    assert "cpu" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["status", "top", "sessions"])
async def test_one_of_all_is_told_to_name_its_namespace(
    url: str, verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asked(url, tmp_path, verb, "home", "-A") == 1

    assert "type home -n NAMESPACE, or -A alone" in capsys.readouterr().err


async def test_a_bundle_is_its_owners_alone(url: str, tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"

    assert await asked(url, tmp_path, "support-bundle", "--out", str(path)) == 0

    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["logs", "home"], id="logs"),
        pytest.param(["status"], id="a table"),
    ],
)
async def test_a_reader_that_has_had_enough_is_no_error(words: list[str], tmp_path: Path) -> None:
    many = [orchestrator(f"home{number}") for number in range(200)]
    async with api(orchestrator(), *many, log="a line\n" * 50_000) as url:
        out, err = await _typed(url, tmp_path, words, then="| head -n 1; echo ${PIPESTATUS[0]}")

    first, ended = out.splitlines()
    assert err == ""
    assert first
    assert ended in {"0", "1", "141"}  # a short answer was written before the reader went


async def test_a_poor_encoding_costs_letters_and_not_the_answer(tmp_path: Path) -> None:
    async with api(orchestrator()) as url:
        out, err = await _typed(url, tmp_path, ["chain", "plan", "home"], encoding="ascii")

    assert "\\u2192" in out
    assert err == ""


async def test_a_disk_that_is_full_is_told(tmp_path: Path) -> None:
    async with api(orchestrator()) as url:
        _, err = await _typed(url, tmp_path, ["status"], then="> /dev/full")

    assert err == "podium status: nobody takes the answer: No space left on device\n"


async def _typed(
    url: str, folder: Path, words: list[str], *, then: str = "", encoding: str = "utf-8"
) -> tuple[str, str]:
    """Run `podium` as a process of its own, in a shell line that goes on by `then`."""
    config = str(kubeconfig(folder, url))
    line = shlex.join(
        [sys.executable, "-m", "podium_operator.command.script", *words, "--kubeconfig", config]
    )
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        f"{line} {then}",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    out, err = await process.communicate()
    return out.decode(), err.decode()
