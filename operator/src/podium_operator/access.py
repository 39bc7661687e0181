"""What the operator may do, as a table: checked at start, and compared with the chart's RBAC.

A missing permission is told in one sentence here; without this it would show as a watch that
fails with a cryptic line, or as a repair that never comes.
"""

from collections.abc import Iterator, Mapping

from podium_operator.errors import PodiumError
from podium_operator.kube.client import Kube
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import CHILD_KINDS, ORCHESTRATOR, Kind, kind_named

__all__ = [
    "LEASE_VERBS",
    "NOTICE_PERMISSIONS",
    "PERMISSIONS",
    "MissingPermissionError",
    "MissingResourceError",
    "check_access",
    "check_resource",
    "needed_rights",
]

_CHILD_VERBS = ("list", "watch", "create", "patch", "delete")

# (kind, subresource) → verbs. Secrets are read by name: listing them would show every one.
PERMISSIONS: Mapping[tuple[Kind, str], tuple[str, ...]] = {
    (ORCHESTRATOR, ""): ("get", "list", "watch", "patch"),
    (ORCHESTRATOR, "status"): ("patch",),
    **{(kind, ""): _CHILD_VERBS for kind in CHILD_KINDS if kind.name != "Secret"},
    (kind_named("ConfigMap"), ""): ("get", *_CHILD_VERBS),
    (kind_named("Secret"), ""): ("get", "create", "patch", "update"),
    (kind_named("Pod"), ""): ("list", "watch"),
    (kind_named("Event"), ""): ("create",),
}
# On top of these, where notices of machines are heeded.
NOTICE_PERMISSIONS: Mapping[tuple[Kind, str], tuple[str, ...]] = {
    (kind_named("Node"), ""): ("list", "watch"),
    (kind_named("Pod"), ""): ("delete",),
}
LEASE_VERBS = ("get", "create", "update")


class MissingResourceError(PodiumError):
    """The CustomResourceDefinition is not installed."""


class MissingPermissionError(PodiumError):
    """The service account lacks what this version of the operator needs."""


async def check_resource(kube: Kube, namespaces: tuple[str, ...]) -> None:
    """Raise `MissingResourceError` where the API server does not know Orchestrators."""
    try:
        async for _ in kube.list(ORCHESTRATOR, namespaces[0] if namespaces else None):
            break
    except NotFoundError:
        raise MissingResourceError(
            f"the API server does not know {ORCHESTRATOR.plural}.{ORCHESTRATOR.group}: install "
            "its CustomResourceDefinition (the chart does, and `podium-operator crds` prints it)"
        ) from None


async def check_access(
    kube: Kube, namespaces: tuple[str, ...], *, heeds_notices: bool = False
) -> None:
    """Raise `MissingPermissionError` with everything that is missing; () is the whole cluster.

    heeds_notices: whether machines are watched, which only the whole cluster's scope may.
    """
    missing = [
        said
        for said, attributes in needed_rights(namespaces, heeds_notices=heeds_notices)
        if not await _is_allowed(kube, attributes)
    ]
    if missing:
        raise MissingPermissionError(
            f"the operator's service account may not: {'; '.join(missing)}. "
            "Install the chart of the same version, or widen its roles"
            + ("; PODIUM_SPOT_NOTICES=false does without nodes" if heeds_notices else "")
        )


def needed_rights(
    namespaces: tuple[str, ...], *, heeds_notices: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every right, in words and as the attributes of a review; () is the whole cluster."""
    further = NOTICE_PERMISSIONS if heeds_notices else {}
    for namespace in namespaces or ("",):
        for (kind, subresource), verbs in (*PERMISSIONS.items(), *further.items()):
            what = f"{kind.plural}{'/' + subresource if subresource else ''}{_where(namespace)}"
            for verb in verbs:
                yield f"{verb} {what}", _attributes(kind, subresource, verb, namespace)


def _where(namespace: str) -> str:
    return f" in {namespace}" if namespace else ""


def _attributes(kind: Kind, subresource: str, verb: str, namespace: str) -> dict[str, str]:
    attributes = {"group": kind.group, "resource": kind.plural, "verb": verb}
    if subresource:
        attributes["subresource"] = subresource
    return attributes | ({"namespace": namespace} if namespace else {})


async def _is_allowed(kube: Kube, attributes: Mapping[str, str]) -> bool:
    review = kind_named("SelfSubjectAccessReview")
    answer = await kube.create(
        {
            "apiVersion": review.api_version,
            "kind": review.name,
            "metadata": {},
            "spec": {"resourceAttributes": dict(attributes)},
        }
    )
    return bool(answer.get("status", {}).get("allowed"))
