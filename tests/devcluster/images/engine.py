"""The engines that can build an image: buildah, which needs no daemon, or podman or docker.

Each turns a build into argument lists and leaves the result in our OCI layout. Nothing here
decides what to build.
"""

import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.devcluster.images.base import Base
from tests.devcluster.images.layout import Layout
from tests.devcluster.images.recipe import REPOSITORY
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.host import ensure_packages, find
from tests.devcluster.programs.run import run, succeeds

__all__ = ["Buildah", "Docker", "Engine", "build_arguments", "find_engine", "unwanted"]

_BUILD_SECONDS = 1800
_OURS = "localhost/podium-"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


class Engine(Protocol):
    """Builds one target of the Dockerfile, and exports what it built."""

    def build(self, target: str, reference: str, base: Base, secrets: Mapping[str, Path]) -> None:
        """Build and tag; raises ProgramsError with the last lines."""

    def export(self, reference: str, layout: Layout) -> None:
        """Put a built image into a layout."""

    def forget(self, keep: Collection[str], base: Base) -> None:
        """Remove the project's other images, and what only they were made of."""


def find_engine(storage: Path, *, report: Report) -> Engine:
    """Choose buildah where this is root, else a docker or podman that answers."""
    if os.geteuid() == 0 and (find("buildah") or not _answering()):
        ensure_packages(["buildah"], report=report)
        return Buildah(storage)
    if program := _answering():
        return Docker(program)
    raise ProgramsError("no way to build images: run as root (buildah), or start docker or podman")


def build_arguments(
    target: str, reference: str, base: Mapping[str, str], secrets: Mapping[str, Path]
) -> list[str]:
    """Compose what every engine is told alike."""
    arguments = [f"--target={target}", f"--tag={reference}", "--network=host"]
    arguments += [f"--build-arg={name}={value}" for name, value in sorted(base.items())]
    arguments += [f"--build-arg={name}" for name in _PROXIES if name in os.environ]
    arguments += [f"--secret=id={name},src={path}" for name, path in sorted(secrets.items())]
    return [*arguments, f"--file={REPOSITORY / 'Dockerfile'}", str(REPOSITORY)]


def unwanted(tagged: Iterable[str], keep: Collection[str], base: Base) -> list[str]:
    """List the project's images that are neither kept nor the base of the next build."""
    kept = {*keep, *(_base_reference(base, variant) for variant in _archives(base))}
    return [name for name in tagged if name.startswith(_OURS) and name not in kept]


@dataclass(frozen=True, slots=True)
class Buildah:
    """buildah with a storage of our own, steps run by chroot: works where containers cannot."""

    storage: Path

    def build(self, target: str, reference: str, base: Base, secrets: Mapping[str, Path]) -> None:
        names = {variant: self._import(base, variant) for variant in _archives(base)}
        command = [*self._buildah("build"), "--layers", "--isolation=chroot", "--pull-never"]
        if not names:
            command = [*self._buildah("build"), "--layers", "--isolation=chroot"]
        _run([*command, *build_arguments(target, reference, names or _named(base), secrets)])

    def export(self, reference: str, layout: Layout) -> None:
        missing = [d for d in self._layers(reference) if not layout.blob(d).exists()]
        # buildah leaves blobs alone that are there, but compresses the others, which takes far
        # longer than a source layer's worth: the large ones come raw, by a folder of their own.
        if len(missing) > 1:
            self._export_raw(reference, layout)
        else:
            target = f"oci:{layout.root}:{reference}"
            _run([*self._buildah("push"), "--quiet", reference, target])

    def forget(self, keep: Collection[str], base: Base) -> None:
        for reference in unwanted(self._tagged(), keep, base):
            # One that a container still uses stays, and is asked for again after the next build.
            succeeds([*self._buildah("rmi"), reference], limit_seconds=60)

    def _tagged(self) -> list[str]:
        return _run([*self._buildah("images"), "--format={{.Name}}:{{.Tag}}"]).split()

    def _export_raw(self, reference: str, layout: Layout) -> None:
        layout.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=layout.root.parent) as folder:
            place = Path(folder)
            push = ["--quiet", "--disable-compression", reference, f"dir:{place}"]
            _run([*self._buildah("push"), *push])
            layout.adopt((place / "manifest.json").read_bytes(), place, reference)

    def _layers(self, reference: str) -> list[str]:
        command = [*self._buildah("inspect"), "--type=image", reference]
        layers: list[str] = json.loads(_run(command))["OCIv1"]["rootfs"]["diff_ids"]
        return layers

    def _import(self, base: Base, variant: str) -> str:
        reference = _base_reference(base, variant)
        if reference in self._tagged():
            return reference
        container = _run([*self._buildah("from"), "scratch"]).strip()
        archive = str(_archives(base)[variant])
        _run([*self._buildah("add"), "--quiet", container, archive, "/"])
        _run([*self._buildah("config"), "--env=LC_ALL=C.UTF-8", container])
        _run([*self._buildah("commit"), "--quiet", "--rm", container, reference])
        return reference

    def _buildah(self, verb: str) -> list[str]:
        program = find("buildah") or Path("buildah")
        storage = [f"--root={self.storage}", "--runroot=/run/podium-containers"]
        return [str(program), *storage, verb]


