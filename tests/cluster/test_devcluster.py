"""What a cluster started here can do: pods, names, Services, ways in, and its own repair.

Every test here needs programs of this machine inside a pod, so all are for our own cluster.
"""

import asyncio
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.devcluster import Cluster, ClusterError, KubectlError, connect
from tests.devcluster.borrowed_tools import PYTHON, tools_pod
from tests.devcluster.kubectl import Object
from tests.devcluster.readiness import is_node_ready
from tests.support.patience import look_until, until

pytestmark = pytest.mark.cluster

WEB = f"exec {PYTHON} -m http.server 8080 --directory /usr/share"


@pytest.fixture
def web(own_cluster: Cluster, namespace: str) -> str:
    """A pod that serves HTTP, behind a Service `web` and a headless one `peers`."""
    pod = tools_pod("web-0", WEB, labels={"app": "web"}, hostname="web-0", subdomain="peers")
    probe = {"httpGet": {"port": 8080}, "periodSeconds": 1}
    pod["spec"]["containers"][0]["readinessProbe"] = probe
    services = [_service("web", {}), _service("peers", {"clusterIP": "None"})]
    own_cluster.apply([pod, *services], namespace=namespace)
    own_cluster.wait_for("pod", "web-0", _is_ready, namespace=namespace)
    # The cluster's DNS learns of a Ready pod a moment later.
    name = f"web-0.peers.{namespace}.svc"
    look_until(lambda: _is_name(own_cluster, name), f"{name} resolves", every_seconds=0.1)
    return namespace


def test_a_node_of_a_new_enough_kubernetes_is_ready(own_cluster: Cluster) -> None:
    node = own_cluster.get("node", "node-0")

    assert is_node_ready(node)
    version = own_cluster.kubectl_json("version")["serverVersion"]
    assert (int(version["major"]), int(version["minor"])) >= (1, 35)


def test_a_pod_runs_and_its_log_and_a_command_inside_it_work(
    own_cluster: Cluster, namespace: str
) -> None:
    pod = tools_pod("speaker", "echo spoken; exec sleep 60")

    own_cluster.apply(pod, namespace=namespace)
    own_cluster.wait_for("pod", "speaker", _is_ready, namespace=namespace)

    # It runs, and so is ready, before it speaks.
    said = look_until(lambda: own_cluster.logs("speaker", namespace=namespace), "it speaks")
    assert said == "spoken\n"
    said = own_cluster.kubectl("exec", "speaker", "--", "hostname", namespace=namespace)
    assert said == "speaker\n"


def test_names_of_services_and_of_pods_behind_headless_ones_resolve_in_a_pod(
    own_cluster: Cluster, web: str
) -> None:
    names = (f"web.{web}.svc", "web", f"web-0.peers.{web}.svc.cluster.local")
    service = own_cluster.kubectl_json("get", "service", "web", namespace=web)
    pod = own_cluster.kubectl_json("get", "pod", "web-0", namespace=web)
    addresses = [service["spec"]["clusterIP"]] * 2 + [pod["status"]["podIP"]]

    found = [_resolve_in_pod(own_cluster, web, name) for name in names]

    assert found == addresses


def test_a_name_outside_the_cluster_does_not_exist(own_cluster: Cluster, web: str) -> None:
    with pytest.raises(KubectlError, match="exit code 2"):
        _resolve_in_pod(own_cluster, web, "podium.example.org")


def test_a_program_entering_the_network_resolves_names_and_keeps_its_process_id(
    own_cluster: Cluster, web: str
) -> None:
    script = f"echo $$; getent ahostsv4 web-0.peers.{web}.svc"
    command = own_cluster.enter_command(["sh", "-c", script])

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate(timeout=120)

    pod = own_cluster.kubectl_json("get", "pod", "web-0", namespace=web)
    assert said.split()[:2] == [str(process.pid), pod["status"]["podIP"]]


def test_a_program_entering_the_network_leaves_this_machines_resolver_alone(
    own_cluster: Cluster,
) -> None:
    before = Path("/etc/resolv.conf").read_bytes()
    command = own_cluster.enter_command(["cat", "/etc/resolv.conf"])

    inside = subprocess.run(command, capture_output=True, check=True).stdout

    assert b"10.96.0.10" in inside
    assert Path("/etc/resolv.conf").read_bytes() == before


async def test_a_relay_leads_to_a_service_by_address_and_by_name(
    own_cluster: Cluster, web: str
) -> None:
    service = await asyncio.to_thread(
        own_cluster.kubectl_json, "get", "service", "web", namespace=web
    )

    for address in (service["spec"]["clusterIP"], f"web.{web}.svc"):
        async with own_cluster.relay(address, 8080) as (host, port):
            assert host == "127.0.0.1"
            assert (await _get_in_time(host, port)).startswith(b"HTTP/1.0 200 OK\r\n")


async def test_a_foreign_clusters_relay_goes_through_its_api_server(
    own_cluster: Cluster, web: str, tmp_path: Path
) -> None:
    copy = tmp_path / "kubeconfig"
    copy.write_bytes(own_cluster.kubeconfig.read_bytes())
    foreign = connect({"KUBECONFIG": str(copy)})
    service = await asyncio.to_thread(foreign.kubectl_json, "get", "service", "web", namespace=web)
    names = (f"web.{web}.svc", service["spec"]["clusterIP"], f"web-0.peers.{web}.svc")

    for name in names:
        async with foreign.relay(name, 8080) as (host, port):
            assert (await _get_in_time(host, port)).startswith(b"HTTP/1.0 200 OK\r\n")
    assert not foreign.is_own


