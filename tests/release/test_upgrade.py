"""From the previous version to this one while streams are live: by the chart, then by the images.

`PODIUM_UPGRADE_FROM` names the version to come from, a tag or a commit; by default the newest tag.
"""

import asyncio
from collections.abc import Iterator

import pytest
from tests.chart.helms import HELMS
from tests.cluster.operators import define
from tests.cluster.releases import Release
from tests.demo.installation import Images, orchestrator_ready
from tests.devcluster.cluster import Cluster
from tests.devcluster.images import Image, build, load_into
from tests.e2e.leaving import renew
from tests.e2e.places import LADDER, Home, orchestrator
from tests.e2e.recording import streaming
from tests.release.previous import Previous, previous_revision, unpack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_HELM_4 = HELMS[1]
_TAKING_OVER = ("--take-ownership", "--force-conflicts", "--wait", "--timeout=180s")
_DEFINING = "crds.install=true"
_LIGHT = (320, 180)


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Previous:
    """The version that providers have."""
    revision = previous_revision()
    if revision is None:
        pytest.skip("there is no tag: name a commit by PODIUM_UPGRADE_FROM")
    return unpack(revision, tmp_path_factory.mktemp("previous"))


@pytest.fixture
def serving(own_cluster: Cluster, previous: Previous) -> Iterator[tuple[Release, Home]]:
    """The previous version, installed, with an Orchestrator of two nodes that serves."""
    older = previous.images()
    load_into(own_cluster, older.values(), report=print)
    define(own_cluster)
    with own_cluster.namespace("upgrade") as namespace:
        release = Release.by(_HELM_4, own_cluster, namespace, _named(older))
        release.install(_DEFINING, flags=_TAKING_OVER, chart=previous.chart)
        home = Home(own_cluster, namespace, nodes=2)
        own_cluster.apply(orchestrator(home, least=2, most=2, in_window_seconds=0, cpu="800m"))
        orchestrator_ready(own_cluster, home.name, namespace=namespace, timeout_seconds=240)
        try:
            yield release, home
        finally:
            own_cluster.kubectl("delete", "orchestrator", home.name, namespace=namespace)
            release.helm("uninstall", "podium", "--wait")
            define(own_cluster)


async def test_live_streams_outlive_the_upgrade_of_chart_and_images(
    serving: tuple[Release, Home],
) -> None:
    before, home = serving
    newer = {image.name.rpartition("-")[2]: image for image in build(report=print)}
    load_into(home.cluster, newer.values(), report=print)
    after = Release.by(_HELM_4, home.cluster, home.namespace, _named(newer))
    assert before.images != after.images

    async with (
        home.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER[1:], size=_LIGHT) as seen,
    ):
        await seen.more(4, within_seconds=90)

        flags = _TAKING_OVER
        await asyncio.to_thread(after.install, _DEFINING, verb="upgrade", flags=flags)
        await seen.more(6, within_seconds=90)
        for part in ("node", "transcoder"):
            await asyncio.to_thread(renew, home, part)
        await seen.more(6, within_seconds=90)

    assert seen.lost() == []
    assert set(_images_of(home)) == {newer["worker"].reference}


def _named(images: dict[str, Image]) -> Images:
    return Images(images["operator"].reference, images["worker"].reference, pull_policy="Never")


def _images_of(home: Home) -> list[str]:
    """List what the pods of node and transcoder run."""
    found = home.cluster.kubectl_json("get", "pods", namespace=home.namespace)
    parts = {*home.pods("node"), *home.pods("transcoder")}
    return [
        container["image"]
        for pod in found["items"]
        if pod["metadata"]["name"] in parts
        for container in pod["spec"]["containers"]
    ]
