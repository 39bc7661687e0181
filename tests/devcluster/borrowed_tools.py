"""Pods without an image of their own: this machine's programs, mounted read-only.

For tests of the cluster itself, which must not wait for an image to be built. Only a cluster
started here can run them.
"""

import sys
from pathlib import Path
from typing import Any

from tests.devcluster.node import PAUSE_IMAGE

__all__ = ["PYTHON", "tools_pod"]

# The interpreter itself, not a virtual environment's link to it.
PYTHON = str(Path(sys.executable).resolve())
_FOLDERS = ("/bin", "/lib", "/lib64", "/usr")


def tools_pod(
    name: str, script: str, *, labels: dict[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """Build a pod that runs a shell script; `spec` adds fields of the pod's spec."""
    folders = [folder for folder in (*_FOLDERS, sys.base_prefix) if _is_needed(folder)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [
                {
                    "name": "tools",
                    "image": PAUSE_IMAGE,
                    "imagePullPolicy": "Never",
                    "command": ["/bin/sh", "-c", script],
                    "securityContext": {"runAsUser": 0},
                    "volumeMounts": [
                        {"name": f"v{index}", "mountPath": folder, "readOnly": True}
                        for index, folder in enumerate(folders)
                    ],
                }
            ],
            "volumes": [
                {"name": f"v{index}", "hostPath": {"path": folder}}
                for index, folder in enumerate(folders)
            ],
            **spec,
        },
    }


def _is_needed(folder: str) -> bool:
    inside_another = folder not in _FOLDERS and folder.startswith(tuple(f"{f}/" for f in _FOLDERS))
    return Path(folder).is_dir() and not inside_another