async def test_a_relay_to_nobody_ends_the_connection(own_cluster: Cluster) -> None:
    async with own_cluster.relay("10.96.0.1", 9) as (host, port):
        assert await _get(host, port) == b""


async def test_a_relay_to_an_unknown_name_is_refused(own_cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match=r"knows no 'nobody\.default\.svc'"):
        async with own_cluster.relay("nobody.default.svc", 1):
            pass


def test_a_pod_asking_for_a_pretended_resource_waits_where_there_is_none(
    own_cluster: Cluster, namespace: str
) -> None:
    pod = tools_pod("greedy", "true")
    pod["spec"]["containers"][0]["resources"] = {"limits": {"example.org/none": "1"}}

    own_cluster.apply(pod, namespace=namespace)

    seen = own_cluster.wait_for("pod", "greedy", _is_unschedulable, namespace=namespace)
    assert seen is not None


def test_a_killed_api_server_comes_back_with_what_it_knew(
    own_cluster: Cluster, namespace: str
) -> None:
    restarts = own_cluster.programs()["kube-apiserver"]["restarts"]

    own_cluster.signal("kube-apiserver", signal.SIGKILL)

    own_cluster.await_api()
    assert own_cluster.get("namespace", namespace) is not None
    assert own_cluster.programs()["kube-apiserver"]["restarts"] > restarts


def test_pods_are_still_scheduled_after_an_outage_of_the_api_server(
    own_cluster: Cluster, namespace: str
) -> None:
    with own_cluster.outage("kube-apiserver"):
        with pytest.raises(KubectlError):
            own_cluster.kubectl("get", "nodes", "--request-timeout=2s")
        assert own_cluster.programs()["kube-apiserver"]["state"] == "stopped"

    own_cluster.await_api()
    own_cluster.apply(tools_pod("later", "exec sleep 60"), namespace=namespace)
    own_cluster.wait_for("pod", "later", _is_ready, namespace=namespace)


def test_an_unknown_program_is_refused_by_name(own_cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match="no program 'postgres'"):
        own_cluster.signal("postgres", signal.SIGTERM)


def test_a_service_accounts_kubeconfig_may_only_what_the_account_may(
    own_cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    path = own_cluster.kubeconfig_for("default", tmp_path / "config", namespace=namespace)

    with pytest.raises(KubectlError, match=f"system:serviceaccount:{namespace}:default"):
        own_cluster.kubectl("--kubeconfig", str(path), "get", "secrets")
    assert path.stat().st_mode & 0o077 == 0


def test_a_static_volume_holds_what_a_pod_wrote(own_cluster: Cluster, namespace: str) -> None:
    volume = own_cluster.add_volume("1Mi", storage_class=namespace)
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "kept"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": namespace,
            "resources": {"requests": {"storage": "1Mi"}},
        },
    }
    pod = tools_pod("writer", "echo kept > /data/word", restartPolicy="Never")
    pod["spec"]["volumes"].append({"name": "d", "persistentVolumeClaim": {"claimName": "kept"}})
    pod["spec"]["containers"][0]["volumeMounts"].append({"name": "d", "mountPath": "/data"})

    own_cluster.apply([claim, pod], namespace=namespace)

    own_cluster.wait_for("pod", "writer", _has_succeeded, namespace=namespace)
    assert (volume / "word").read_text() == "kept\n"


def _service(name: str, spec: dict[str, Any]) -> Object:
    port = {"port": 8080}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": "web"}, "ports": [port], **spec},
    }


def _conditions(pod: Object | None) -> dict[str, str]:
    found = (pod or {}).get("status", {}).get("conditions", [])
    return {condition["type"]: condition["status"] for condition in found}


def _is_ready(pod: Object | None) -> bool:
    return _conditions(pod).get("Ready") == "True"


def _is_unschedulable(pod: Object | None) -> bool:
    return _conditions(pod).get("PodScheduled") == "False"


def _has_succeeded(pod: Object | None) -> bool:
    return pod is not None and pod["status"].get("phase") == "Succeeded"


def _is_name(cluster: Cluster, name: str) -> bool:
    command = cluster.enter_command(["getent", "ahostsv4", name])
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _resolve_in_pod(cluster: Cluster, namespace: str, name: str) -> str:
    command = ("exec", "web-0", "--", "getent", "ahostsv4", name)
    return cluster.kubectl(*command, namespace=namespace).split()[0]


async def _get_in_time(host: str, port: int) -> bytes:
    """Ask until there is an answer: a Service learns of a Ready pod a moment later."""
    answer = b""

    async def is_answered() -> bool:
        nonlocal answer
        answer = await _get(host, port)
        return bool(answer)

    await until(is_answered, "an answer")
    return answer


async def _get(host: str, port: int) -> bytes:
    """Ask for a page, and read until the other side ends; empty when it says nothing."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET / HTTP/1.0\r\n\r\n")
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()
