"""What the cluster's programs are given to read, and the commands that set their stage."""

import json
import tomllib
from pathlib import Path

import pytest
import yaml
from tests.devcluster.assembly import snapshotter_for
from tests.devcluster.bootstrap import host_path_volume, objects
from tests.devcluster.cgroups import Layout
from tests.devcluster.control_plane import Tools, control_plane, corefile, proxy_configuration
from tests.devcluster.errors import ClusterError
from tests.devcluster.gates import Gate
from tests.devcluster.layout import Home, home
from tests.devcluster.node import Node
from tests.devcluster.plan import Plan, Program, Relay, from_json, to_json
from tests.devcluster.pretended import kwok_program, pretended_nodes, stages
from tests.devcluster.record import Record, read_record, write_record
from tests.devcluster.request import NodeRequest, Taint
from tests.devcluster.stage import nsswitch, resolv_conf, stage_commands
from tests.devcluster.starting import check_path, search_path

HOME = Home("dev", Path("/c/run/dev"), Path("/c/containerd/dev"), "7f")
NAMES = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "coredns",
    "kubelet",
    "containerd",
    "runc",
    "kwok",
)
TOOLS = Tools({name: Path(f"/b/{name}") for name in NAMES}, "/b:/usr/bin")
V1 = Layout(1, (Path("/sys/fs/cgroup/cpu"),), frozenset())
NODE = Node(1, HOME, NodeRequest({"tier": "gpu"}, (Taint("a", "b", "NoSchedule"),), gpus=2))


