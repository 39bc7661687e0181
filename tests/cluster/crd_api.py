"""Server-side dry runs of Orchestrators: what a real API server says, with nothing stored."""

from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import yaml
from kubernetes import client, config

__all__ = ["Api"]


class Api:
    """Server-side dry runs of Orchestrators in one namespace."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self._client = config.new_client_from_config(  # type: ignore[no-untyped-call]  # upstream
            str(kubeconfig)
        )
        self._objects = client.CustomObjectsApi(self._client)
        self._namespace = namespace

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        created = self._objects.create_namespaced_custom_object(
            "podium.video",
            "v1alpha1",
            self._namespace,
            "orchestrators",
            deepcopy(body),
            dry_run="All",
            field_validation="Strict",
        )
        return cast("dict[str, Any]", created)

    def refusal(self, body: dict[str, Any]) -> str:
        """What the server says against the object; empty when it takes it."""
        try:
            self.create(body)
        except client.ApiException as error:
            return str(yaml.safe_load(error.body or "{}")["message"])
        return ""

    def close(self) -> None:
        self._client.close()
