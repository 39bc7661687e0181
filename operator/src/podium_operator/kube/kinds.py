"""Where each kind we touch lives in the API: a static table, so no discovery is ever needed.

Adding a kind here is not enough: the chart's RBAC must grant it (tests/chart proves both agree).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

__all__ = ["CHILD_KINDS", "ORCHESTRATOR", "Kind", "kind_named", "kind_of"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type; `plural` is its name in URLs and in RBAC rules."""

    name: str
    group: str
    version: str
    plural: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(
        self, namespace: str | None, name: str | None = None, *, subresource: str | None = None
    ) -> str:
        """Build the URL path of one object, or of a collection where `name` is None."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        parts = [root]
        if namespace is not None:
            parts += ["namespaces", quote(namespace, safe="")]
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


ORCHESTRATOR = Kind("Orchestrator", "podium.video", "v1alpha1", "orchestrators")

CHILD_KINDS: tuple[Kind, ...] = (
    Kind("ServiceAccount", "", "v1", "serviceaccounts"),
    Kind("Secret", "", "v1", "secrets"),
    Kind("ConfigMap", "", "v1", "configmaps"),
    Kind("Service", "", "v1", "services"),
    Kind("NetworkPolicy", "networking.k8s.io", "v1", "networkpolicies"),
    Kind("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets"),
    Kind("StatefulSet", "apps", "v1", "statefulsets"),
    Kind("Deployment", "apps", "v1", "deployments"),
)

_OTHERS = (
    ORCHESTRATOR,
    Kind("Pod", "", "v1", "pods"),
    Kind("Node", "", "v1", "nodes"),
    Kind("Event", "events.k8s.io", "v1", "events"),
    Kind("Lease", "coordination.k8s.io", "v1", "leases"),
    Kind("SelfSubjectAccessReview", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"),
    Kind("SubjectAccessReview", "authorization.k8s.io", "v1", "subjectaccessreviews"),
    Kind("TokenReview", "authentication.k8s.io", "v1", "tokenreviews"),
)
_BY_NAME = {kind.name: kind for kind in (*CHILD_KINDS, *_OTHERS)}


def kind_named(name: str) -> Kind:
    """Return the table's row; KeyError means that the operator must not touch such objects."""
    return _BY_NAME[name]


def kind_of(body: Mapping[str, Any]) -> Kind:
    """Return the row for an object's `kind`, refusing another group or version than ours."""
    kind = kind_named(body["kind"])
    if body["apiVersion"] != kind.api_version:
        raise ValueError(
            f"{kind.name} is spoken to as {kind.api_version}, not {body['apiVersion']!r}"
        )
    return kind
