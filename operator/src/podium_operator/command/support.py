"""`podium support-bundle`: everything a stranger needs to help, in one file, and no secret in it.

Secrets are never read. What is read is redacted before it is written.
"""

import argparse
import io
import os
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from podium_operator import __version__
from podium_operator.api import names
from podium_operator.command.cluster import UnreadableError, add_cluster_flags, connected
from podium_operator.command.diagnosis import diagnose
from podium_operator.command.doctor import look
from podium_operator.command.redaction import redacted, redacted_line
from podium_operator.command.verbs import Answer, Verb
from podium_operator.kube.client import Body
from podium_operator.kube.errors import KubeError
from podium_operator.kube.kinds import CHILD_KINDS, ORCHESTRATOR, kind_named
from podium_operator.kube.pods import PodKube
from podium_operator.yaml_text import to_yaml_documents

__all__ = ["SUPPORT_BUNDLE", "pages"]

_LOG_LINES = 2000
_UNREAD = ".error.txt"
_KINDS = (ORCHESTRATOR, *(kind for kind in CHILD_KINDS if kind.name != "Secret"))
_OURS = f"{names.MANAGED_BY_LABEL}={names.MANAGED_BY_VALUE}"


async def pages(kube: PodKube, *, namespace: str, server: str) -> AsyncIterator[tuple[str, str]]:
    """Yield the bundle's files, name and text; one that cannot be made says why."""
    now = datetime.now(UTC)
    yield "versions.txt", f"podium {__version__}\nKubernetes {server}\n{now:%Y-%m-%dT%H:%M:%SZ}\n"
    seen = await look(kube, namespace=namespace, server=server, now=now)
    findings = (f"{one.level} {one.subject}: {one.text} {one.fix}" for one in diagnose(seen))
    yield "doctor.txt", "\n".join(map(redacted_line, findings)) + "\n"
    pods: list[Body] = []
    for kind in (*_KINDS, kind_named("Pod"), kind_named("Event")):
        selector = "" if kind.name in {ORCHESTRATOR.name, "Event"} else _OURS
        try:
            listing = kube.list(kind, namespace, selector=selector)
            bodies = [body async for body in listing]
        except KubeError as error:
            yield f"{kind.plural}{_UNREAD}", redacted_line(f"{error}") + "\n"
            continue
        pods = bodies if kind.name == "Pod" else pods
        yield f"{kind.plural}.yaml", to_yaml_documents(map(redacted, bodies))
    for pod in pods:
        name = pod["metadata"]["name"]
        yield f"logs/{name}.log", await _log(kube, namespace, name)


async def _log(kube: PodKube, namespace: str, pod: str) -> str:
    try:
        lines = kube.log_lines(namespace, pod, tailLines=_LOG_LINES)
        return "".join([f"{redacted_line(line)}\n" async for line in lines])
    except KubeError as error:
        return redacted_line(f"({error})") + "\n"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", help="default: podium-support-<date>.tar.gz")
    add_cluster_flags(parser)


async def _run(chosen: argparse.Namespace) -> Answer:
    path = Path(chosen.out or f"podium-support-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz")
    console, missing = Console(stderr=True), 0
    with _bundle(path) as bundle:
        async with connected(chosen.kubeconfig) as kube:
            server = await kube.server_version()
            async for name, text in pages(kube, namespace=chosen.namespace, server=server):
                console.print(f"  {name}", highlight=False, markup=False)
                missing += name.endswith(_UNREAD)
                _add(bundle, f"{path.name.removesuffix('.tar.gz')}/{name}", text.encode())
    lacks = f", {missing} parts could not be read (*{_UNREAD} say why)" if missing else ""
    return Answer(f"{path}: no secret was read{lacks}; look into it before you pass it on")


@contextmanager
def _bundle(path: Path) -> Iterator[tarfile.TarFile]:
    """Open a file that only its owner reads, and that does not stay where it is cut short."""
    try:
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise UnreadableError(f"{path} exists: name another by --out") from error
    except OSError as error:
        raise UnreadableError(f"{path} cannot be written: {error.strerror or error}") from error
    is_whole = False
    try:
        with file, tarfile.open(fileobj=file, mode="w:gz") as bundle:
            yield bundle
        is_whole = True
    except OSError as error:
        raise UnreadableError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        if not is_whole:
            path.unlink(missing_ok=True)


def _add(bundle: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime = len(data), int(datetime.now(UTC).timestamp())
    bundle.addfile(entry, io.BytesIO(data))


SUPPORT_BUNDLE = Verb(
    name="support-bundle",
    help="everything a stranger needs to help, in one file without secrets",
    arguments=_arguments,
    run=_run,
)
