"""How verbs reach a cluster: flags, kubeconfig, and reading one object by name."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from podium_operator.errors import PodiumError
from podium_operator.kube.client import ApiKube, Body, Kube, load_configuration
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import Kind

__all__ = ["UnreadableError", "add_cluster_flags", "connected", "found"]


class UnreadableError(PodiumError):
    """What a verb needs is not there, or the cluster cannot be asked."""


def add_cluster_flags(parser: argparse.ArgumentParser) -> None:
    """Add what every verb that asks a cluster understands."""
    parser.add_argument("-n", "--namespace", default="default", help="of the Orchestrator")
    parser.add_argument(
        "--kubeconfig", help="default: $KUBECONFIG, ~/.kube/config, or the pod's own"
    )


@asynccontextmanager
async def connected(kubeconfig: str | None) -> AsyncIterator[Kube]:
    """Open a client for the time of one verb. Raises UnreadableError without a kubeconfig."""
    try:
        configuration = await load_configuration(_kubeconfig(kubeconfig))
    except Exception as error:
        raise UnreadableError(f"no cluster to ask: {error}; name one by --kubeconfig") from error
    kube = ApiKube(configuration, field_manager="podium")
    try:
        yield kube
    finally:
        await kube.close()


async def found(kube: Kube, kind: Kind, *, namespace: str, name: str) -> Body:
    """Read one object. Raises UnreadableError where it is not."""
    try:
        return await kube.get(kind, namespace, name)
    except NotFoundError as error:
        raise UnreadableError(
            f"no {kind.name} {name!r} in namespace {namespace!r}: name another by -n"
        ) from error


def _kubeconfig(named: str | None) -> str | None:
    """The file to use; None for the pod's own service account."""
    if named:
        return named
    if paths := os.environ.get("KUBECONFIG"):
        return paths.split(os.pathsep, maxsplit=1)[0]
    usual = Path.home() / ".kube" / "config"
    return str(usual) if usual.exists() or "KUBERNETES_SERVICE_HOST" not in os.environ else None
