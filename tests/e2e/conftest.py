"""Places to send segments to: a standalone on loopback, and an Orchestrator on the cluster."""

from collections.abc import Iterator

import pytest
from tests.demo.installation import installed, orchestrator_ready
from tests.demo.preparation import prepared
from tests.demo.stages import Stages
from tests.devcluster.cluster import Cluster
from tests.e2e.places import Home, Place, orchestrator
from tests.interop.standalone import Setup, start_standalone

__all__ = ["home", "installed_cluster", "place", "standalone"]


@pytest.fixture(scope="session")
def installed_cluster() -> Iterator[Cluster]:
    """A cluster with the operator, installed by the project's chart."""
    with prepared(Stages()) as ready, installed(ready.cluster, ready.images):
        yield ready.cluster


@pytest.fixture(scope="session")
def home(installed_cluster: Cluster) -> Iterator[Home]:
    """An Orchestrator with two transcoders that stay."""
    with installed_cluster.namespace("e2e") as namespace:
        made = Home(installed_cluster, namespace)
        # Enough for the streams of every test, also where a start-up test was slowed down.
        roomy = orchestrator(made, least=2, most=2, in_window_seconds=0, cpu="800m")
        installed_cluster.apply(roomy)
        orchestrator_ready(installed_cluster, made.name, namespace=namespace)
        yield made


@pytest.fixture(scope="session")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Queue, node and transcoder in one process on loopback, with two slots."""
    started = start_standalone(tmp_path_factory.mktemp("standalone"), Setup(slots=2))
    try:
        yield Place(f"https://{started.address}")
    finally:
        started.program.end()


@pytest.fixture(params=["standalone", pytest.param("cluster", marks=pytest.mark.cluster)])
def place(request: pytest.FixtureRequest) -> Place:
    """Both kinds of place, one after the other."""
    if request.param == "standalone":
        found: Place = request.getfixturevalue("standalone")
        return found
    made: Home = request.getfixturevalue("home")
    return made.place
