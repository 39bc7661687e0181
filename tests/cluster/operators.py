"""Operators for the cluster tests: the chart's own rights, and a process that uses them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.chart.render import CHART, documents, render
from tests.demo.installation import RELEASE
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import WaitError
from tests.support.operator_process import OperatorProcess
from tests.support.patience import look_until

__all__ = ["Site", "define", "orchestrator"]

CPU = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 4}}
GPU = {"name": "gpu", "hardware": {"type": "nvidia"}, "scale": {"min": 1, "max": 2}}
_RIGHTS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
_DEFINITION = CHART / "files" / "crd.yaml"


def orchestrator(name: str = "home", **spec: Any) -> dict[str, Any]:
    """Return a small Orchestrator."""
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": name},
        "spec": {"pools": [CPU], **spec},
    }


def define(cluster: Cluster) -> None:
    """Install the definition as the demo's release would, which may adopt it later."""
    cluster.apply(_definition())
    found = cluster.wait_for("crd", "orchestrators.podium.video", _is_established)
    assert found is not None
    _await_served(cluster, found["metadata"]["uid"])


@cache
def _await_served(cluster: Cluster, _uid: str) -> None:
    """Wait once for each definition that there was: a test may take it away."""
    cluster.await_kind("orchestrators.podium.video")


@cache
def _definition() -> str:
    """Write it once for all tests, in JSON: nearly every one needs it, and its YAML is slow."""
    definition = documents(_DEFINITION.read_text())[0]
    definition["metadata"] |= {
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {
            "meta.helm.sh/release-name": RELEASE.name,
            "meta.helm.sh/release-namespace": RELEASE.namespace,
        },
    }
    return json.dumps(definition)


@dataclass
class Site:
    """One namespace with the chart's rights in it, for operators that run as processes."""

    cluster: Cluster
    namespace: str
    folder: Path
    _kubeconfig: Path | None = field(default=None)

    def install(self, *values: str, mode: str = "release") -> None:
        """Apply what the chart renders for this scope and these values, all but the Deployment."""
        define(self.cluster)
        own = (f"scope.mode={mode}", "serviceAccount.name=podium")
        objects = render(*own, *values, namespace=self.namespace)
        for one in objects:
            if one["kind"] in _RIGHTS:
                one["metadata"]["labels"]["podium.test/site"] = self.namespace
                self.cluster.apply(one, namespace=one["metadata"].get("namespace"))
        self._kubeconfig = self.cluster.kubeconfig_for(
            "podium", self.folder / "kubeconfig", namespace=self.namespace
        )

    @contextmanager
    def operator(self, *arguments: str) -> Iterator[OperatorProcess]:
        """Run an operator with the chart's rights, for this namespace unless told otherwise."""
        assert self._kubeconfig is not None
        scope = arguments or ("--scope=namespaces", f"--namespaces={self.namespace}")
        with OperatorProcess(self._kubeconfig, *scope, f"--namespace={self.namespace}") as process:
            yield process

    def remove(self) -> None:
        """Take back what `install` put outside the namespace."""
        own = f"app.kubernetes.io/instance=podium,podium.test/site={self.namespace}"
        self.cluster.kubectl("delete", "clusterrole,clusterrolebinding", f"--selector={own}")

    def apply(self, **spec: Any) -> None:
        self.cluster.apply(orchestrator(**spec), namespace=self.namespace)

    def apply_other(self, name: str) -> None:
        """Apply one more Orchestrator."""
        self.cluster.apply(orchestrator(name), namespace=self.namespace)

    def kubectl(self, *arguments: str) -> str:
        return self.cluster.kubectl(*arguments, namespace=self.namespace)

    def get(self, resource: str, name: str) -> dict[str, Any] | None:
        return self.cluster.get(resource, name, namespace=self.namespace)

    def names(self, resource: str) -> set[str]:
        listed = self.cluster.kubectl_json("get", resource, namespace=self.namespace)
        return {item["metadata"]["name"] for item in listed["items"]}

    def wait(
        self,
        resource: str,
        name: str,
        condition: Callable[[Any], object],
        *,
        timeout_seconds: float = 90,
    ) -> Any:
        """Watch one object until the condition holds; what happened meanwhile is told if not."""
        try:
            return self.cluster.wait_for(
                resource,
                name,
                condition,
                namespace=self.namespace,
                timeout_seconds=timeout_seconds,
            )
        except WaitError as error:
            error.add_note(self.kubectl("get", "events", "--sort-by=.lastTimestamp"))
            error.add_note(self.kubectl("get", "nodes,pods", "-o", "wide"))
            error.add_note(self.kubectl("describe", "nodes"))
            raise

    def settle(self, operator: OperatorProcess) -> None:
        """Wait until the operator has carried out the newest spec and finds nothing to write."""
        self.wait("orchestrator", "home", _is_observed)
        seen = -1.0
        while (writes := sum(operator.series("podium_operator_writes_total").values())) != seen:
            seen = writes
            self.passes(operator, 1)

    def passes(self, operator: OperatorProcess, count: int) -> None:
        """Wait until the operator has looked at its Orchestrators so many times more."""
        name = "podium_operator_passes_total"
        wanted = sum(operator.series(name).values()) + count
        look_until(
            lambda: sum(operator.series(name).values()) >= wanted,
            f"{count} passes more",
            within_seconds=20.0 * count + 60,
            every_seconds=0.2,
        )


def _is_established(definition: Any) -> bool:
    conditions = ((definition or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _is_observed(found: Any) -> bool:
    status = (found or {}).get("status") or {}
    return bool(found) and status.get("observedGeneration") == found["metadata"]["generation"]
