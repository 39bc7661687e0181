"""Releases of the podium chart for the cluster tests, by either Helm."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chart.helms import Helm, helm_3
from tests.chart.render import CHART, IMAGES, run_helm
from tests.demo.installation import Images, image_flags
from tests.devcluster.cluster import Cluster

__all__ = ["Release"]

_NAME = "podium"


@dataclass(frozen=True, slots=True)
class Release:
    """One installation of the chart into a namespace of its own, looking at that one alone."""

    cluster: Cluster
    namespace: str
    program: Path
    images: tuple[str, ...] = IMAGES

    @classmethod
    def by(cls, helm: Helm, cluster: Cluster, namespace: str, images: Images) -> "Release":
        """Work with this Helm and with images that the cluster has."""
        return cls(cluster, namespace, helm.find(), image_flags(images))

    @classmethod
    def without_pods(cls, cluster: Cluster, namespace: str) -> "Release":
        """Name images that nobody has: for what needs no running operator."""
        return cls(cluster, namespace, helm_3())

    def helm(self, *arguments: str) -> str:
        """Run Helm in the release's namespace; `HelmError` carries its complaint."""
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig)}
        place = f"--namespace={self.namespace}"
        return run_helm(self.program, *arguments, place, environment=environment)

    def install(
        self,
        *values: str,
        verb: str = "install",
        flags: tuple[str, ...] = (),
        chart: Path = CHART,
    ) -> str:
        """Install or upgrade; the definition is another release's unless told otherwise."""
        given = ("scope.mode=release", "crds.install=false", *values)
        sets = [f"--set={value}" for value in given]
        return self.helm(verb, _NAME, str(chart), *self.images, *sets, *flags)

    def deployment(self) -> dict[str, Any]:
        found = self.cluster.get("deployment", _NAME, namespace=self.namespace)
        assert found is not None
        return found

    def leader(self) -> str:
        """Return who leads, "" while nobody does."""
        lease = self.cluster.get("lease", "podium-operator", namespace=self.namespace)
        return str(((lease or {}).get("spec") or {}).get("holderIdentity") or "")
