"""What the page of one Orchestrator shows: its pods, its decisions, its chain, and no secret."""

import json
from typing import Any

import pytest
from tests.unit.operator.live.pictures import known

from podium_operator.live.detail import changed, decisions, details
from podium_operator.live.picture import Known
from podium_operator.load import LoadView, PodLoad


@pytest.mark.parametrize(
    ("meta", "status", "state"),
    [
        pytest.param({"deletionTimestamp": "t"}, {}, "draining", id="told to leave"),
        pytest.param(
            {}, {"conditions": [{"type": "Ready", "status": "True"}]}, "ready", id="serving"
        ),
        pytest.param(
            {},
            {"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]},
            "ImagePullBackOff",
            id="waiting for its image",
        ),
        pytest.param({}, {"phase": "Pending"}, "Pending", id="without a place"),
    ],
)
def test_a_pods_state(meta: dict[str, str], status: dict[str, Any], state: str) -> None:
    labels = {"podium.video/pool": "cpu"}
    pod = {"metadata": {"name": "cpu-1", "labels": labels, **meta}, "status": status}

    (pool,) = details(known(pods={"cpu-1": pod}))["pools"]

    assert [one["state"] for one in pool["pods"]["shown"]] == [state]


def test_a_pods_slots_are_those_that_it_reports_itself() -> None:
    load = LoadView(pods={"cpu-1": PodLoad(busy=2, slots=3)})
    pods = {name: _pod(name) for name in ("cpu-1", "cpu-2")}

    (pool,) = details(known(pods=pods, load=load))["pools"]

    shown = [(one["name"], one["busy"], one["slots"]) for one in pool["pods"]["shown"]]
    assert shown == [("cpu-1", 2, 3), ("cpu-2", None, None)]


def test_of_thousands_of_pods_those_that_do_not_serve_are_listed_first() -> None:
    pods = {f"cpu-{number}": _pod(f"cpu-{number}") for number in range(3000)}
    pods["cpu-2999"]["status"] = {"phase": "Pending"}

    (pool,) = details(known(pods=pods))["pools"]

    assert (len(pool["pods"]["shown"]), pool["pods"]["more"]) == (100, 2900)
    assert pool["pods"]["shown"][0]["name"] == "cpu-2999"


def test_pods_of_node_and_queue_are_listed_apart() -> None:
    pod = _pod("home-node-0")
    pod["metadata"]["labels"] = {"app.kubernetes.io/component": "node"}

    shown = details(known(pods={"home-node-0": pod}))

    assert [(one["name"], one["part"]) for one in shown["others"]["shown"]] == [
        ("home-node-0", "node")
    ]
    assert shown["pools"][0]["pods"]["shown"] == []


def _pod(name: str) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True"}]
    return {
        "metadata": {"name": name, "labels": {"podium.video/pool": "cpu"}},
        "status": {"conditions": conditions},
    }


def test_decisions_have_every_term_as_far_as_they_were_seen() -> None:
    status = {"recentDecisions": [{"id": 1, "text": "one"}, {"id": 2, "text": "two"}]}
    remembered = [{"id": 2, "text": "two", "terms": {"kappa": 1}}, {"id": 3, "terms": {}}]

    assert [(one["id"], "terms" in one) for one in decisions(status, remembered)] == [
        (3, True), (2, True), (1, False),
    ]  # fmt: skip


def test_intents_that_are_over_are_parted_and_bounded() -> None:
    intents = [{"id": f"i{n}", "state": "Done"} for n in range(50)]
    intents.append({"id": "now", "state": "AwaitingApproval", "data": "0x228cb733"})
    before = known()
    body = {**before.body, "status": {"chain": {"round": 1, "intents": intents}}}

    chain = details(Known(body, before.status, before.load, {}))["chain"]

    assert [one["data"] for one in chain["open"]] == ["0x228cb733"]
    assert [one["id"] for one in chain["over"]] == [f"i{n}" for n in range(49, 29, -1)]


def test_only_parts_that_changed_are_told() -> None:
    assert changed({"a": 1, "b": [1]}, {"a": 1, "b": [2], "c": None}) == {"b": [2], "c": None}


def test_no_part_of_the_spec_is_passed_on_that_is_not_asked_for() -> None:
    spec = {
        "pools": [{"name": "cpu", "env": [{"name": "T", "value": "hidden"}]}],
        "chain": {"rpc": {"endpoints": [{"url": "https://hidden"}]}},
    }

    assert "hidden" not in json.dumps(details(known(spec)))
