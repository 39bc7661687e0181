"""Whether the operator's account has the rights that it needs, asked of the API server."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from podium_operator.access import needed_rights
from podium_operator.errors import PodiumError
from podium_operator.kube.client import Body, Kube
from podium_operator.kube.kinds import kind_named
from podium_operator.settings import Settings, read_settings

__all__ = ["missing_rights"]

_AT_ONCE: Final = 8
_REVIEW: Final = kind_named("SubjectAccessReview")


async def missing_rights(kube: Kube, deployment: Body) -> list[str]:
    """List what an operator's Deployment may not do. Takes the right to ask for others."""
    settings = _settings(deployment)
    pod = deployment["spec"]["template"]["spec"]
    namespace = deployment["metadata"]["namespace"]
    user = f"system:serviceaccount:{namespace}:{pod.get('serviceAccountName') or 'default'}"
    gate = asyncio.Semaphore(_AT_ONCE)

    async def lacks(attributes: Mapping[str, str]) -> bool:
        async with gate:
            spec = {"user": user, "resourceAttributes": dict(attributes)}
            body = {"apiVersion": _REVIEW.api_version, "kind": _REVIEW.name, "metadata": {}}
            answer = await kube.create({**body, "spec": spec})
        return not (answer.get("status") or {}).get("allowed")

    rights = list(needed_rights(settings.namespaces, heeds_notices=settings.heeds_notices))
    lacking = await asyncio.gather(*(lacks(attributes) for _, attributes in rights))
    return [said for (said, _), is_lacking in zip(rights, lacking, strict=True) if is_lacking]


def _settings(deployment: Body) -> Settings:
    """Read the settings that its container is given; those of the whole cluster where they fail."""
    fields = {"metadata.namespace": deployment["metadata"]["namespace"]}
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    variables = {one["name"]: _value(one, fields) for one in container.get("env") or ()}
    try:
        return read_settings({name: value for name, value in variables.items() if value})
    except PodiumError:
        return Settings()


def _value(variable: Mapping[str, Any], fields: Mapping[str, str]) -> str:
    field = ((variable.get("valueFrom") or {}).get("fieldRef") or {}).get("fieldPath")
    return str(variable.get("value") or fields.get(str(field)) or "")
