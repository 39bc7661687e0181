"""The objects a fresh cluster gets from us: DNS, and the runtime class of pretended GPUs.

Pure manifests. Everything else in a new cluster is made by Kubernetes itself.
"""

from pathlib import Path
from typing import Any

from tests.devcluster.layout import API_ADDRESS, DNS_ADDRESS
from tests.devcluster.node import GPU_RUNTIME

__all__ = ["host_path_volume", "objects"]

_DNS_PORTS = (("dns", "UDP"), ("dns-tcp", "TCP"))
_READ = ["list", "watch"]


def objects() -> list[dict[str, Any]]:
    """List the objects, in an order in which they can be applied."""
    return [_dns_role(), _dns_binding(), _dns_service(), _dns_endpoints(), _gpu_runtime()]


def host_path_volume(name: str, path: Path, *, size: str, storage_class: str) -> dict[str, Any]:
    """Build a volume that is a folder of this machine, for a claim that needs one."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": storage_class,
            "hostPath": {"path": str(path), "type": "Directory"},
        },
    }


def _dns_role() -> dict[str, Any]:
    resources = ["endpoints", "services", "pods", "namespaces"]
    rules = [
        {"apiGroups": [""], "resources": resources, "verbs": _READ},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
    ]
    return _rbac("ClusterRole", {"rules": rules})


def _dns_binding() -> dict[str, Any]:
    group = "rbac.authorization.k8s.io"
    role = {"apiGroup": group, "kind": "ClusterRole", "name": "system:coredns"}
    user = {"apiGroup": group, "kind": "User", "name": "system:coredns"}
    return _rbac("ClusterRoleBinding", {"roleRef": role, "subjects": [user]})


def _rbac(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": "system:coredns"}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        **content,
    }


def _dns_service() -> dict[str, Any]:
    # Without a selector: the server is a process of the node, not a pod.
    ports = [{"name": name, "port": 53, "protocol": protocol} for name, protocol in _DNS_PORTS]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "kube-dns",
            "namespace": "kube-system",
            "labels": {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true"},
        },
        "spec": {"clusterIP": DNS_ADDRESS, "ports": ports},
    }


def _dns_endpoints() -> dict[str, Any]:
    ports = [{"name": name, "port": 53, "protocol": protocol} for name, protocol in _DNS_PORTS]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns",
            "namespace": "kube-system",
            "labels": {"kubernetes.io/service-name": "kube-dns"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": [API_ADDRESS], "conditions": {"ready": True}}],
        "ports": ports,
    }


def _gpu_runtime() -> dict[str, Any]:
    return {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": GPU_RUNTIME},
        "handler": GPU_RUNTIME,
    }
