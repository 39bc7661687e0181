"""The cluster that the demo and the tests work on: the one started here, or that of KUBECONFIG.

Both kinds answer to one class. What only a cluster of our own can do (kill its API server, add a
node) raises NotOursError on a foreign one, and a test that needs it asks for `own_cluster`.
"""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.devcluster.bootstrap import host_path_volume
from tests.devcluster.control import find_control
from tests.devcluster.errors import ClusterError
from tests.devcluster.foreign import ForeignMachine
from tests.devcluster.kubectl import Condition, Kubectl, Manifest, Object
from tests.devcluster.layout import foreign_kubeconfig, home
from tests.devcluster.own import OwnMachine
from tests.devcluster.programs import ensure
from tests.devcluster.record import read_record

from podium_operator.yaml_text import to_yaml

__all__ = ["Cluster", "Machine", "connect"]


class Machine(Protocol):
    """What stands behind a cluster: ours on this machine, or a foreign one."""

    @property
    def is_own(self) -> bool: ...
    @property
    def inner_kubeconfig(self) -> Path: ...
    @property
    def volumes(self) -> Path: ...
    def enter_command(self, argv: Sequence[str]) -> list[str]: ...
    def relay(self, address: str, port: int) -> AbstractAsyncContextManager[tuple[str, int]]: ...
    def load_images(self, archives: Iterable[Path]) -> None: ...
    def signal(self, program: str, number: int) -> None: ...
    def stop(self, program: str) -> None: ...
    def start(self, program: str) -> None: ...
    def programs(self) -> dict[str, Any]: ...
    def program_log(self, program: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running Kubernetes, from the outside: kubectl, a way into its network, its programs."""

    tool: Kubectl
    machine: Machine

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig for programs on this machine, outside the cluster's network."""
        return self.tool.kubeconfig

    @property
    def inner_kubeconfig(self) -> Path:
        """The kubeconfig for programs started through `enter_command`."""
        return self.machine.inner_kubeconfig

    @property
    def is_own(self) -> bool:
        """Whether this package started the cluster and may break it."""
        return self.machine.is_own

    @property
    def api_url(self) -> str:
        """The API server's address for programs on this machine."""
        config = self.tool.json("config", "view", "--minify")
        return str(config["clusters"][0]["cluster"]["server"])

    def kubectl(
        self,
        *arguments: str,
        namespace: str | None = None,
        stdin: str | None = None,
        timeout_seconds: float = 120,
    ) -> str:
        """Run kubectl and return what it printed; KubectlError carries its complaint."""
        return self.tool.run(
            *arguments, namespace=namespace, stdin=stdin, timeout_seconds=timeout_seconds
        )

    def kubectl_json(self, *arguments: str, namespace: str | None = None) -> Any:
        """Run kubectl with `-o json` and parse the answer; an empty answer is None."""
        return self.tool.json(*arguments, namespace=namespace)

    def get(self, resource: str, name: str, *, namespace: str | None = None) -> Object | None:
        """Read one object; None when it does not exist."""
        return self.tool.get(resource, name, namespace=namespace)

    def apply(self, manifest: Manifest, *, namespace: str | None = None) -> str:
        """Apply YAML text, a file, an object or a list of objects, on the server's side."""
        return self.tool.apply(manifest, namespace=namespace)

    def delete(self, manifest: Manifest, *, namespace: str | None = None) -> str:
        """Delete what a manifest names, without waiting for its end."""
        return self.tool.delete(manifest, namespace=namespace)

    def wait_for(
        self,
        resource: str,
        name: str,
        condition: Condition,
        *,
        namespace: str | None = None,
        timeout_seconds: float = 120,
    ) -> Object | None:
        """Watch one object until `condition(object or None)` holds; return it as it was then."""
        return self.tool.wait_for(
            resource, name, condition, namespace=namespace, timeout_seconds=timeout_seconds
        )

    @contextmanager
    def namespace(self, prefix: str = "test") -> Iterator[str]:
        """Make a namespace that is ready for pods, and delete it (without waiting) afterwards."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.kubectl("create", "namespace", name)
        try:
            self.wait_for("serviceaccount", "default", bool, namespace=name)
            yield name
        finally:
            self.kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")

    def logs(self, pod: str, *arguments: str, namespace: str | None = None) -> str:
        """Read a pod's log (`arguments` go to `kubectl logs`, such as `--previous`)."""
        return self.kubectl("logs", pod, *arguments, namespace=namespace)

    def enter_command(
        self, argv: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> list[str]:
        """Build the command that runs `argv` where the cluster's addresses and names work.

        On our own cluster that is its network namespace with its DNS in /etc/resolv.conf, this
        machine's files, and the same process id, so that signals reach `argv` itself. On a
        foreign cluster it is `argv` as it stands. `KUBECONFIG` is set to fit.
        """
        values = {"KUBECONFIG": str(self.inner_kubeconfig), **(environment or {})}
        assignments = [f"{name}={value}" for name, value in values.items()]
        return self.machine.enter_command(["env", *assignments, *argv])

    def relay(self, address: str, port: int) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Open a TCP way in: `async with cluster.relay("10.96.3.7", 8935) as (host, port)`.

        `address` is an IP of a Service, pod or node, or a cluster DNS name such as
        `home.default.svc`. The way in listens on 127.0.0.1 and ends with the block.
        """
        return self.machine.relay(address, port)

    def load_images(self, archives: Iterable[Path]) -> None:
        """Import OCI or Docker archives on every node, ready for `imagePullPolicy: Never`."""
        self.machine.load_images(archives)

    def signal(self, program: str, number: int) -> None:
        """Send a signal to a control-plane program, such as `kube-apiserver`; it is restarted.

        Names: `etcd`, `kube-apiserver`, `kube-controller-manager`, `kube-scheduler`, `coredns`,
        `kube-proxy`, and per node `containerd-node-0`, `kubelet-node-0`.
        """
        self.machine.signal(program, number)

    @contextmanager
    def outage(self, program: str) -> Iterator[None]:
        """Keep a control-plane program dead (SIGKILL) for as long as the block runs."""
        self.machine.stop(program)
        try:
            yield
        finally:
            self.machine.start(program)

    def await_api(self, *, timeout_seconds: float = 120) -> None:
        """Wait until the API server is ready, as after its restart; WaitError if it is not."""
        self.tool.await_api(timeout_seconds=timeout_seconds)

    def await_kind(self, resource: str) -> None:
        """Wait until a kind whose definition is established is served, too; WaitError if not."""
        self.tool.await_kind(resource)

    def add_volume(self, size: str, *, storage_class: str = "") -> Path:
        """Add a static volume that is a folder of this machine, and return the folder.

        A claim of that size and storage class (`""`: none at all) gets it.
        """
        path = self.machine.volumes / f"volume-{secrets.token_hex(4)}"
        path.mkdir(mode=0o777)
        path.chmod(0o777)
        self.apply(host_path_volume(path.name, path, size=size, storage_class=storage_class))
        return path

    def programs(self) -> dict[str, Any]:
        """Say of each control-plane program its state, pid and number of restarts."""
        return self.machine.programs()

    def program_log(self, program: str) -> str:
        """Read a control-plane program's whole log."""
        return self.machine.program_log(program)

    def token(self, service_account: str, *, namespace: str, seconds: int = 3600) -> str:
        """Ask the API server for a token of a service account, good for so many seconds."""
        arguments = ("create", "token", service_account, f"--duration={seconds}s")
        return self.kubectl(*arguments, namespace=namespace).strip()

    def kubeconfig_for(self, service_account: str, path: Path, *, namespace: str) -> Path:
        """Write a kubeconfig, for programs on this machine, that speaks as a service account."""
        config = self.kubectl_json("config", "view", "--minify", "--flatten", "--raw")
        token = self.token(service_account, namespace=namespace)
        config["users"][0]["user"] = {"token": token}
        config["contexts"][0]["context"]["namespace"] = namespace
        path.touch(mode=0o600)
        path.write_text(to_yaml(config))
        return path


def connect(environment: Mapping[str, str] = os.environ) -> Cluster:
    """Find the running cluster: that of KUBECONFIG if set, else the one started here.

    ClusterError when there is none; `make up` starts one.
    """
    if given := foreign_kubeconfig(environment):
        return _connect_foreign(given)
    place = home(environment)
    if find_control(place.control) is None:
        raise ClusterError("no cluster is running: `make up` starts one")
    if read_record(place) is None:
        raise ClusterError("the cluster is still starting: `make up` waits for it")
    programs = ensure(("kubectl", "ctr"), report=lambda _: None, environment=environment)
    tool = Kubectl(programs["kubectl"], place.kubeconfig)
    return Cluster(tool, OwnMachine(place, tool, programs["ctr"]))


def _connect_foreign(given: Path) -> Cluster:
    if not given.is_file():
        raise ClusterError(f"KUBECONFIG is {str(given)!r}: name one file that exists")
    programs = ensure(("kubectl",), report=lambda _: None)
    tool = Kubectl(programs["kubectl"], given.resolve())
    return Cluster(tool, ForeignMachine(tool))
