"""Leaving and coming back: what a gateway notices of it."""

import secrets
import signal
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.interop.clips import Clip
from tests.interop.golivepeer import Gateway, start_gateway
from tests.interop.programs import await_that
from tests.interop.standalone import Setup, Standalone, start_standalone


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    secret = tmp_path / "auth-secret"
    secret.write_bytes(secrets.token_bytes(32))
    return Setup(slots=2, auth_secret=secret, drain_seconds=40)


@pytest.fixture
def start_ours(
    watch: Callable[[Standalone], Standalone], tmp_path: Path, setup: Setup
) -> Callable[[], Standalone]:
    """Start our part at the same address, as often as wanted."""
    return lambda: watch(start_standalone(tmp_path / "podium", setup))


@pytest.fixture
def own_gateway(go_livepeer: Path, tmp_path: Path, setup: Setup) -> Generator[Gateway]:
    gateway = start_gateway(
        go_livepeer, tmp_path / "gateway", [setup.address], options="P360p30fps16x9,P144p30fps16x9"
    )
    yield gateway
    gateway.program.end()


def test_a_segment_in_work_is_answered_and_fetched_before_leaving(
    start_ours: Callable[[], Standalone], own_gateway: Gateway
) -> None:
    ours = start_ours()
    source = Clip(width=1280, height=720).segment()

    with ThreadPoolExecutor(1) as pool:
        push = pool.submit(own_gateway.push, "leaving", "0.ts", source, size=(1280, 720))
        await_that(
            own_gateway.program,
            lambda: "Uploaded segment" in own_gateway.log_of("leaving"),
            what="an accepted segment",
        )
        ours.program.process.send_signal(signal.SIGTERM)
        answer = push.result()

    assert (answer.status, answer.text) == (200, "")
    assert len(answer.renditions) == 2
    assert ours.program.process.wait(60) == 0


def test_a_stream_goes_on_after_a_restart(
    start_ours: Callable[[], Standalone], own_gateway: Gateway
) -> None:
    clip = Clip(seconds=1)
    before_restart = start_ours()
    before = own_gateway.push("staying", "0.ts", clip.segment(0), seconds=1)
    assert before_restart.program.end() == []
    start_ours()

    after = own_gateway.push("staying", "1.ts", clip.segment(1), seconds=1)

    assert (before.status, before.text) == (200, "")
    assert (after.status, after.text) == (200, "")


def test_while_leaving_streams_go_on_and_new_ones_are_refused(
    start_ours: Callable[[], Standalone], own_gateway: Gateway
) -> None:
    clip, ours = Clip(seconds=1), start_ours()
    first = own_gateway.push("known", "0.ts", clip.segment(0), seconds=1)
    ours.program.process.send_signal(signal.SIGTERM)
    await_that(ours.program, lambda: "draining" in ours.program.log_text, what="a drain")

    refused = own_gateway.push("new", "0.ts", clip.segment(0), seconds=1)
    again = own_gateway.push("known", "1.ts", clip.segment(1), seconds=1)

    assert [first.status, refused.status, again.status] == [200, 503, 200]
    assert "OrchestratorCapped" in own_gateway.log_of("new")


def test_a_stream_moves_when_its_orchestrator_is_killed(
    go_livepeer: Path, watch: Callable[[Standalone], Standalone], tmp_path: Path
) -> None:
    pair = {
        ours.address: ours
        for ours in (
            watch(start_standalone(tmp_path / name, Setup(slots=2))) for name in ("one", "two")
        )
    }
    gateway = start_gateway(go_livepeer, tmp_path / "gateway", list(pair), options="P144p30fps16x9")
    clip = Clip(seconds=1)
    try:
        before = gateway.push("moving", "0.ts", clip.segment(0), seconds=1)
        log = gateway.log_of("moving").rpartition("Successfully transcoded segment")[2]
        (served_by,) = (address for address in pair if address in log)
        pair[served_by].program.process.kill()
        pair[served_by].program.process.wait()
        after = gateway.push("moving", "1.ts", clip.segment(1), seconds=1)
    finally:
        gateway.program.end()

    assert [before.status, after.status] == [200, 200]
