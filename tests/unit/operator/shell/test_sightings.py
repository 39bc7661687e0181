"""What the watches told, and what is made of late, doubled and lost news."""

from typing import Any

import pytest

from podium_operator.kube.client import Body
from podium_operator.sightings import Sighted, fingerprint, instance_of


def _map(version: int, **changes: Any) -> Body:
    meta = {
        "name": "home-node",
        "namespace": "default",
        "uid": "u1",
        "resourceVersion": str(version),
        "labels": {"app.kubernetes.io/instance": "home"},
        "ownerReferences": [{"uid": "o1", "controller": True}],
    }
    meta |= changes.pop("metadata", {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"a": "1"}} | changes


def _pod(uid: str) -> Body:
    return {"metadata": {"name": "home-queue-0", "uid": uid}}


def test_a_first_sight_is_news_and_the_same_again_is_not() -> None:
    sighted = Sighted()

    assert sighted.see_child(_map(1))
    assert not sighted.see_child(_map(1))


@pytest.mark.parametrize(
    ("changes", "is_news"),
    [
        pytest.param({"data": {"a": "2"}}, True, id="content changed"),
        pytest.param({"metadata": {"labels": {}}}, True, id="a label was removed"),
        pytest.param({"metadata": {"deletionTimestamp": "2026"}}, True, id="it is leaving"),
        pytest.param({"metadata": {"uid": "u2"}}, True, id="it is another object by now"),
        pytest.param({"status": {"readyReplicas": 1}}, True, id="its status changed"),
        pytest.param({"metadata": {"managedFields": [{}]}}, False, id="only book-keeping"),
        pytest.param(
            {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}},
            False,
            id="the Deployment controller's revision",
        ),
    ],
)
def test_what_counts_as_news(changes: dict[str, Any], *, is_news: bool) -> None:
    sighted = Sighted()
    sighted.see_child(_map(1))

    assert sighted.see_child(_map(2, **changes)) is is_news


def test_a_late_event_never_overwrites_a_newer_state() -> None:
    sighted = Sighted()
    sighted.see_child(_map(9, data={"a": "new"}))

    assert not sighted.see_child(_map(5))
    assert not sighted.see_child(_map(5), was_deleted=True)

    assert sighted.children["ConfigMap", "home-node"].version == 9


def test_a_goodbye_forgets_and_a_second_one_is_no_news() -> None:
    sighted = Sighted()
    sighted.see_child(_map(1))

    assert sighted.see_child(_map(2), was_deleted=True)
    assert not sighted.see_child(_map(2), was_deleted=True)


def test_a_fresh_list_buries_ghosts_of_its_kind_only() -> None:
    sighted = Sighted()
    sighted.see_child(_map(1))
    sighted.see_child(_map(2) | {"kind": "Service"})

    assert sighted.replace_children("ConfigMap", [])

    assert set(sighted.children) == {("Service", "home-node")}


def test_what_said_goodbye_while_it_was_listed_stays_gone() -> None:
    sighted = Sighted()
    sighted.begin_listing()
    listed = [_map(1)], [_pod("1")]
    sighted.see_child(_map(2), was_deleted=True)
    sighted.see_pod(_pod("1"), was_deleted=True)

    sighted.replace_children("ConfigMap", listed[0])
    sighted.replace_pods(listed[1])

    assert (sighted.children, sighted.pods) == ({}, {})


def test_a_list_takes_back_nothing_that_was_told_while_it_was_made() -> None:
    sighted = Sighted()
    sighted.see_pod(_pod("1") | {"status": {"phase": "Pending"}})
    sighted.begin_listing()
    sighted.see_pod(_pod("1") | {"status": {"phase": "Running"}})
    sighted.see_pod({"metadata": {"name": "born", "uid": "2"}})

    sighted.replace_pods([_pod("1") | {"status": {"phase": "Pending"}}])

    assert set(sighted.pods) == {"home-queue-0", "born"}
    assert sighted.pods["home-queue-0"]["status"] == {"phase": "Running"}


def test_a_fresh_list_buries_pods_that_nobody_told_of() -> None:
    sighted = Sighted()
    sighted.see_pod(_pod("1"))
    sighted.begin_listing()

    assert sighted.replace_pods([])

    assert sighted.pods == {}


def test_a_pod_is_not_forgotten_at_its_namesakes_late_goodbye() -> None:
    sighted = Sighted()
    sighted.see_pod(_pod("2"))

    assert not sighted.see_pod(_pod("1"), was_deleted=True)
    assert sighted.see_pod(_pod("2"), was_deleted=True)

    assert sighted.pods == {}


def test_status_is_no_part_of_a_fingerprint() -> None:
    assert fingerprint(_map(1)) == fingerprint(_map(7, status={"x": 1}))
    assert fingerprint(_map(1)) != fingerprint(_map(1, data={}))


def test_only_the_controlling_owner_counts() -> None:
    sighted = Sighted()
    owners = [{"uid": "other"}, {"uid": "o1", "controller": True}]

    sighted.see_child(_map(1, metadata={"ownerReferences": owners}))

    assert sighted.children["ConfigMap", "home-node"].owner_uid == "o1"


def test_objects_find_their_orchestrator_by_label() -> None:
    assert instance_of(_map(1)) == ("default", "home")
    assert instance_of(_map(1, metadata={"labels": None})) == ("default", "")


def test_a_pod_is_kept_without_what_nobody_reads() -> None:
    sighted = Sighted()
    pod = {
        "metadata": {"name": "p", "uid": "1", "managedFields": [{}]},
        "spec": {"containers": [], "nodeName": "n"},
        "status": {"phase": "Running", "podIP": "10.0.0.1"},
    }

    sighted.see_pod(pod)

    assert sighted.pods == {
        "p": {
            "metadata": {"name": "p", "uid": "1"},
            "spec": {"nodeName": "n"},
            "status": {"phase": "Running"},
        }
    }
