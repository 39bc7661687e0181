"""The control plane as a list of programs: flags, order and what each waits for.

Pure: from the folders of a cluster and the paths of the programs to values. Flags that only a
test wants (no fsync, a fast HPA) are marked; the others are what any cluster has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.gates import Gate
from tests.devcluster.layout import (
    API_ADDRESS,
    API_PORT,
    DOMAIN,
    POD_RANGE,
    SERVICE_RANGE,
    Home,
    node_name,
)
from tests.devcluster.plan import Program

__all__ = [
    "AUDIT",
    "Tools",
    "api_gate",
    "audit_policy",
    "control_plane",
    "corefile",
    "proxy_configuration",
]

AUDIT = "audit"
"""The name of the log of requests by service accounts, beside the programs' own logs."""


_ETCD = "127.0.0.1:2379"
_ETCD_PEERS = "http://127.0.0.1:2380"
# On the cluster's own tmpfs: gone with it, and quick.
_ETCD_DATA = "/run/etcd"
_COREDNS_READY_PORT = 8181


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are; `path` is the PATH that all of them run with."""

    programs: Mapping[str, Path]
    path: str

    def __getitem__(self, name: str) -> str:
        return str(self.programs[name])


def api_gate(home: Home) -> Gate:
    """Open when the API server is ready, asked from inside the cluster's network."""
    folder = home.certificates
    return Gate(
        f"https://{API_ADDRESS}:{API_PORT}/readyz",
        authority=str(folder / "ca.crt"),
        certificate=str(folder / "admin.crt"),
        key=str(folder / "admin.key"),
    )


def control_plane(home: Home, tools: Tools) -> tuple[Program, ...]:
    """List the programs of which there is one, however many nodes there are."""
    return (
        _program(home, tools, "etcd", _etcd_flags(), ()),
        _program(home, tools, "kube-apiserver", _api_flags(home), (Gate(f"tcp://{_ETCD}"),)),
        # It exits when it meets no ready API server; the others would only back off and be late.
        _program(home, tools, "kube-controller-manager", _controller_flags(home)),
        _program(home, tools, "kube-scheduler", _scheduler_flags(home)),
        # Refused until its role is there, it would ask again only after seconds.
        _program(
            home,
            tools,
            "coredns",
            {"conf": str(home.root / "Corefile")},
            (Gate(f"file:{home.objects_applied}"), api_gate(home)),
            dash="-",
        ),
        _program(home, tools, "kube-proxy", {"config": str(home.root / "kube-proxy.yaml")}),
    )


def corefile(home: Home) -> str:
    """Configure the cluster's DNS. Names from outside do not exist: the cluster has no way out."""
    kubeconfig = home.root / "coredns.kubeconfig"
    # Two blocks: within one, `hosts` would answer for the cluster's names too, and first.
    return f"""\
{DOMAIN}:53 in-addr.arpa:53 ip6.arpa:53 {{
  bind {API_ADDRESS}
  errors
  ready {API_ADDRESS}:{_COREDNS_READY_PORT}
  kubernetes {DOMAIN} in-addr.arpa ip6.arpa {{
    kubeconfig {kubeconfig}
    pods verified
    ttl 1
  }}
  loadbalance
}}
.:53 {{
  bind {API_ADDRESS}
  errors
  hosts /dev/null
}}
"""


def audit_policy() -> dict[str, object]:
    """Have the requests of service accounts noted: who asked what, and what was answered.

    The cluster's own controllers are left out, and whoever holds a certificate.
    """
    of_controllers = ["system:serviceaccounts:kube-system"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "None", "userGroups": of_controllers},
            {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
            {"level": "None"},
        ],
    }


def coredns_gate() -> Gate:
    """Open when the DNS server has read the cluster's Services."""
    return Gate(f"http://{API_ADDRESS}:{_COREDNS_READY_PORT}/ready")


