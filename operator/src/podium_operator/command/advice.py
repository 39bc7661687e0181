"""What to do when the API server refuses or is silent, in a sentence. Pure."""

import difflib
from collections.abc import Collection

from podium_operator.kube.errors import (
    ForbiddenError,
    KubeError,
    NotFoundError,
    UnauthenticatedError,
    UnreachableError,
)

__all__ = ["advice", "unknown_name"]


def advice(error: KubeError, *, server: str) -> str:
    """Say what mends a request that failed; "" where the error's own sentence is all there is."""
    match error:
        case UnauthenticatedError():
            return "log in anew, or name another file by --kubeconfig: `kubectl auth whoami` asks"
        case ForbiddenError():
            return (
                "ask for that right; the usual roles view and edit have what most verbs need, and "
                "`kubectl auth can-i --list -n NAMESPACE` shows yours"
            )
        case NotFoundError():
            return "this cluster may not know Orchestrators: `podium doctor` says so"
        case UnreachableError():
            return (
                f"is {server} the right cluster, and up? `kubectl version` asks it too; "
                "name another by --kubeconfig"
            )
        case _:
            return ""


def unknown_name(name: str, *, namespace: str, known: Collection[str]) -> str:
    """Say that there is no such Orchestrator, and which there are, the nearest first."""
    missing = f"no Orchestrator {name!r} in namespace {namespace!r}"
    if not known:
        return (
            f"{missing}, and no other: name another namespace by -n; `podium status -A` lists all"
        )
    if close := difflib.get_close_matches(name, known, n=1):
        return f"{missing}: did you mean {close[0]}?"
    return f"{missing}, there are: {', '.join(sorted(known)[:10])}"
