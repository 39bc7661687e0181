"""Which children are applied and which are pruned: a table."""

from typing import Any

import pytest

from podium_operator.kube.client import Body
from podium_operator.plan import Applied, Wanted, content_hash, plan_children
from podium_operator.sightings import Child, Sighted, fingerprint

OWNER = "o1"


def _body(name: str = "home", **changes: Any) -> Body:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": "default",
            "ownerReferences": [{"uid": OWNER, "controller": True}],
        },
        "data": {"a": "1"},
    } | changes


def _seen(*bodies: Body) -> dict[tuple[str, str], Child]:
    sighted = Sighted()
    for body in bodies:
        sighted.see_child(body)
    return sighted.children


def _applied(body: Body) -> dict[tuple[str, str], Applied]:
    key = (body["kind"], body["metadata"]["name"])
    return {key: Applied(content_hash(body), fingerprint(body))}


LEAVING = _body()
LEAVING["metadata"] = LEAVING["metadata"] | {"deletionTimestamp": "2026"}


@pytest.mark.parametrize(
    ("desired", "seen", "applied", "count"),
    [
        pytest.param(_body(), (), None, 1, id="an object that is not there is made"),
        pytest.param(
            _body(), (_body(),), None, 1, id="an object met for the first time is applied"
        ),
        pytest.param(_body(), (_body(),), _body(), 0, id="an object as it was left is left alone"),
        pytest.param(_body(), (_body(data={}),), _body(), 1, id="a changed object is repaired"),
        pytest.param(_body(data={}), (_body(),), _body(), 1, id="a new intent is applied"),
        pytest.param(_body(), (), _body(), 1, id="a deleted object is made again"),
        pytest.param(_body(), (LEAVING,), _body(), 0, id="an object on its way out is waited for"),
    ],
)
def test_when_a_child_is_applied(
    desired: Body, seen: tuple[Body, ...], applied: Body | None, count: int
) -> None:
    plan = plan_children(
        [Wanted.of(desired)],
        _seen(*seen),
        applied=_applied(applied) if applied else {},
        owner_uid=OWNER,
    )

    assert len(plan.applies) == count
    assert not plan.prunes


def _owned_by(uid: str) -> Body:
    body = _body("old")
    body["metadata"] = body["metadata"] | {"ownerReferences": [{"uid": uid, "controller": True}]}
    return body


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        pytest.param(_owned_by(OWNER), 1, id="ours and unwanted"),
        pytest.param(_owned_by("o2"), 0, id="of an earlier Orchestrator of the same name"),
        pytest.param(_body("old", metadata={"name": "old"}), 0, id="nobody's, though labelled"),
        pytest.param(_owned_by(OWNER) | {"kind": "Secret"}, 0, id="a Secret is never pruned"),
    ],
)
def test_when_a_child_is_pruned(seen: Body, count: int) -> None:
    plan = plan_children([], _seen(seen), applied={}, owner_uid=OWNER)

    assert len(plan.prunes) == count


def test_the_order_of_the_builders_is_kept() -> None:
    bodies = [Wanted.of(_body(name)) for name in "cab"]

    plan = plan_children(bodies, {}, applied={}, owner_uid=OWNER)

    assert [wanted.key[1] for wanted in plan.applies] == ["c", "a", "b"]


def test_an_empty_plan_says_so() -> None:
    assert plan_children([], {}, applied={}, owner_uid=OWNER).is_empty
