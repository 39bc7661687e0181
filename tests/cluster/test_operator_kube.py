"""The client's claims, on the API server in memory and on a real one: both keep them alike."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.fake_kube import FakeKube

from podium_operator.kube.client import ApiKube, Kube, load_configuration
from podium_operator.kube.errors import ConflictError, NotFoundError
from podium_operator.kube.kinds import kind_named

MAP, LEASE = kind_named("ConfigMap"), kind_named("Lease")


def _map(namespace: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"namespace": namespace, "name": "one", "labels": {"team": "video"}},
        "data": data,
    }


def _lease(namespace: str, holder: str) -> dict[str, Any]:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"namespace": namespace, "name": "lead"},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15},
    }


@pytest.fixture(
    params=[
        pytest.param("memory", id="in memory"),
        pytest.param("real", id="real", marks=pytest.mark.cluster),
    ]
)
async def place(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Kube, str]]:
    """A client and a namespace to work in."""
    if request.param == "memory":
        yield FakeKube(), "media"
        return
    cluster = await asyncio.to_thread(request.getfixturevalue, "cluster")
    with cluster.namespace() as namespace:
        kubeconfig: Path = cluster.kubeconfig
        kube = ApiKube(await load_configuration(str(kubeconfig)), field_manager="podium-operator")
        yield kube, namespace
        await kube.close()


async def test_apply_creates_and_a_second_one_changes_nothing(place: tuple[Kube, str]) -> None:
    kube, namespace = place

    first = await kube.apply(_map(namespace, a="1"))
    second = await kube.apply(_map(namespace, a="1"))

    assert first["data"] == {"a": "1"}
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_apply_takes_back_what_it_no_longer_sends(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    await kube.apply(_map(namespace, a="1", b="2"))

    after = await kube.apply(_map(namespace, b="3"))

    assert after["data"] == {"b": "3"}


async def test_apply_wins_over_another_writer(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    body = await kube.apply(_map(namespace, a="1"))
    await kube.replace(body | {"data": {"a": "2", "foreign": "x"}})

    after = await kube.apply(_map(namespace, a="1"))

    assert after["data"]["a"] == "1"


async def test_what_is_not_there_is_not_found(place: tuple[Kube, str]) -> None:
    kube, namespace = place

    with pytest.raises(NotFoundError):
        await kube.get(MAP, namespace, "nothing")


async def test_a_list_is_selected_by_label(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    await kube.apply(_map(namespace))

    video = [body async for body in kube.list(MAP, namespace, selector="team=video")]
    audio = [body async for body in kube.list(MAP, namespace, selector="team=audio")]

    assert [(body["kind"], body["metadata"]["name"]) for body in video] == [("ConfigMap", "one")]
    assert audio == []


async def test_replace_with_an_old_version_is_a_conflict(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    first = await kube.create(_lease(namespace, "a"))
    await kube.replace(first | {"spec": {**first["spec"], "holderIdentity": "b"}})

    with pytest.raises(ConflictError):
        await kube.replace(first | {"spec": {**first["spec"], "holderIdentity": "c"}})


async def test_creating_twice_is_a_conflict(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    await kube.create(_lease(namespace, "a"))

    with pytest.raises(ConflictError):
        await kube.create(_lease(namespace, "a"))


async def test_delete_takes_only_the_object_that_is_meant(place: tuple[Kube, str]) -> None:
    kube, namespace = place
    body = await kube.apply(_map(namespace))

    await kube.delete(MAP, namespace, "one", uid="another")
    assert await kube.get(MAP, namespace, "one")
    await kube.delete(MAP, namespace, "one", uid=body["metadata"]["uid"])
    await kube.delete(MAP, namespace, "one", uid=body["metadata"]["uid"])

    with pytest.raises(NotFoundError):
        await kube.get(MAP, namespace, "one")
