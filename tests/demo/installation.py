"""Puts Podium on a cluster as a person would: Helm for the operator, then kubectl (thin)."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.demo.status_view import is_ready
from tests.devcluster.cluster import Cluster

__all__ = ["RELEASE", "Images", "Release", "image_flags", "installed", "orchestrator_ready"]

_REPOSITORY = Path(__file__).parents[2]
_DEFINITION = "orchestrators.podium.video"
_HELM = Path(sys.executable).with_name("helm")


@dataclass(frozen=True, slots=True)
class Images:
    """References of the two images, and how the kubelet gets them."""

    operator: str
    worker: str
    pull_policy: str


@dataclass(frozen=True, slots=True)
class Release:
    """A Helm release of charts/podium."""

    name: str
    namespace: str


RELEASE = Release("podium", "podium-system")
"""The one release of the demo and of the end-to-end tests: the CRD that stays belongs to it."""


@contextmanager
def installed(
    cluster: Cluster,
    images: Images,
    *,
    release: Release = RELEASE,
    values: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Install the chart for as long as the block runs; only the CRD stays."""
    settings = {"replicas": "1", **(values or {})}
    flags = [*image_flags(images), *(f"--set={key}={value}" for key, value in settings.items())]
    place = ["--create-namespace", "--namespace", release.namespace]
    chart = str(_REPOSITORY / "charts" / "podium")
    established = ("wait", "--for=condition=Established", f"crd/{_DEFINITION}")
    _adopt_definition(cluster, release)
    try:
        _helm(cluster, "upgrade", "--install", release.name, chart, *place, *flags)
        cluster.kubectl(*established, "--timeout=100s")
        cluster.await_kind(_DEFINITION)
        yield
    finally:
        _helm(cluster, "uninstall", release.name, "--ignore-not-found", *place[1:])
        gone = ("--ignore-not-found", "--wait=false")
        cluster.kubectl("delete", "namespace", release.namespace, *gone)


def image_flags(images: Images) -> tuple[str, ...]:
    """Name both images to the chart, as text: to Helm a tag of digits alone is a number."""
    flags = []
    for value, reference in (("image", images.operator), ("workerImage", images.worker)):
        repository, _, tag = reference.rpartition(":")
        said = {"repository": repository, "tag": tag, "pullPolicy": images.pull_policy}
        flags += [f"--set-string={value}.{key}={text}" for key, text in said.items()]
    return tuple(flags)


def orchestrator_ready(
    cluster: Cluster, name: str, *, namespace: str, timeout_seconds: float = 240
) -> dict[str, Any]:
    """Wait for the Ready condition; the error carries the last status seen."""
    seen = cluster.wait_for(
        _DEFINITION,
        name,
        lambda found: found is not None and is_ready(found),
        namespace=namespace,
        timeout_seconds=timeout_seconds,
    )
    assert seen is not None
    return seen


def _adopt_definition(cluster: Cluster, release: Release) -> None:
    """Let the release own a definition that something else left on a cluster of ours."""
    if not cluster.is_own or cluster.get("crd", _DEFINITION) is None:
        return
    owner = [
        f"meta.helm.sh/release-name={release.name}",
        f"meta.helm.sh/release-namespace={release.namespace}",
    ]
    cluster.kubectl("annotate", "--overwrite", "crd", _DEFINITION, *owner)
    label = "app.kubernetes.io/managed-by=Helm"
    cluster.kubectl("label", "--overwrite", "crd", _DEFINITION, label)


def _helm(cluster: Cluster, *arguments: str) -> None:
    command = [str(_HELM), *arguments, "--kubeconfig", str(cluster.kubeconfig)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=400)
    if done.returncode:
        raise RuntimeError(f"helm {arguments[0]}: {done.stderr.strip()}")
