"""Where the cluster keeps its files, and the addresses it uses in its own network.

Pure values. Every address lies in a network namespace of the cluster's own: none can meet one
of this machine's.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.errors import ClusterError
from tests.devcluster.programs.cache import cache_root

__all__ = [
    "API_ADDRESS",
    "API_PORT",
    "DNS_ADDRESS",
    "DOMAIN",
    "KUBERNETES_SERVICE_ADDRESS",
    "POD_RANGE",
    "SERVICE_RANGE",
    "Home",
    "foreign_kubeconfig",
    "home",
    "node_address",
    "node_name",
    "node_pod_range",
]

API_ADDRESS = "172.31.255.1"
API_PORT = 6443
SERVICE_RANGE = "10.96.0.0/16"
KUBERNETES_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
DOMAIN = "cluster.local"
POD_RANGE = "10.244.0.0/16"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")


def node_name(index: int) -> str:
    return f"node-{index}"


def node_address(index: int) -> str:
    return f"172.31.255.{index + 1}"


def node_pod_range(index: int) -> str:
    return f"10.244.{index}.0/24"


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one cluster, by its name. `root` is gone after `down`; `store` stays.

    `generation` tells one start from the next, so that whoever cleans up after the last one
    cannot touch what the next has made.
    """

    name: str
    root: Path
    store: Path
    generation: str = ""
    hpa_sync_seconds: int = 2

    @property
    def control(self) -> Path:
        """The first process's control socket."""
        return self.root / "control"

    @property
    def plan(self) -> Path:
        return self.root / "plan.json"

    @property
    def record(self) -> Path:
        """What `up` notes of a finished start; absent while it is under way."""
        return self.root / "record.json"

    @property
    def objects_applied(self) -> Path:
        """Made when the cluster's first objects are there: its DNS waits for them."""
        return self.root / "objects-applied"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @property
    def kubeconfig(self) -> Path:
        """For programs on this machine, through the relay on 127.0.0.1."""
        return self.root / "kubeconfig"

    @property
    def inner_kubeconfig(self) -> Path:
        """For programs inside the cluster's network namespace."""
        return self.root / "inner.kubeconfig"

    @property
    def resolv_conf(self) -> Path:
        return self.root / "resolv.conf"

    @property
    def nsswitch(self) -> Path:
        return self.root / "nsswitch.conf"

    @property
    def lock(self) -> Path:
        """Held by whoever starts or ends the cluster."""
        return self.root.parent / f"{self.name}.lock"

    @property
    def users(self) -> Path:
        """Held, shared, by every test session that uses the cluster."""
        return self.root.parent / f"{self.name}.users"

    @property
    def pause_archive(self) -> Path:
        return self.root / "pause.tar"

    @property
    def volumes(self) -> Path:
        """The folders behind static hostPath volumes."""
        return self.root / "volumes"

    @property
    def cgroup(self) -> str:
        """The cgroup, below the root of each hierarchy, that holds all of one start's."""
        return f"{self.cgroup_prefix}{self.generation}"

    @property
    def cgroup_prefix(self) -> str:
        """What the cgroups of every start of this cluster begin with."""
        return f"podium-{self.name}."

    def log(self, program: str) -> Path:
        return self.root / "logs" / f"{program}.log"

    def node(self, index: int) -> Path:
        return self.root / node_name(index)

    def images_ready(self, index: int) -> Path:
        """Made when containerd is clean and has the sandbox image: kubelet waits for it."""
        return self.node(index) / "images-ready"

    def containerd_socket(self, index: int) -> Path:
        return self.node(index) / "containerd.sock"

    def images(self, index: int) -> Path:
        """Containerd's root: it outlives the cluster so that the next one has its images."""
        return self.store / node_name(index)


def foreign_kubeconfig(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Find the kubeconfig of somebody else's cluster that KUBECONFIG names, if it names one.

    Our own cluster's is none: `up` tells a person to export it.
    """
    given = environment.get("KUBECONFIG")
    if not given or Path(given).resolve() == home(environment).kubeconfig.resolve():
        return None
    return Path(given)


def home(environment: Mapping[str, str] = os.environ) -> Home:
    """Find the folders of the cluster named by PODIUM_CLUSTER, `dev` by default."""
    name = environment.get("PODIUM_CLUSTER") or "dev"
    if not _NAME.fullmatch(name):
        message = f"PODIUM_CLUSTER is {name!r}: use up to 32 of a-z, 0-9 and -, such as 'dev'"
        raise ClusterError(message)
    root = cache_root(environment)
    return Home(name, root / "run" / name, root / "containerd" / name)