@pytest.mark.parametrize(
    ("environment", "root"),
    [
        pytest.param({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/podium/run/dev", id="by default"),
        pytest.param({"PODIUM_CACHE": "/y"}, "/y/run/dev", id="in a cache of one's choice"),
        pytest.param(
            {"PODIUM_CACHE": "/y", "PODIUM_CLUSTER": "two"}, "/y/run/two", id="by another name"
        ),
    ],
)
def test_a_cluster_lives_in_the_cache_by_its_name(environment: dict[str, str], root: str) -> None:
    assert home(environment).root == Path(root)


@pytest.mark.parametrize("name", ["../up", "a/b", "A", "-a", "a.b", "a" * 33, " "])
def test_a_name_that_could_reach_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ClusterError, match="PODIUM_CLUSTER is "):
        home({"PODIUM_CLUSTER": name})


def test_a_cache_too_deep_for_a_socket_is_refused_with_the_fix() -> None:
    deep = home({"PODIUM_CACHE": f"/{'deep/' * 20}"})

    with pytest.raises(ClusterError, match="set PODIUM_CACHE to a shorter one"):
        check_path(deep)
    check_path(HOME)


def test_no_program_of_the_control_plane_listens_beyond_its_network() -> None:
    argv = [word for program in control_plane(HOME, TOOLS) for word in program.argv]

    assert not [word for word in argv if "0.0.0.0" in word]


def test_no_program_gets_a_secret_on_its_command_line() -> None:
    argv = [word for program in control_plane(HOME, TOOLS) for word in program.argv]

    keys = [word for word in argv if "key" in word or "token" in word]
    assert all("-file=/c/run/dev/" in word or "-key=/c/run/dev/" in word for word in keys)


def test_every_program_but_the_store_waits_for_what_it_cannot_start_without() -> None:
    gates = {program.name: program.gates for program in control_plane(HOME, TOOLS)}

    assert [name for name, waited in gates.items() if not waited] == ["etcd"]
    assert gates["kube-controller-manager"][0].url.endswith("/readyz")


def test_dns_answers_for_the_cluster_and_denies_the_rest() -> None:
    blocks = corefile(HOME).split(".:53 {")

    assert blocks[0].startswith("cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {")
    assert "forward" not in corefile(HOME)
    assert "hosts /dev/null" in blocks[1]


def test_the_proxy_leaves_the_whole_machines_settings_alone() -> None:
    assert proxy_configuration(HOME)["conntrack"] == {"maxPerCore": 0}


def test_containerds_configuration_is_toml_with_both_runtimes() -> None:
    files = NODE.files(V1, Path('/odd"place'), "native")

    parsed = tomllib.loads(files[HOME.node(1) / "containerd.toml"])

    runtime = parsed["plugins"]["io.containerd.cri.v1.runtime"]
    assert sorted(runtime["containerd"]["runtimes"]) == ["nvidia", "runc"]
    assert runtime["restrict_oom_score_adj"] is True
    assert runtime["cni"]["bin_dirs"] == ['/odd"place']
    assert parsed["root"] == "/c/containerd/dev/node-1"
    assert parsed["plugins"]["io.containerd.cri.v1.images"]["snapshotter"] == "native"


def test_a_kubelet_keeps_to_its_own_cgroup_address_and_folders() -> None:
    files = NODE.files(V1, Path("/cni"), "overlayfs")

    kubelet = yaml.safe_load(files[HOME.node(1) / "kubelet.yaml"])

    assert kubelet["cgroupRoot"] == "/podium-dev.7f/node-1"
    assert kubelet["address"] == "172.31.255.2"
    assert kubelet["registerWithTaints"] == [{"key": "a", "value": "b", "effect": "NoSchedule"}]
    assert kubelet["failCgroupV1"] is False
    assert kubelet["volumePluginDir"].startswith("/c/run/dev/node-1/")


def test_two_nodes_give_out_different_addresses() -> None:
    def pod_range(index: int) -> object:
        files = Node(index, HOME, NodeRequest()).files(V1, Path("/cni"), "overlayfs")
        network = json.loads(files[HOME.node(index) / "cni" / "podium.conflist"])
        return network["plugins"][0]["ipam"]["ranges"]

    assert [pod_range(index) for index in (0, 1)] == [
        [[{"subnet": "10.244.0.0/24"}]],
        [[{"subnet": "10.244.1.0/24"}]],
    ]


def test_a_nodes_gpus_are_pretended_in_its_status() -> None:
    metadata, status = NODE.patches()

    assert metadata == {"metadata": {"labels": {"tier": "gpu"}}}
    assert status["status"]["allocatable"] == {"nvidia.com/gpu": "2"}


def test_a_plain_node_is_not_patched() -> None:
    assert Node(0, HOME, NodeRequest()).patches() == ({"metadata": {"labels": {}}}, {})


def test_a_plan_reads_back_as_it_was_written() -> None:
    program = Program("a", ("/b/a", "--x"), "/l", (Gate("unix:/s"), Gate("tcp://h:1")), {"P": "q"})
    plan = Plan("/control", (("ip", "link"),), (program,), Relay(3, "10.0.0.1", 6443, "/r"))

    assert from_json(to_json(plan)) == plan


def test_a_record_reads_back_and_its_absence_is_told(tmp_path: Path) -> None:
    place = Home("dev", tmp_path, tmp_path)
    record = Record(16443, "7f", 2, 20, 11.5)
    assert read_record(place) is None

    write_record(place, record)

    assert read_record(place) == record


def test_private_folders_are_mounted_over_the_machines_own() -> None:
    commands = [" ".join(c) for c in stage_commands(HOME, 1, resolver=None, kept=[])]

    assert "mount -t tmpfs -o mode=755 podium /run" in commands
    assert commands[-1].startswith("sh -c echo 1 > /proc/sys/net/ipv4/ip_forward")


@pytest.mark.parametrize("kept", [Path("/var/lib/jenkins/.cache"), Path("/run/user/0/cache")])
def test_a_folder_that_is_needed_is_not_hidden(kept: Path) -> None:
    commands = stage_commands(HOME, 1, resolver=None, kept=[kept])

    hidden = [Path(command[-1]) for command in commands if command[:2] == ("mount", "-t")]
    assert not [folder for folder in hidden if kept.is_relative_to(folder)]


@pytest.mark.parametrize(
    ("resolver", "made"),
    [
        pytest.param(Path("/etc/resolv.conf"), 0, id="a plain file is covered as it is"),
        pytest.param(
            Path("/run/systemd/resolve/stub-resolv.conf"), 2, id="one below /run is made first"
        ),
    ],
)
def test_the_resolvers_file_is_covered_wherever_it_lies(resolver: Path, made: int) -> None:
    commands = stage_commands(HOME, 1, resolver=resolver, kept=[])

    assert ("mount", "--bind", "/c/run/dev/resolv.conf", str(resolver)) in commands
    assert len([c for c in commands if c[-1] in {str(resolver), str(resolver.parent)}]) == made + 1


def test_names_are_asked_of_dns_alone() -> None:
    text = nsswitch("passwd: files\nhosts: resolve [!UNAVAIL=return] files\n")

    assert text.splitlines() == ["passwd: files", "hosts: files dns"]


def test_a_program_inside_resolves_as_a_pod_does() -> None:
    text = resolv_conf("cluster.local", "10.96.0.10")

    assert "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc" in text


@pytest.mark.parametrize(
    ("mounts", "snapshotter"),
    [
        pytest.param("/dev/a / ext4 rw 0 0\n", "overlayfs", id="on a disk layers overlay"),
        pytest.param("o / overlay rw 0 0\n", "native", id="on an overlay they are copied"),
        pytest.param(
            "o / overlay rw 0 0\n/dev/a /c ext4 rw 0 0\n",
            "overlayfs",
            id="a volume in a container is a disk",
        ),
    ],
)
def test_layers_are_stacked_as_the_file_system_can(mounts: str, snapshotter: str) -> None:
    assert snapshotter_for(Path("/c/containerd"), mounts) == snapshotter


def test_programs_find_the_shim_beside_containerd_first() -> None:
    assert search_path(TOOLS.programs).startswith("/b:/usr/local/sbin:")


def test_first_objects_bring_names_to_the_address_that_pods_ask() -> None:
    kinds = {item["kind"]: item for item in objects()}

    assert kinds["Service"]["spec"]["clusterIP"] == "10.96.0.10"
    assert "selector" not in kinds["Service"]["spec"]
    assert kinds["EndpointSlice"]["endpoints"][0]["addresses"] == ["172.31.255.1"]


def test_a_volume_names_its_folder_and_stays_when_released() -> None:
    volume = host_path_volume("v", Path("/c/v"), size="1Gi", storage_class="fast")

    assert volume["spec"]["hostPath"] == {"path": "/c/v", "type": "Directory"}
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"


def test_pretended_nodes_take_only_pods_that_tolerate_them() -> None:
    nodes = pretended_nodes(2)

    assert [node["metadata"]["name"] for node in nodes] == ["pretended-0", "pretended-1"]
    assert all(node["spec"]["taints"][0]["effect"] == "NoSchedule" for node in nodes)
    assert "--manage-nodes-with-label-selector=podium.video/pretended=true" in (
        kwok_program(HOME, TOOLS).argv
    )


def test_pretended_pods_have_a_beginning_and_an_end() -> None:
    rules = list(yaml.safe_load_all(stages()))

    assert [rule["metadata"]["name"] for rule in rules] == ["node-ready", "pod-ready", "pod-gone"]
