"""How verbs reach a cluster: flags, kubeconfig, and reading one object by name."""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from podium_operator.errors import PodiumError
from podium_operator.kube.client import Body, Kube, load_configuration
from podium_operator.kube.errors import NotFoundError
from podium_operator.kube.kinds import Kind
from podium_operator.kube.pods import PeoplesKube, PodKube

__all__ = [
    "UnreadableError",
    "add_cluster_flags",
    "add_scope_flag",
    "connected",
    "found",
    "namespace_of",
]


class UnreadableError(PodiumError):
    """What a verb needs is not there, or the cluster cannot be asked."""


def add_cluster_flags(parser: argparse.ArgumentParser) -> None:
    """Add what every verb that asks a cluster understands."""
    parser.add_argument("-n", "--namespace", help="default: the kubeconfig's, else default")
    parser.add_argument(
        "--kubeconfig", help="default: $KUBECONFIG, ~/.kube/config, or the pod's own"
    )


def add_scope_flag(parser: argparse.ArgumentParser) -> None:
    """Add `-A`, for verbs that can look everywhere."""
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="look everywhere")


def namespace_of(kubeconfig: str | None) -> str:
    """Return the namespace that a kubeconfig's current context names, else "default"."""
    path = _kubeconfig(kubeconfig)
    try:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8")) if path else {}
        current = config.get("current-context")
        contexts = {one["name"]: one["context"] for one in config.get("contexts") or ()}
        return str(contexts[current].get("namespace") or "default")
    except (OSError, ValueError, LookupError, AttributeError, TypeError, yaml.YAMLError):
        return "default"  # a file that cannot be read is told of when the cluster is asked


@asynccontextmanager
async def connected(kubeconfig: str | None) -> AsyncIterator[PodKube]:
    """Open a client for the time of one verb. Raises UnreadableError without a kubeconfig."""
    path = _present(_kubeconfig(kubeconfig))
    try:
        configuration = await load_configuration(path)
    except Exception as error:
        raise UnreadableError(f"no cluster to ask: {error}; name one by --kubeconfig") from error
    kube = PeoplesKube(configuration, field_manager="podium")
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


def _present(path: str | None) -> str | None:
    if path is not None and not Path(path).is_file():
        raise UnreadableError(f"no cluster to ask: {path} is no file; name one by --kubeconfig")
    return path


def _kubeconfig(named: str | None) -> str | None:
    """The file to use; None for the pod's own service account."""
    if named:
        return named
    if paths := os.environ.get("KUBECONFIG"):
        return paths.split(os.pathsep, maxsplit=1)[0]
    usual = Path.home() / ".kube" / "config"
    return str(usual) if usual.exists() or "KUBERNETES_SERVICE_HOST" not in os.environ else None
