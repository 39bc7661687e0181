"""What a gateway sees of an orchestrator that is full, or that lacks what is asked."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from tests.interop.clips import Clip
from tests.interop.golivepeer import Gateway, start_gateway
from tests.interop.standalone import Setup, Standalone, start_standalone


@pytest.fixture
def gateway_of_one_session(
    go_livepeer: Path, watch: Callable[[Standalone], Standalone], tmp_path: Path
) -> Generator[Gateway]:
    ours = watch(start_standalone(tmp_path / "podium", Setup(slots=2, max_sessions=1)))
    gateway = start_gateway(
        go_livepeer, tmp_path / "gateway", [ours.address], options="P144p30fps16x9"
    )
    yield gateway
    gateway.program.end()


def test_a_full_orchestrator_refuses_new_streams_and_keeps_its_own(
    gateway_of_one_session: Gateway,
) -> None:
    gateway, clip = gateway_of_one_session, Clip(seconds=1)

    first = gateway.push("first", "0.ts", clip.segment(0), seconds=1)
    refused = gateway.push("second", "0.ts", clip.segment(0), seconds=1)
    again = gateway.push("first", "1.ts", clip.segment(1), seconds=1)

    assert [first.status, refused.status, again.status] == [200, 503, 200]
    assert "OrchestratorCapped" in gateway.program.log_text
    assert list(again.renditions) == ["P144p30fps16x9"]


def test_a_clip_is_left_to_others_and_costs_no_other_stream(gateway: Gateway, stream: str) -> None:
    window = {"Content-Slice-From": "500", "Content-Slice-To": "1500"}

    clipped = gateway.push(f"{stream}-clip", "0.ts", Clip().segment(), headers=window)
    whole = gateway.push(stream, "0.ts", Clip().segment())

    assert "incompatible capabilities" in gateway.log_of(f"{stream}-clip")
    assert (clipped.status, whole.status) == (503, 200)
