"""What could keep work away from an Orchestrator, each reason by itself."""

from typing import Any

import pytest
from tests.unit.operator.live.pictures import ACTIVE, READY

from podium_operator.live.nowork import Seen, reasons
from podium_operator.load import LoadView

_CHAIN = {"chain": {"address": "0x"}}


@pytest.mark.parametrize(
    ("seen", "check", "holds"),
    [
        pytest.param({"conditions": []}, "ready", False, id="nobody has looked"),
        pytest.param({}, "ready", True, id="ready"),
        pytest.param({"spec": {"paused": True}}, "paused", False, id="paused"),
        pytest.param({"load": LoadView(age_seconds=1)}, "capacity", False, id="no slot"),
        pytest.param({"load": LoadView()}, "capacity", None, id="nobody tells of slots"),
        pytest.param({"load": LoadView(sessions=8, max_sessions=8)}, "capacity", False, id="full"),
        pytest.param({"load": LoadView(sessions=7, max_sessions=8)}, "capacity", True, id="room"),
        pytest.param({"load": LoadView(refused=3)}, "refusals", False, id="sessions refused"),
        pytest.param({"load": LoadView(age_seconds=1)}, "refusals", True, id="no session refused"),
        pytest.param({"load": LoadView()}, "refusals", None, id="nobody tells of refusals"),
        pytest.param({"load": LoadView()}, "reports", None, id="no node reports"),
        pytest.param({"load": LoadView(age_seconds=60)}, "reports", None, id="a silent node"),
        pytest.param({"load": LoadView(age_seconds=1)}, "reports", True, id="nodes report"),
        pytest.param({}, "address", None, id="an address of the cluster's alone"),
        pytest.param({"endpoints": {"https://o:8935": "ok"}}, "reachable", True, id="answers"),
        pytest.param(
            {"endpoints": {"https://o:8935": "timeout"}}, "reachable", False, id="unreachable"
        ),
        pytest.param(
            {"conditions": [{**READY, "type": "DevicesHealthy", "status": "False"}]},
            "devices",
            False,
            id="a device that failed",
        ),
        pytest.param({}, "active", None, id="off-chain"),
        pytest.param({"spec": {"chain": {}}}, "active", None, id="an empty chain is none"),
        pytest.param({"spec": _CHAIN}, "active", None, id="a chain that nobody has read"),
        pytest.param(
            {"spec": _CHAIN, "conditions": [{**ACTIVE, "status": "False"}]},
            "active",
            False,
            id="not active on chain",
        ),
    ],
)
def test_what_could_keep_work_away(seen: dict[str, Any], check: str, *, holds: bool | None) -> None:
    fields: dict[str, Any] = {
        "spec": {},
        "conditions": [READY],
        "load": LoadView(),
        "endpoints": {},
    }
    found = {one.check: one.holds for one in reasons(Seen(**(fields | seen)))}

    assert found[check] is holds
