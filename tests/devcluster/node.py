"""A node as files and programs: containerd with runc, and a kubelet.

Pure. Nodes share one network namespace: each has its own address, range of pod addresses,
cgroup, containerd and kubelet, and so behaves as a machine of its own to the control plane.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.cgroups import Layout
from tests.devcluster.control_plane import Tools, api_gate
from tests.devcluster.gates import Gate
from tests.devcluster.kubectl import Object
from tests.devcluster.layout import (
    DNS_ADDRESS,
    DOMAIN,
    Home,
    node_address,
    node_name,
    node_pod_range,
)
from tests.devcluster.plan import Program
from tests.devcluster.request import NodeRequest

from podium_operator.yaml_text import to_yaml

__all__ = ["GPU_RESOURCE", "GPU_RUNTIME", "PAUSE_IMAGE", "Node"]

PAUSE_IMAGE = "localhost/pause:3.10.1"
GPU_RUNTIME = "nvidia"
GPU_RESOURCE = "nvidia.com/gpu"

# A developer's disk is often fuller than a node's may be: only the last percent counts.
_EVICTION = {
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "nodefs.inodesFree": "1%",
    "imagefs.available": "1%",
    "imagefs.inodesFree": "1%",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a cluster, by its index from 0."""

    index: int
    home: Home
    request: NodeRequest

    @property
    def name(self) -> str:
        return node_name(self.index)

    @property
    def address(self) -> str:
        return node_address(self.index)

    @property
    def cgroup(self) -> str:
        return f"{self.home.cgroup}/{self.name}"

    @property
    def store(self) -> Path:
        """Where containerd keeps images and layers."""
        return self.home.images(self.index)

    @property
    def folder(self) -> Path:
        return self.home.node(self.index)

    def files(self, layout: Layout, cni_folder: Path, snapshotter: str) -> dict[Path, str]:
        """Build what containerd, the CNI plugins and kubelet read."""
        containerd = self._containerd_configuration(cni_folder, snapshotter)
        return {
            self.folder / "containerd.toml": containerd,
            self.folder / "cni" / "podium.conflist": json.dumps(self._network(), indent=1),
            self.folder / "kubelet.yaml": to_yaml(self._kubelet_configuration(layout)),
        }

    def programs(self, tools: Tools) -> tuple[Program, ...]:
        """List what runs on the node."""
        return (
            self._program("containerd", tools, (f"--config={self.folder}/containerd.toml",), ()),
            self._program(
                "kubelet",
                tools,
                (
                    f"--config={self.folder}/kubelet.yaml",
                    f"--kubeconfig={self.folder}/kubeconfig",
                    f"--root-dir={self.folder}/kubelet",
                    f"--hostname-override={self.name}",
                    f"--node-ip={self.address}",
                ),
                (api_gate(self.home), Gate(f"file:{self.home.images_ready(self.index)}")),
            ),
        )

    def patches(self) -> tuple[Object, Object]:
        """Build what a Node object gets once it exists: labels, and pretended GPUs in status."""
        metadata: Object = {"metadata": {"labels": self.request.labels}}
        if not self.request.gpus:
            return metadata, {}
        gpus = {GPU_RESOURCE: str(self.request.gpus)}
        return metadata, {"status": {"capacity": gpus, "allocatable": gpus}}

    def _program(
        self, program: str, tools: Tools, flags: tuple[str, ...], gates: tuple[Gate, ...]
    ) -> Program:
        name = f"{program}-{self.name}"
        return Program(
            name=name,
            argv=(tools[program], *flags),
            log=str(self.home.log(name)),
            gates=gates,
            environment={"PATH": tools.path},
        )

    def _containerd_configuration(self, cni_folder: Path, snapshotter: str) -> str:
        # JSON strings are TOML strings: quoting them so keeps a path with a quote in it whole.
        def quoted(value: object) -> str:
            return json.dumps(str(value), ensure_ascii=False)

        runtimes = "".join(_runtime(name) for name in ("runc", GPU_RUNTIME))
        return f"""\
version = 3
root = {quoted(self.store)}
state = "/run/containerd-{self.name}"

[grpc]
address = {quoted(self.home.containerd_socket(self.index))}

[plugins.'io.containerd.cri.v1.images']
snapshotter = "{snapshotter}"

[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "{PAUSE_IMAGE}"

[plugins.'io.containerd.cri.v1.runtime']
# Without CAP_SYS_RESOURCE (containers, small VMs) no process may lower its own score.
restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = [{quoted(cni_folder)}]
conf_dir = {quoted(self.folder / "cni")}

[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
{runtimes}"""

    def _network(self) -> dict[str, object]:
        """Build the CNI configuration: one routed link to each pod.

        Not a bridge: between two pods on one bridge a Service's answer would go around the
        machine's address translation, unless the kernel has br_netfilter.
        """
        link = {
            "type": "ptp",
            "ipMasq": False,
            "ipam": {
                "type": "host-local",
                "dataDir": f"/run/cni-{self.name}",
                "ranges": [[{"subnet": node_pod_range(self.index)}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
        return {"cniVersion": "1.0.0", "name": self.name, "plugins": [link]}

    def _kubelet_configuration(self, layout: Layout) -> dict[str, object]:
        folder = self.home.certificates
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "address": self.address,
            "healthzPort": 0,
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": f"{folder}/ca.crt"},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": f"{folder}/{self.name}.crt",
            "tlsPrivateKeyFile": f"{folder}/{self.name}.key",
            "containerRuntimeEndpoint": f"unix://{self.home.containerd_socket(self.index)}",
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self.cgroup}",
            "enforceNodeAllocatable": ["pods"],
            "failSwapOn": False,
            "makeIPTablesUtilChains": False,
            "clusterDNS": [DNS_ADDRESS],
            "clusterDomain": DOMAIN,
            "resolvConf": "",
            "podLogsDir": f"{self.folder}/pod-logs",
            "volumePluginDir": f"{self.folder}/volume-plugins",
            "registerWithTaints": [taint.manifest() for taint in self.request.taints],
            "evictionHard": _EVICTION,
            # Images come from archives and could not be had again: never collect them.
            "imageGCHighThresholdPercent": 100,
            # The default, a minute, is how long a changed Secret takes to reach its pod.
            "syncFrequency": "10s",
            **layout.kubelet_settings(),
        }


def _runtime(name: str) -> str:
    place = f"[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.{name}"
    return f"""
{place}]
runtime_type = "io.containerd.runc.v2"

{place}.options]
SystemdCgroup = false
"""
