"""Conditions after KEP-1623: when a date moves and when it stays."""

from podium_operator.api.conditions import Condition, ConditionType, Status, merge

BEFORE, NOW = "2026-01-01T00:00:00Z", "2026-01-02T03:04:05Z"
READY = Condition(ConditionType.READY, Status.TRUE, "Ready", "all is well")


def _written(status: str, **changes: object) -> dict[str, object]:
    return {
        "type": "Ready",
        "status": status,
        "reason": "Old",
        "message": "old",
        "observedGeneration": 1,
        "lastTransitionTime": BEFORE,
        **changes,
    }


def test_a_first_verdict_is_dated_now() -> None:
    assert merge([], [READY], generation=3, now=NOW) == [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Ready",
            "message": "all is well",
            "observedGeneration": 3,
            "lastTransitionTime": NOW,
        }
    ]


def test_the_date_stays_while_only_the_reason_changes() -> None:
    [merged] = merge([_written("True")], [READY], generation=3, now=NOW)

    assert merged["lastTransitionTime"] == BEFORE
    assert merged["reason"] == "Ready"
    assert merged["observedGeneration"] == 3


def test_the_date_moves_when_the_verdict_turns() -> None:
    [merged] = merge([_written("False")], [READY], generation=3, now=NOW)

    assert merged["lastTransitionTime"] == NOW


def test_an_undated_condition_is_dated() -> None:
    [merged] = merge([_written("True", lastTransitionTime=None)], [READY], generation=3, now=NOW)

    assert merged["lastTransitionTime"] == NOW


def test_the_list_is_sorted_and_holds_no_forgotten_type() -> None:
    paused = Condition(ConditionType.PAUSED, Status.FALSE, "Active", "")
    old = _written("True", type="Ancient")

    merged = merge([old], [READY, paused], generation=1, now=NOW)

    assert [condition["type"] for condition in merged] == ["Paused", "Ready"]


def test_merging_again_changes_nothing() -> None:
    once = merge([], [READY], generation=1, now=BEFORE)

    assert merge(once, [READY], generation=1, now=NOW) == once


def test_an_endless_message_is_cut() -> None:
    endless = Condition(ConditionType.READY, Status.FALSE, "ApplyFailed", "x" * 100_000)

    [merged] = merge([], [endless], generation=1, now=NOW)

    assert len(merged["message"]) == 1024
    assert merged["message"].endswith("…")
