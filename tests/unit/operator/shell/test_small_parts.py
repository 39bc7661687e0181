"""Start-up times, Events, permissions, probes, and what pods suffer from."""

from typing import Any

import pytest
from tests.support.fake_kube import FakeKube

from podium_operator.access import (
    MissingPermissionError,
    MissingResourceError,
    check_access,
    check_resource,
)
from podium_operator.events import Recorder
from podium_operator.fence import FencedKube
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError, NotFoundError, UnreachableError
from podium_operator.kube.kinds import kind_named, kind_of
from podium_operator.lease import LeadershipLostError
from podium_operator.metrics import Metrics
from podium_operator.observe import trouble_of
from podium_operator.startup import (
    StartupTimes,
    seconds_left,
    startup_seconds,
)

ABOUT: Body = {"metadata": {"namespace": "media", "name": "home", "uid": "1"}}


def _pod(name: str, seconds: int | None, *, pool: str = "cpu", restarts: int = 0) -> Body:
    ready = {"type": "Ready", "status": "True" if seconds is not None else "False"}
    if seconds is not None:
        ready["lastTransitionTime"] = f"2026-01-01T00:00:{seconds:02}Z"
    return {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": {"podium.video/pool": pool},
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "status": {"conditions": [ready], "containerStatuses": [{"restartCount": restarts}]},
    }


def test_a_start_counts_once_and_its_pool_learns_the_90th_percentile() -> None:
    times = StartupTimes()
    pods = [_pod(str(number), number) for number in range(1, 11)]

    times.learn(pods)
    times.learn(pods)

    assert times.p90_seconds("cpu", unknown=300) == 10
    assert times.p90_seconds("gpu", unknown=300) == 300


@pytest.mark.parametrize(
    ("pod", "seconds"),
    [
        pytest.param(_pod("a", 4), 4, id="it became ready"),
        pytest.param(_pod("a", None), None, id="it is not ready yet"),
        pytest.param(_pod("a", 4, restarts=1), None, id="it restarted, so the time means nothing"),
    ],
)
def test_what_is_learned_from_one_pod(pod: Body, seconds: float | None) -> None:
    assert startup_seconds(pod) == seconds


@pytest.mark.parametrize(
    ("age", "left"),
    [
        pytest.param(0.0, 90.0, id="just ordered"),
        pytest.param(80.0, 10.0, id="soon there"),
        pytest.param(90.0, 0.0, id="due"),
        pytest.param(150.0, 60.0, id="overdue for a minute"),
    ],
)
def test_a_pod_that_is_overdue_is_not_expected_at_once(age: float, left: float) -> None:
    assert seconds_left(age, 90.0) == left


async def test_the_same_event_is_told_once_in_ten_minutes() -> None:
    kube, now = FakeKube(), [0.0]
    recorder = Recorder(kube, "test", clock=lambda: now[0])

    for at in (0.0, 1.0, 599.0, 600.0):
        now[0] = at
        await recorder.tell(ABOUT, ("Normal", "Scaled", "more"))
    await recorder.tell(ABOUT, ("Normal", "Scaled", "another text"))

    assert len(kube.calls) == 3


async def test_an_event_that_cannot_be_posted_is_no_failure() -> None:
    kube = FakeKube()
    kube.fail = lambda *_: UnreachableError("away")

    await Recorder(kube, "test").tell(ABOUT, ("Normal", "Scaled", "more"))


async def test_every_missing_permission_is_named() -> None:
    class Stingy(FakeKube):
        async def create(self, body: Any) -> Body:
            asked = body["spec"]["resourceAttributes"]
            is_allowed = (asked["verb"], asked["resource"]) != ("patch", "secrets")
            return {**body, "status": {"allowed": is_allowed}}

    with pytest.raises(MissingPermissionError, match=r"patch secrets in a; patch secrets in b\."):
        await check_access(Stingy(), ("a", "b"))


async def test_the_right_to_see_nodes_is_asked_for_only_where_notices_are_heeded() -> None:
    class Blind(FakeKube):
        async def create(self, body: Any) -> Body:
            asked = body["spec"]["resourceAttributes"]
            return {**body, "status": {"allowed": asked["resource"] != "nodes"}}

    await check_access(Blind(), ())
    with pytest.raises(MissingPermissionError, match=r"list nodes; watch nodes\..*SPOT_NOTICES"):
        await check_access(Blind(), (), heeds_notices=True)


async def test_a_missing_definition_is_said_in_one_sentence() -> None:
    kube = FakeKube()
    kube.fail = lambda *_: NotFoundError("the server could not find the requested resource")

    with pytest.raises(MissingResourceError, match="podium-operator crds"):
        await check_resource(kube, ())


async def test_a_fenced_client_reads_but_does_not_write() -> None:
    kube = FakeKube()
    fenced, body = FencedKube(kube, lambda: False), {"kind": "ConfigMap", "apiVersion": "v1"}

    with pytest.raises(KubeError):
        await fenced.get(kind_named("ConfigMap"), "a", "b")
    for write in (fenced.apply, fenced.apply_status, fenced.create, fenced.replace):
        with pytest.raises(LeadershipLostError):
            await write(body)
    with pytest.raises(LeadershipLostError):
        await fenced.delete(kind_named("ConfigMap"), "a", "b", uid="1")

    assert kube.calls == [("get", "ConfigMap", "b")]


def test_another_version_of_a_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="apps/v1"):
        kind_of({"kind": "Deployment", "apiVersion": "apps/v1beta1"})


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        pytest.param({}, "", id="nothing known"),
        pytest.param(
            {"containerStatuses": [{"state": {"waiting": {"reason": "ContainerCreating"}}}]},
            "",
            id="on its way",
        ),
        pytest.param(
            {
                "containerStatuses": [
                    {"image": "x:1", "state": {"waiting": {"reason": "ErrImagePull"}}}
                ]
            },
            "ImagePullBackOff: x:1 cannot be pulled",
            id="an image that cannot be pulled",
        ),
        pytest.param(
            {
                "containerStatuses": [
                    {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "no\n luck"}}}
                ]
            },
            "CrashLoopBackOff: no luck",
            id="a crash, again and again",
        ),
        pytest.param(
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/1 nodes: Insufficient nvidia.com/gpu",
                    }
                ]
            },
            "Unschedulable: 0/1 nodes: Insufficient nvidia.com/gpu",
            id="no room for it",
        ),
    ],
)
def test_what_a_pod_suffers_from(status: dict[str, Any], trouble: str) -> None:
    assert trouble_of([{"metadata": {}, "status": status}]) == trouble


def test_series_of_an_orchestrator_end_with_it() -> None:
    metrics = Metrics()
    for name in ("home", "other"):
        metrics.sessions.labels("media", name).set(1)
        metrics.pool_ready.labels("media", name, "cpu").set(1)

    metrics.forget("media", "home")

    assert b'name="home"' not in metrics.render()
    assert b'name="other"' in metrics.render()
