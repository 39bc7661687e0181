"""One Podium, one gateway and one go-livepeer orchestrator for all tests that need no other."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.interop.golivepeer import Gateway, start_gateway, start_orchestrator
from tests.interop.programs import Program
from tests.interop.standalone import Setup, Standalone, start_standalone

PRESETS = "P360p30fps16x9,P240p30fps16x9,P144p30fps16x9"
_SLOTS = 16
_MOST_STREAMS = 2  # of earlier tests: admission is not what most tests are about
_running: list[Program] = []


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip from one place, so that pytest says it in one line."""
    if not os.environ.get("GO_LIVEPEER"):
        pytest.skip("GO_LIVEPEER names no go-livepeer 0.9 binary to test against")


@pytest.fixture(scope="session")
def go_livepeer() -> Path:
    """The binary to test against."""
    binary = Path(os.environ["GO_LIVEPEER"]).absolute()
    if not binary.is_file() or not os.access(binary, os.X_OK):
        pytest.fail(f"GO_LIVEPEER is {str(binary)!r}, no program: name a go-livepeer binary")
    return binary


@pytest.fixture(scope="session")
def podium(go_livepeer: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Standalone]:
    standalone = start_standalone(tmp_path_factory.mktemp("podium"), Setup(slots=_SLOTS))
    _running.append(standalone.program)
    yield standalone
    assert _ended(standalone.program) == []


@pytest.fixture
def gateway(podium: Standalone, shared_gateway: Gateway) -> Gateway:
    """A gateway that knows only our node, which has room; its ladder is `PRESETS`."""
    podium.await_streams(_MOST_STREAMS)
    return shared_gateway


@pytest.fixture(scope="session")
def shared_gateway(
    go_livepeer: Path, podium: Standalone, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Gateway]:
    """The gateway of all tests that need no other."""
    folder = tmp_path_factory.mktemp("gateway")
    started = start_gateway(go_livepeer, folder, [podium.address], options=PRESETS)
    _running.append(started.program)
    yield started
    _ended(started.program)


@pytest.fixture(scope="session")
def reference(go_livepeer: Path, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    """A gateway that knows only go-livepeer's own orchestrator; its ladder is `PRESETS`."""
    folder = tmp_path_factory.mktemp("reference")
    orchestrator, address = start_orchestrator(go_livepeer, folder / "orchestrator")
    _running.append(orchestrator)
    started = start_gateway(go_livepeer, folder / "gateway", [address], options=PRESETS)
    _running.append(started.program)
    yield started
    _ended(started.program)
    _ended(orchestrator)


@pytest.fixture
def watch() -> Generator[Callable[[Standalone], Standalone]]:
    """Show the logs of a test's own standalones, end them, and find what they leave behind."""
    watched: list[Program] = []

    def add(standalone: Standalone) -> Standalone:
        watched.append(standalone.program)
        _running.append(standalone.program)
        return standalone

    yield add
    assert [_ended(program) for program in watched] == [[] for _ in watched]


@pytest.fixture
def stream(request: pytest.FixtureRequest) -> str:
    """A stream name of the test's own, as gateways accept it."""
    return "".join(char if char.isalnum() else "-" for char in request.node.name).strip("-")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of every running program's log with a failure."""
    report = yield
    if report.failed:
        for program in {program.log: program for program in _running}.values():
            report.sections.append((f"{program.name} ({program.log})", program.tail()))
    return report


def _ended(program: Program) -> list[str]:
    _running.remove(program)
    return program.end()
