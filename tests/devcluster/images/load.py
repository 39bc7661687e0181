"""Load images into a containerd without a registry, sending only the blobs that it lacks.

containerd takes an archive without the blobs that it has. A rebuilt source is one small layer,
so loading it again costs a fraction of a second.
"""

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.cluster import Cluster
from tests.devcluster.images.layout import Layout
from tests.devcluster.images.recipe import Image
from tests.devcluster.own import OwnMachine
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.run import run

__all__ = ["Containerd", "load", "load_into"]

_NAMESPACE = "k8s.io"
_IMPORT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Containerd:
    """A running containerd: its `ctr` (of the same version), its socket, and how to reach it.

    `enter` is what stands before a command to run it where containerd runs, such as `nsenter …`.
    """

    ctr: Path
    socket: Path
    enter: Sequence[str] = ()

    def command(self, *arguments: str) -> list[str]:
        address = ["--address", str(self.socket), "--namespace", _NAMESPACE]
        return [*self.enter, str(self.ctr), *address, *arguments]


def load(images: Iterable[Image], containerd: Containerd, *, report: Report) -> None:
    """Make images known to the kubelet behind a containerd; those it has are left alone.

    Raises:
        ProgramsError: an import failed.
    """
    for image in images:
        named = _words(containerd.command("images", "list", "--quiet"))
        if image.reference in named:
            continue
        present = _words(containerd.command("content", "list", "--quiet"))
        _import(image, containerd, present)
        report(f"{image.reference}: loaded")


def load_into(cluster: Cluster, images: Iterable[Image], *, report: Report = print) -> None:
    """Load images on every node of a cluster of our own.

    Raises:
        ProgramsError: a foreign cluster, which pulls its images, or a failed import.
    """
    machine, wanted = cluster.machine, list(images)
    if not wanted:
        return
    if not isinstance(machine, OwnMachine):
        raise ProgramsError("a foreign cluster pulls its images: push them where it can")
    for node in sorted(machine.home.root.glob("node-*")):
        load(wanted, Containerd(machine.ctr, node / "containerd.sock"), report=report)


def _import(image: Image, containerd: Containerd, present: set[str]) -> None:
    layout = Layout(image.layout)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            containerd.command("images", "import", "-"),
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        assert process.stdin is not None
        try:
            with process.stdin as archive:
                layout.write_archive(image.reference, archive, omit=present)
        except BrokenPipeError:
            pass  # ctr ended early: its own words below say why
        finally:
            code = _wait(process)
        if code:
            said.seek(0)
            words = said.read().decode(errors="replace").strip()[-1500:]
            raise ProgramsError(f"{image.reference} cannot be loaded: {words}")


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(timeout=_IMPORT_SECONDS)
    finally:
        process.kill()
        process.wait()


def _words(command: Sequence[str]) -> set[str]:
    return set(run(command, limit_seconds=180).split())
