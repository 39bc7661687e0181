"""How verbs reach a cluster: flags, kubeconfig, and reading one object by name."""

import argparse
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from podium_operator.command.advice import advice, unknown_name
from podium_operator.errors import PodiumError
from podium_operator.kube.client import Body, Kube, load_configuration
from podium_operator.kube.errors import ForbiddenError, KubeError, NotFoundError
from podium_operator.kube.kinds import ORCHESTRATOR
from podium_operator.kube.pods import PeoplesKube, PodKube

__all__ = [
    "UnreadableError",
    "add_cluster_flags",
    "add_scope_flag",
    "connected",
    "named",
    "namespace_of",
    "orchestrator",
    "orchestrator_names",
    "scope",
]

_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_KIND: Final = re.compile(r"orch(estrators?)?(\.podium\.video)?", re.IGNORECASE)


class UnreadableError(PodiumError):
    """What a verb needs is not there, or the cluster cannot be asked; `fix`: what to do."""

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(f"{what}; {fix}" if fix else what)
        self.what, self.fix = what, fix


def add_cluster_flags(parser: argparse.ArgumentParser) -> None:
    """Add what every verb that asks a cluster understands."""
    parser.add_argument(
        "-n", "--namespace", type=named, help="default: the kubeconfig's, else default"
    )
    parser.add_argument(
        "--kubeconfig", help="default: $KUBECONFIG, ~/.kube/config, or the pod's own"
    )


def add_scope_flag(parser: argparse.ArgumentParser) -> None:
    """Add `-A`, for verbs that can look everywhere."""
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="look everywhere")


def named(text: str) -> str:
    """Read a name of Kubernetes; argparse's error says what to type for what is none."""
    if _NAME.fullmatch(text):
        return text
    kind, slash, name = text.partition("/")
    if slash and _NAME.fullmatch(name):
        wanted = name if _KIND.fullmatch(kind) else f"{name} -n {kind}"
        raise argparse.ArgumentTypeError(f"{text!r} is more than a name: type {wanted}")
    raise argparse.ArgumentTypeError(
        f"{text!r} is no name: those of Kubernetes are of a-z, 0-9, - and ."
    )


def scope(chosen: argparse.Namespace) -> str | None:
    """Return the namespace meant, None for all. Raises UnreadableError for a name in all."""
    if not chosen.all_namespaces:
        return str(chosen.namespace)
    if chosen.orchestrator:
        name = chosen.orchestrator
        fix = f"type {name} -n NAMESPACE, or -A alone"
        raise UnreadableError(f"-A looks at every Orchestrator, and {name} is one", fix=fix)
    return None


def namespace_of(kubeconfig: str | None) -> str:
    """Return the namespace that a kubeconfig's current context names, else "default"."""
    paths = _kubeconfig(kubeconfig)
    try:
        config = _merged(paths) if paths else {}
        current = config.get("current-context")
        contexts = {one["name"]: one["context"] for one in config.get("contexts") or ()}
        return str(contexts[current].get("namespace") or "default")
    except (PodiumError, LookupError, AttributeError, TypeError):
        return "default"  # a file that cannot be read is told of when the cluster is asked


@asynccontextmanager
async def connected(kubeconfig: str | None) -> AsyncIterator[PodKube]:
    """Open a client for the time of one verb.

    Raises UnreadableError without a kubeconfig, and for requests that fail, with what to do.
    """
    paths = _kubeconfig(kubeconfig)
    context = None if paths is None else _context(paths)
    try:
        configuration = await load_configuration(paths, context=context)
    except KubeError as error:
        raise UnreadableError(str(error), fix=_NAME_ONE) from error
    except Exception as error:
        raise UnreadableError(f"no cluster to ask: {error}", fix=_NAME_ONE) from error
    kube = PeoplesKube(configuration, field_manager="podium")
    try:
        yield kube
    except KubeError as error:
        raise UnreadableError(str(error), fix=advice(error, server=configuration.host)) from error
    finally:
        await kube.close()


async def orchestrator(kube: Kube, *, namespace: str, name: str) -> Body:
    """Read one Orchestrator. Raises UnreadableError, which names those that there are."""
    try:
        return await kube.get(ORCHESTRATOR, namespace, name)
    except NotFoundError as error:
        known = await orchestrator_names(kube, namespace)
        raise UnreadableError(unknown_name(name, namespace=namespace, known=known)) from error


async def orchestrator_names(kube: Kube, namespace: str) -> list[str]:
    """List the Orchestrators of a namespace; those that may not be listed are none."""
    try:
        return [str(body["metadata"]["name"]) async for body in kube.list(ORCHESTRATOR, namespace)]
    except ForbiddenError:
        return []


_NAME_ONE: Final = "name one by --kubeconfig"


def _context(paths: str) -> str:
    """Return the context meant, and say what is wrong before the client trips over it."""
    current = _merged(paths).get("current-context")
    if not current:
        fix = f"`kubectl --kubeconfig {paths} config use-context NAME` sets it"
        raise UnreadableError(f"{paths} names no current context", fix=fix)
    return str(current)


def _merged(paths: str) -> dict[str, Any]:
    """Read contexts as kubectl does, for which the first file that says something is right."""
    files = [_read(path) for path in paths.split(os.pathsep)]
    current = [one["current-context"] for one in files if one.get("current-context")]
    contexts = [context for one in files for context in one.get("contexts") or ()]
    return {"current-context": next(iter(current), None), "contexts": contexts[::-1]}


def _read(path: str) -> dict[str, Any]:
    try:
        config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        what = f"no cluster to ask: {path} cannot be read: {error.strerror}"
        raise UnreadableError(what, fix=_NAME_ONE) from error
    except (ValueError, yaml.YAMLError) as error:
        raise UnreadableError(f"no cluster to ask: {path} is no YAML", fix=_NAME_ONE) from error
    if not isinstance(config, dict):
        raise UnreadableError(f"no cluster to ask: {path} is no kubeconfig", fix=_NAME_ONE)
    return config


def _kubeconfig(named: str | None) -> str | None:
    """The file to use, or several as KUBECONFIG lists them; None for the pod's own account."""
    if named:
        return named
    if listed := [path for path in os.environ.get("KUBECONFIG", "").split(os.pathsep) if path]:
        return os.pathsep.join(path for path in listed if Path(path).exists()) or listed[0]
    usual = Path.home() / ".kube" / "config"
    return str(usual) if usual.exists() or "KUBERNETES_SERVICE_HOST" not in os.environ else None
