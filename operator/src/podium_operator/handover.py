"""How a field leaves the operator's hands without a jump: another owner takes it over first.

Server-side apply removes what its only owner no longer sends, and a Deployment without replicas has
one pod. So before an external pool's Deployment is applied without them for the first time, a
second field manager takes over the number as it is; KEDA or an HPA changes it from there on.
"""

from collections.abc import Mapping
from typing import Any, Final

from podium_operator.api import names

__all__ = ["HANDOVER_MANAGER", "owns_replicas", "replicas_to_hand_over"]

HANDOVER_MANAGER: Final = f"{names.FIELD_MANAGER}-handover"


def owns_replicas(body: Mapping[str, Any]) -> bool:
    """Whether we are an owner of `spec.replicas`, or nothing tells who is."""
    managed = body["metadata"].get("managedFields")
    if not managed:
        return True
    return any(
        entry.get("manager") == names.FIELD_MANAGER
        and entry.get("operation") == "Apply"
        and not entry.get("subresource")
        and "f:replicas" in (entry.get("fieldsV1") or {}).get("f:spec", {})
        for entry in managed
    )


def replicas_to_hand_over(
    wanted: Mapping[str, Any], *, replicas: int, are_ours: bool
) -> dict[str, Any] | None:
    """Return what the second manager applies before `wanted`; None where nothing is given up."""
    if wanted["kind"] != "Deployment" or not are_ours or "replicas" in wanted["spec"]:
        return None
    meta = wanted["metadata"]
    return {
        "apiVersion": wanted["apiVersion"],
        "kind": wanted["kind"],
        "metadata": {"namespace": meta["namespace"], "name": meta["name"]},
        "spec": {"replicas": replicas},
    }
