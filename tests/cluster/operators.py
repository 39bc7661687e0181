"""Operators for the cluster tests: the chart's own rights, and a process that uses them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chart.render import render
from tests.devcluster.cluster import Cluster
from tests.support.operator_process import OperatorProcess

__all__ = ["Site", "orchestrator"]

CPU = {"name": "cpu", "hardware": {"type": "cpu"}, "scale": {"min": 1, "max": 4}}
GPU = {"name": "gpu", "hardware": {"type": "nvidia"}, "scale": {"min": 1, "max": 2}}
_RIGHTS = {"ServiceAccount", "Role", "RoleBinding", "CustomResourceDefinition"}


def orchestrator(name: str = "home", **spec: Any) -> dict[str, Any]:
    """Return a small Orchestrator."""
    return {
        "apiVersion": "podium.video/v1alpha1",
        "kind": "Orchestrator",
        "metadata": {"name": name},
        "spec": {"pools": [CPU], **spec},
    }


@dataclass
class Site:
    """One namespace with the chart's rights in it, for operators that run as processes."""

    cluster: Cluster
    namespace: str
    folder: Path
    _kubeconfig: Path | None = field(default=None)

    def install(self) -> None:
        """Apply what the chart renders for this namespace, all but the Deployment."""
        objects = render(
            "scope.mode=release", "serviceAccount.name=podium", namespace=self.namespace
        )
        for one in objects:
            if one["kind"] in _RIGHTS:
                self.cluster.apply(one, namespace=one["metadata"].get("namespace"))
        self.cluster.wait_for(
            "crd", "orchestrators.podium.video", _is_established, timeout_seconds=60
        )
        self._kubeconfig = self.cluster.kubeconfig_for(
            "podium", self.folder / "kubeconfig", namespace=self.namespace
        )

    @contextmanager
    def operator(self, *arguments: str) -> Iterator[OperatorProcess]:
        """Run an operator with the chart's rights, for this namespace only."""
        assert self._kubeconfig is not None
        scope = ("--scope=namespaces", f"--namespaces={self.namespace}")
        with OperatorProcess(
            self._kubeconfig, *scope, f"--namespace={self.namespace}", *arguments
        ) as process:
            yield process

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
        timeout_seconds: float = 30,
    ) -> Any:
        """Watch one object until the condition holds."""
        return self.cluster.wait_for(
            resource,
            name,
            condition,
            namespace=self.namespace,
            timeout_seconds=timeout_seconds,
        )

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
        deadline = time.monotonic() + 10.0 * count + 30
        while sum(operator.series(name).values()) < wanted:
            assert time.monotonic() < deadline, "the operator has stopped looking"
            time.sleep(0.2)


def _is_established(definition: Any) -> bool:
    conditions = ((definition or {}).get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _is_observed(found: Any) -> bool:
    status = (found or {}).get("status") or {}
    return bool(found) and status.get("observedGeneration") == found["metadata"]["generation"]
