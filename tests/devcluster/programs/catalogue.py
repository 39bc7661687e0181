"""The programs a cluster needs, by the upstream release that brings them.

Versions, addresses and build recipes live in this table and nowhere else. It describes; it
neither fetches nor builds. `ensure` reads it. A new version is changed here and in the bundle's
`go/<name>/go.mod`, then `go mod tidy` there (Kubernetes: its `replace` lines too).
"""

import hashlib
import json
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["BUNDLES", "Bundle", "Release", "Report", "machine"]

Report = Callable[[str], None]

_MODULES = Path(__file__).parent / "go"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# The commits' own times, not the build's: two builds of one version are the same bytes.
_KUBERNETES = "1.36.4"
_KUBERNETES_DATE = "2026-08-20T11:51:43Z"


@dataclass(frozen=True, slots=True)
class Release:
    """One file that upstream publishes. `{v}` and `{arch}` stand for version and machine.

    `members` maps a program to its path in the archive; a release without members is the
    program itself. A release without a published checksum does not belong in the table.
    """

    url: str
    checksum_url: str
    members: dict[str, str]

    def filled(self, version: str, arch: str) -> "Release":
        def fill(text: str) -> str:
            return text.replace("{v}", version).replace("{arch}", arch)

        members = {name: fill(path) for name, path in self.members.items()}
        return Release(fill(self.url), fill(self.checksum_url), members)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Programs of one upstream version, cached together in one folder.

    `packages` maps each file to build to its Go package; where one file serves several
    `programs`, `links` names it. `is_rare`: no cluster needs it, only who asks for it by name.
    """

    name: str
    version: str
    programs: tuple[str, ...]
    packages: dict[str, str]
    releases: tuple[Release, ...] = ()
    links: str = ""
    tags: tuple[str, ...] = ()
    stamps: dict[str, str] = field(default_factory=dict)
    minutes: float = 1.0
    is_rare: bool = False

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def module(self) -> Path:
        return _MODULES / self.name

    def recipe(self) -> str:
        """Identify what a build would be made of; a build of another recipe is stale."""
        digest = hashlib.sha256(json.dumps([self.packages, self.tags, self.stamps]).encode())
        for path in sorted(self.module.glob("*")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def machine() -> str:
    """Name this machine as Go and the upstream releases do."""
    return _MACHINES.get(platform.machine(), platform.machine())


def _kubernetes_stamps() -> dict[str, str]:
    major, minor, _ = _KUBERNETES.split(".")
    values = {
        "gitVersion": f"v{_KUBERNETES}",
        "gitMajor": major,
        "gitMinor": minor,
        "gitCommit": "unknown",
        "gitTreeState": "clean",
        "buildDate": _KUBERNETES_DATE,
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return {f"{package}.{name}": value for package in packages for name, value in values.items()}


def _kubernetes_release(program: str) -> Release:
    url = f"https://dl.k8s.io/v{{v}}/bin/linux/{{arch}}/{program}"
    return Release(url, f"{url}.sha256", {program: ""})


def _github(project: str, file: str) -> str:
    return f"https://github.com/{project}/releases/download/v{{v}}/{file}"


_KUBERNETES_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
)
_CONTAINERD_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")
_CONTAINERD = "github.com/containerd/containerd"
_CONTAINERD_FILE = "containerd-static-{v}-linux-{arch}.tar.gz"
_COREDNS_FILE = "coredns_{v}_linux_{arch}.tgz"

BUNDLES: tuple[Bundle, ...] = (
    Bundle(
        name="kubernetes",
        version=_KUBERNETES,
        programs=_KUBERNETES_PROGRAMS,
        packages={"kubernetes": "."},
        links="kubernetes",
        releases=tuple(map(_kubernetes_release, _KUBERNETES_PROGRAMS)),
        stamps=_kubernetes_stamps(),
        minutes=6,
    ),
    Bundle(
        name="etcd",
        version="3.6.8",
        programs=("etcd",),
        packages={"etcd": "go.etcd.io/etcd/server/v3"},
        releases=(
            Release(
                _github("etcd-io/etcd", "etcd-v{v}-linux-{arch}.tar.gz"),
                _github("etcd-io/etcd", "SHA256SUMS"),
                {"etcd": "etcd-v{v}-linux-{arch}/etcd"},
            ),
        ),
    ),
    Bundle(
        name="containerd",
        version="2.4.2",
        programs=_CONTAINERD_PROGRAMS,
        packages={name: f"{_CONTAINERD}/v2/cmd/{name}" for name in _CONTAINERD_PROGRAMS},
        releases=(
            Release(
                _github("containerd/containerd", _CONTAINERD_FILE),
                _github("containerd/containerd", f"{_CONTAINERD_FILE}.sha256sum"),
                {name: f"bin/{name}" for name in _CONTAINERD_PROGRAMS},
            ),
        ),
        tags=("no_btrfs", "no_devmapper", "no_zfs"),
        stamps={f"{_CONTAINERD}/v2/version.Version": "v2.4.2"},
        minutes=2,
    ),
    Bundle(
        name="coredns",
        version="1.15.0",
        programs=("coredns",),
        packages={"coredns": "."},
        releases=(
            Release(
                _github("coredns/coredns", _COREDNS_FILE),
                _github("coredns/coredns", f"{_COREDNS_FILE}.sha256"),
                {"coredns": "coredns"},
            ),
        ),
        minutes=2,
    ),
    # Upstream publishes no checksums of kwok, and pause only as an image: these are built.
    Bundle(
        name="kwok",
        version="0.8.0",
        programs=("kwok",),
        packages={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        stamps={"sigs.k8s.io/kwok/pkg/consts.Version": "v0.8.0"},
    ),
    # KEDA's manifests are read from its module in Go's own cache (`tests/devcluster/keda.py`).
    Bundle(
        name="keda",
        version="2.21.0",
        programs=("keda", "keda-adapter"),
        packages={
            "keda": "github.com/kedacore/keda/v2/cmd/operator",
            "keda-adapter": "github.com/kedacore/keda/v2/cmd/adapter",
        },
        stamps={"github.com/kedacore/keda/v2/version.Version": "2.21.0"},
        minutes=8,
        is_rare=True,
    ),
    Bundle(name="pause", version="1", programs=("pause",), packages={"pause": "."}, minutes=0.2),
)
