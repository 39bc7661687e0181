"""Everything a cluster reads from files, written before it starts: certificates to plan.

The contents come from the pure modules beside this one; here they only meet their paths.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.devcluster.certificates import Authority, Identity, kubeconfig, write_key_pair
from tests.devcluster.cgroups import Layout
from tests.devcluster.control_plane import (
    Tools,
    audit_policy,
    control_plane,
    corefile,
    proxy_configuration,
)
from tests.devcluster.layout import (
    API_ADDRESS,
    API_PORT,
    DNS_ADDRESS,
    DOMAIN,
    KUBERNETES_SERVICE_ADDRESS,
    Home,
)
from tests.devcluster.node import Node
from tests.devcluster.plan import Plan, Relay, to_json
from tests.devcluster.stage import nsswitch, resolv_conf, stage_commands

from podium_operator.yaml_text import to_yaml

__all__ = ["REPOSITORY", "assemble", "node_identity", "snapshotter_for", "write_node"]

REPOSITORY = Path(__file__).resolve().parents[2]
_INNER_SERVER = f"https://{API_ADDRESS}:{API_PORT}"
_SERVICE_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
_NSSWITCH = Path("/etc/nsswitch.conf")

_IDENTITIES = {
    "apiserver": Identity(
        "kube-apiserver",
        hosts=(
            *_SERVICE_NAMES,
            f"kubernetes.default.svc.{DOMAIN}",
            "localhost",
            "127.0.0.1",
            KUBERNETES_SERVICE_ADDRESS,
            API_ADDRESS,
        ),
    ),
    "admin": Identity("podium-admin", "system:masters"),
    "kubelet-client": Identity("kube-apiserver", "system:masters"),
    "kube-controller-manager": Identity("system:kube-controller-manager"),
    "kube-scheduler": Identity("system:kube-scheduler"),
    "kube-proxy": Identity("system:kube-proxy"),
    "coredns": Identity("system:coredns"),
}
_SPEAKERS = ("kube-controller-manager", "kube-scheduler", "kube-proxy", "coredns")


def assemble(
    home: Home,
    nodes: Sequence[Node],
    *,
    tools: Tools,
    layout: Layout,
    listener: tuple[int, int],
    resolver: Path | None,
) -> None:
    """Write all files of a cluster; `listener` is the relay's descriptor and its port."""
    home.log("x").parent.mkdir(mode=0o700, parents=True)
    home.volumes.mkdir()
    authority = _write_certificates(home, f"https://127.0.0.1:{listener[1]}")
    home.resolv_conf.write_text(resolv_conf(DOMAIN, DNS_ADDRESS))
    if _NSSWITCH.exists():
        home.nsswitch.write_text(nsswitch(_NSSWITCH.read_text()))
    (home.root / "Corefile").write_text(corefile(home))
    (home.root / "audit-policy.yaml").write_text(to_yaml(audit_policy()))
    (home.root / "kube-proxy.yaml").write_text(to_yaml(proxy_configuration(home)))
    for node in nodes:
        write_node(node, authority, layout=layout, cni_folder=tools.programs["cni"])
    kept = (REPOSITORY, Path(sys.prefix), Path(sys.base_prefix), *tools.programs.values())
    plan = Plan(
        control=str(home.control),
        setup=stage_commands(home, len(nodes), resolver=resolver, kept=kept),
        programs=(
            *control_plane(home, tools),
            *(program for node in nodes for program in node.programs(tools)),
        ),
        relay=Relay(listener[0], API_ADDRESS, API_PORT, str(home.log("relay"))),
    )
    home.plan.write_text(to_json(plan))


def _write_certificates(home: Home, outer_server: str) -> Authority:
    folder = home.certificates
    authority = Authority.create(folder, "ca")
    front = Authority.create(folder, "front-proxy-ca")
    front.issue("front-proxy-client", Identity("front-proxy-client"))
    write_key_pair(folder, "service-accounts")
    pairs = {name: authority.issue(name, identity) for name, identity in _IDENTITIES.items()}
    certificate = authority.certificate_file
    for name in _SPEAKERS:
        text = kubeconfig(_INNER_SERVER, certificate, pairs[name])
        (home.root / f"{name}.kubeconfig").write_text(text)
    home.inner_kubeconfig.write_text(kubeconfig(_INNER_SERVER, certificate, pairs["admin"]))
    home.kubeconfig.write_text(kubeconfig(outer_server, certificate, pairs["admin"]))
    return authority


def node_identity(node: Node) -> Identity:
    """Say how a kubelet names itself; the API server's node authorizer reads both names."""
    return Identity(f"system:node:{node.name}", "system:nodes", (node.name, node.address))


def write_node(node: Node, authority: Authority, *, layout: Layout, cni_folder: Path) -> None:
    """Write what one node reads."""
    (node.folder / "cni").mkdir(parents=True)
    snapshotter = snapshotter_for(node.store, Path("/proc/self/mounts").read_text())
    pair = authority.issue(node.name, node_identity(node))
    text = kubeconfig(_INNER_SERVER, authority.certificate_file, pair)
    (node.folder / "kubeconfig").write_text(text)
    for path, content in node.files(layout, cni_folder, snapshotter).items():
        path.write_text(content)


def snapshotter_for(folder: Path, mounts: str) -> str:
    """Choose how containerd stacks layers: an overlay cannot lie on another one (in Docker)."""
    kinds = {line.split()[1]: line.split()[2] for line in mounts.splitlines() if line}
    found = (kinds[str(path)] for path in (folder, *folder.parents) if str(path) in kinds)
    return "native" if next(found, "") == "overlay" else "overlayfs"