@dataclass(frozen=True, slots=True)
class Docker:
    """docker 25 or newer, or podman: whichever daemon or program answered."""

    program: str

    def build(self, target: str, reference: str, base: Base, secrets: Mapping[str, Path]) -> None:
        names = {variant: self._import(base, variant) for variant in _archives(base)}
        arguments = build_arguments(target, reference, names or _named(base), secrets)
        _run([self.program, "build", *arguments], environment={"DOCKER_BUILDKIT": "1"})

    def export(self, reference: str, layout: Layout) -> None:
        layout.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=layout.root.parent) as folder:
            archive, place = Path(folder) / "image.tar", Path(folder) / "image"
            how = ["--format=oci-archive"] if self.program == "podman" else []
            _run([self.program, "save", *how, f"--output={archive}", reference])
            with tarfile.open(archive) as tar:
                tar.extractall(place, filter="data")
            self._adopt(place, reference, layout)

    def forget(self, keep: Collection[str], base: Base) -> None:
        tagged = _run([self.program, "images", "--format={{.Repository}}:{{.Tag}}"]).split()
        for reference in unwanted(tagged, keep, base):
            succeeds([self.program, "rmi", reference], limit_seconds=60)

    def _adopt(self, place: Path, reference: str, layout: Layout) -> None:
        try:
            index = json.loads((place / "index.json").read_text())
            digest = index["manifests"][0]["digest"].removeprefix("sha256:")
        except (OSError, LookupError) as error:
            raise ProgramsError(f"{self.program} saves no OCI layout: use 25 or newer") from error
        blobs = place / "blobs" / "sha256"
        layout.adopt((blobs / digest).read_bytes(), blobs, reference)

    def _import(self, base: Base, variant: str) -> str:
        reference = _base_reference(base, variant)
        if not succeeds([self.program, "image", "inspect", reference], limit_seconds=180):
            _run([self.program, "import", str(_archives(base)[variant]), reference])
        return reference


def _archives(base: Base) -> dict[str, Path]:
    archives = {"BASE_IMAGE": base.run_archive, "BUILD_IMAGE": base.build_archive}
    return {name: path for name, path in archives.items() if path}


def _named(base: Base) -> dict[str, str]:
    return {"BASE_IMAGE": base.identity}


def _base_reference(base: Base, variant: str) -> str:
    return f"{_OURS}{variant.lower().replace('_', '-')}:{base.identity}"


def _answering() -> str:
    programs = (name for name in ("docker", "podman") if shutil.which(name))
    return next((name for name in programs if succeeds([name, "info"], limit_seconds=30)), "")


def _run(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> str:
    whole = {**os.environ, **(environment or {})}
    return run(command, limit_seconds=_BUILD_SECONDS, environment=whole)