def proxy_configuration(home: Home) -> dict[str, object]:
    """Configure kube-proxy. One serves every node here: they share a network namespace."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        # The default, a second, is how long a new pod's Service goes on refusing.
        "nftables": {"minSyncPeriod": "100ms"},
        "clientConnection": {"kubeconfig": str(home.root / "kube-proxy.kubeconfig")},
        "clusterCIDR": POD_RANGE,
        "detectLocalMode": "ClusterCIDR",
        "hostnameOverride": node_name(0),
        # The table's size belongs to the whole machine, not to a network namespace.
        "conntrack": {"maxPerCore": 0},
    }


def _program(
    home: Home,
    tools: Tools,
    name: str,
    flags: Mapping[str, str],
    gates: tuple[Gate, ...] | None = None,
    *,
    dash: str = "--",
) -> Program:
    argv = [tools[name]]
    for flag, value in flags.items():
        argv += [f"{dash}{flag}", value] if dash == "-" else [f"{dash}{flag}={value}"]
    return Program(
        name=name,
        argv=tuple(argv),
        log=str(home.log(name)),
        gates=(api_gate(home),) if gates is None else gates,
        environment={"PATH": tools.path},
    )


def _etcd_flags() -> dict[str, str]:
    return {
        "data-dir": _ETCD_DATA,
        "listen-client-urls": f"http://{_ETCD}",
        "advertise-client-urls": f"http://{_ETCD}",
        "listen-peer-urls": _ETCD_PEERS,
        "initial-advertise-peer-urls": _ETCD_PEERS,
        "initial-cluster": f"default={_ETCD_PEERS}",
        # Nothing here outlives the machine's memory: waiting for a disk buys nothing.
        "unsafe-no-fsync": "true",
        "log-level": "warn",
    }


def _api_flags(home: Home) -> dict[str, str]:
    folder = home.certificates
    return {
        "etcd-servers": f"http://{_ETCD}",
        "bind-address": API_ADDRESS,
        "advertise-address": API_ADDRESS,
        "secure-port": str(API_PORT),
        "tls-cert-file": f"{folder}/apiserver.crt",
        "tls-private-key-file": f"{folder}/apiserver.key",
        "client-ca-file": f"{folder}/ca.crt",
        "service-account-issuer": f"https://kubernetes.default.svc.{DOMAIN}",
        "service-account-key-file": f"{folder}/service-accounts.pub",
        "service-account-signing-key-file": f"{folder}/service-accounts.key",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-cluster-ip-range": SERVICE_RANGE,
        "allow-privileged": "true",
        "requestheader-client-ca-file": f"{folder}/front-proxy-ca.crt",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "proxy-client-cert-file": f"{folder}/front-proxy-client.crt",
        "proxy-client-key-file": f"{folder}/front-proxy-client.key",
        "enable-aggregator-routing": "true",
        "kubelet-certificate-authority": f"{folder}/ca.crt",
        "kubelet-client-certificate": f"{folder}/kubelet-client.crt",
        "kubelet-client-key": f"{folder}/kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP",
        "profiling": "false",
        "audit-policy-file": f"{home.root}/audit-policy.yaml",
        "audit-log-path": str(home.log(AUDIT)),
        "audit-log-maxsize": "100",
        "audit-log-maxbackup": "1",
    }


def _controller_flags(home: Home) -> dict[str, str]:
    folder = home.certificates
    kubeconfig = f"{home.root}/kube-controller-manager.kubeconfig"
    return {
        **_reads_cluster_with(kubeconfig),
        "use-service-account-credentials": "true",
        "service-account-private-key-file": f"{folder}/service-accounts.key",
        "root-ca-file": f"{folder}/ca.crt",
        "cluster-signing-cert-file": f"{folder}/ca.crt",
        "cluster-signing-key-file": f"{folder}/ca.key",
        "service-cluster-ip-range": SERVICE_RANGE,
        # It would make the default folder, on the machine's own disk.
        "flex-volume-plugin-dir": f"{home.root}/volume-plugins",
        # It makes a service account and a token for each controller before the first one starts:
        # with the default, 20 requests a second, that takes three seconds longer.
        "kube-api-qps": "200",
        "kube-api-burst": "400",
        # The default, 15 s, makes every test of an HPA that much longer.
        "horizontal-pod-autoscaler-sync-period": f"{home.hpa_sync_seconds}s",
    }


def _scheduler_flags(home: Home) -> dict[str, str]:
    return _reads_cluster_with(f"{home.root}/kube-scheduler.kubeconfig")


def _reads_cluster_with(kubeconfig: str) -> dict[str, str]:
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
        "profiling": "false",
    }
