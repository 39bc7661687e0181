"""The operator's settings, its log lines, and its command line."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from podium_operator import __version__
from podium_operator.cli import main
from podium_operator.logs import redact, set_up_logging
from podium_operator.notices import Marks
from podium_operator.settings import LogFormat, SettingsError, read_settings


@pytest.fixture
def quiet_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        pytest.param("PODIUM_SCOPE", "galaxy", "PODIUM_SCOPE", id="a scope that there is not"),
        pytest.param("PODIUM_SCOPE", "namespaces", "PODIUM_NAMESPACES", id="a list of none"),
        pytest.param("PODIUM_NAMESPACES", "a,b", "PODIUM_SCOPE", id="a list nobody reads"),
        pytest.param("PODIUM_LISTEN_PORT", "http", "PODIUM_LISTEN_PORT", id="a port in words"),
        pytest.param("PODIUM_SPOT_TAINTS", "a/b=c", "PODIUM_SPOT_TAINTS.*no key", id="no key"),
        pytest.param(
            "PODIUM_SPOT_CONDITIONS", "Ready", "PODIUM_SPOT_CONDITIONS.*no notice", id="no notice"
        ),
        pytest.param("PODIUM_LOG_LEVEL", "loud", "PODIUM_LOG_LEVEL", id="no such level"),
    ],
)
def test_a_wrong_setting_is_named(variable: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings({variable: value})


@pytest.mark.parametrize(
    ("given", "are_heeded"),
    [
        pytest.param({}, True, id="the whole cluster"),
        pytest.param({"PODIUM_SPOT_NOTICES": "false"}, False, id="turned off"),
        pytest.param({"PODIUM_SPOT_TAINTS": ","}, True, id="by conditions alone"),
        pytest.param(
            {"PODIUM_SPOT_TAINTS": ",", "PODIUM_SPOT_CONDITIONS": ","}, False, id="by no mark"
        ),
        pytest.param(
            {"PODIUM_SCOPE": "namespaces", "PODIUM_NAMESPACES": "a"}, False, id="some namespaces"
        ),
    ],
)
def test_notices_are_heeded_where_nodes_may_be_seen(
    given: dict[str, str], *, are_heeded: bool
) -> None:
    assert read_settings(given).heeds_notices is are_heeded


def test_marks_are_lists() -> None:
    settings = read_settings({"PODIUM_SPOT_TAINTS": "a/b, c", "PODIUM_SPOT_CONDITIONS": ","})

    assert settings.marks == Marks(frozenset({"a/b", "c"}), frozenset())


def test_flags_win_over_variables() -> None:
    settings = read_settings({"PODIUM_WORKER_IMAGE": "a:1"}, worker_image="b:2", scope=None)

    assert settings.worker_image == "b:2"


def test_lists_are_comma_separated() -> None:
    settings = read_settings({"PODIUM_SCOPE": "namespaces", "PODIUM_NAMESPACES": "a, b,,c"})

    assert settings.namespaces == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        pytest.param("password=hunter2 next", "hunter2", id="a password"),
        pytest.param('{"password": "hunter2"}', "hunter2", id="in JSON"),
        pytest.param("Authorization: Bearer abc.def", "abc.def", id="a bearer token"),
        pytest.param("nats://podium:hunter2@queue:4222", "hunter2", id="in a URL"),
        pytest.param(
            "-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----", "MHcC", id="a key"
        ),
    ],
)
def test_what_looks_secret_never_reaches_the_log(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "[redacted]" in redact(text)


def test_plain_sentences_are_left_alone() -> None:
    sentence = "pass failed: secrets/home-queue was not found"

    assert redact(sentence) == sentence


@pytest.mark.parametrize("style", list(LogFormat))
def test_a_line_carries_its_fields(quiet_root: None, style: LogFormat) -> None:
    stream = io.StringIO()
    set_up_logging("info", style, stream)

    logging.getLogger("podium_operator.test").info("decided", extra={"orchestrator": "home"})

    line = stream.getvalue()
    assert line.count("\n") == 1
    assert "decided" in line
    assert "home" in line
    if style is LogFormat.JSON:
        assert json.loads(line)["orchestrator"] == "home"


def test_an_exception_is_part_of_its_line(quiet_root: None) -> None:
    stream = io.StringIO()
    set_up_logging("info", LogFormat.JSON, stream)

    try:
        int("token=abc")
    except ValueError:
        logging.getLogger("x").exception("failed", extra={"password": "abc"})

    assert "ValueError" in json.loads(stream.getvalue())["exception"]
    assert "abc" not in stream.getvalue()


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_the_definition_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crds"]) == 0
    assert "kind: CustomResourceDefinition" in capsys.readouterr().out


def test_a_wrong_setting_ends_the_command_with_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_LISTEN_PORT", "99999")

    assert main(["run"]) == 2
    assert "PODIUM_LISTEN_PORT" in capsys.readouterr().err
