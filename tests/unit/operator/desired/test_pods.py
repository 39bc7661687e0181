"""Pods: restricted security whatever the spec says, resources, probes, placement, endings."""

from typing import Any

import pytest
from tests.unit.operator.desired.samples import (
    CPU_POOL,
    GPU_POOL,
    objects,
    orchestrator,
    sample,
    template,
    templates,
)

from podium_operator.api.v1alpha1 import Orchestrator
from podium_operator.desired.grace import node_grace_seconds

SUBJECTS = {name: sample(name) for name in ("home", "studio", "external-queue")}
POOL = ("Deployment", "home-pool-cpu")
GPU = ("Deployment", "home-pool-gpu")


def _container(pod: dict[str, Any]) -> dict[str, Any]:
    [only] = pod["spec"]["containers"]
    found: dict[str, Any] = only
    return found


def _pool(**changes: Any) -> dict[str, Any]:
    return templates(orchestrator(pools=[{**CPU_POOL, **changes}]))[POOL]


def _gpu(**changes: Any) -> dict[str, Any]:
    return templates(orchestrator(pools=[{**GPU_POOL, **changes}]))[GPU]


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_every_pod_keeps_the_restricted_profile(subject: Orchestrator) -> None:
    for pod in templates(subject).values():
        spec, security = pod["spec"], pod["spec"]["securityContext"]
        own = _container(pod)["securityContext"]

        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] == 65532
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & spec.keys()
        for volume in spec["volumes"]:
            assert set(volume) - {"name"} <= {"configMap", "secret", "emptyDir", "projected"}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_every_container_is_probed_and_limited_in_memory(subject: Orchestrator) -> None:
    for pod in templates(subject).values():
        own = _container(pod)

        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= own.keys()
        assert "memory" in own["resources"]["limits"]
        assert "cpu" in own["resources"]["requests"]


def test_only_scratch_and_data_are_writable() -> None:
    for pod in templates(sample("studio")).values():
        writable = {
            mount["mountPath"]
            for mount in _container(pod)["volumeMounts"]
            if not mount.get("readOnly")
        }

        assert writable <= {"/tmp", "/dev/shm", "/data"}  # noqa: S108


def test_no_pod_mounts_the_authoritys_key() -> None:
    assert "ca.key" not in repr(templates(sample("studio")))


@pytest.mark.parametrize(
    ("pod", "command"),
    [
        pytest.param(("StatefulSet", "home-node"), ["podium-worker", "node"], id="node"),
        pytest.param(POOL, ["podium-worker", "transcoder"], id="transcoder"),
        pytest.param(
            ("StatefulSet", "home-queue"),
            ["nats-server", "--config", "/etc/nats/nats.conf", "--name", "$(POD_NAME)"],
            id="queue",
        ),
    ],
)
def test_each_part_runs_its_program_from_the_one_image(
    pod: tuple[str, str], command: list[str]
) -> None:
    own = _container(templates(sample("home"))[pod])

    assert own["command"][: len(command)] == command
    assert own["image"] == "registry.test/podium-worker:1"


@pytest.mark.parametrize(
    ("changes", "requests", "limits"),
    [
        pytest.param(
            {"slots": 3},
            {"cpu": "3", "memory": "1024Mi"},
            {"cpu": "3", "memory": "2048Mi"},
            id="a core per slot",
        ),
        pytest.param(
            {"slots": 2, "resources": {"requests": {"cpu": "500m"}}},
            {"cpu": "500m", "memory": "768Mi"},
            {"cpu": "2", "memory": "1536Mi"},
            id="a smaller request shares the machine",
        ),
        pytest.param(
            {"resources": {"requests": {"cpu": 2}}},
            {"cpu": "2", "memory": "512Mi"},
            {"cpu": "2", "memory": "1024Mi"},
            id="a larger request raises the default limit",
        ),
        pytest.param(
            {"resources": {"limits": {"memory": "300Mi"}}},
            {"cpu": "1", "memory": "300Mi"},
            {"cpu": "1", "memory": "300Mi"},
            id="a smaller limit lowers the default request",
        ),
    ],
)
def test_cpu_pools_reserve_what_their_slots_need(
    changes: dict[str, Any], requests: dict[str, str], limits: dict[str, str]
) -> None:
    resources = _container(_pool(**changes))["resources"]

    assert resources == {"requests": requests, "limits": limits}


def test_gpu_pools_get_the_device_and_its_video_engines() -> None:
    hardware = {"type": "nvidia", "resource": "nvidia.com/mig-1g.5gb", "count": 2}
    pod = _gpu(hardware={**hardware, "runtimeClassName": "nvidia"})
    own = _container(pod)

    assert own["resources"]["limits"]["nvidia.com/mig-1g.5gb"] == "2"
    assert {"name": "NVIDIA_DRIVER_CAPABILITIES", "value": "compute,video,utility"} in own["env"]
    assert pod["spec"]["runtimeClassName"] == "nvidia"
    assert pod["spec"]["tolerations"] == [
        {"key": "nvidia.com/mig-1g.5gb", "operator": "Exists", "effect": "NoSchedule"}
    ]
    assert "cpu" not in own["resources"]["limits"]


def test_cpu_pools_know_nothing_of_gpus() -> None:
    assert "nvidia" not in repr(_pool())


def test_a_toleration_for_the_gpu_is_not_doubled() -> None:
    own = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}

    assert _gpu(tolerations=[own])["spec"]["tolerations"] == [own]


def test_what_a_pool_asks_for_reaches_its_pods() -> None:
    affinity: dict[str, Any] = {
        "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}
    }
    pod = _pool(
        nodeSelector={"disk": "ssd"},
        tolerations=[{"key": "spot", "operator": "Exists", "tolerationSeconds": 5}],
        podTemplate={
            "labels": {"team": "video"},
            "annotations": {"example.com/note": "x"},
            "env": [{"name": "TZ", "value": "UTC"}],
            "priorityClassName": "video",
            "affinity": affinity,
        },
    )

    assert pod["spec"]["nodeSelector"] == {"disk": "ssd"}
    assert pod["spec"]["tolerations"] == [
        {"key": "spot", "operator": "Exists", "tolerationSeconds": 5}
    ]
    assert pod["spec"]["priorityClassName"] == "video"
    assert pod["spec"]["affinity"] == affinity
    assert pod["metadata"]["labels"]["team"] == "video"
    assert pod["metadata"]["annotations"]["example.com/note"] == "x"
    assert {"name": "TZ", "value": "UTC"} in _container(pod)["env"]


def test_a_pools_labels_cannot_replace_the_operators() -> None:
    given = {"app.kubernetes.io/instance": "another", "podium.video/pool": "another"}
    pod = _pool(podTemplate={"labels": given, "annotations": {"podium.video/config-hash": "x"}})

    assert pod["metadata"]["labels"]["app.kubernetes.io/instance"] == "home"
    assert pod["metadata"]["labels"]["podium.video/pool"] == "cpu"
    assert pod["metadata"]["annotations"]["podium.video/config-hash"] != "x"


@pytest.mark.parametrize(
    ("pod", "least_seconds"),
    [
        pytest.param(("StatefulSet", "home-node"), 75 + 1080, id="a node drains and answers"),
        pytest.param(POOL, 1080, id="a transcoder finishes the longest segment"),
        pytest.param(("StatefulSet", "home-queue"), 36, id="a queue server hands over"),
    ],
)
def test_pods_have_the_time_their_ending_takes(pod: tuple[str, str], least_seconds: int) -> None:
    grace = templates(sample("home"))[pod]["spec"]["terminationGracePeriodSeconds"]

    assert grace >= least_seconds


def test_a_longer_drain_gets_a_longer_grace() -> None:
    pod = templates(orchestrator(node={"drainSeconds": 300}))["StatefulSet", "home-node"]

    assert pod["spec"]["terminationGracePeriodSeconds"] == node_grace_seconds(300)


def test_only_a_queue_of_several_hands_over_before_it_ends() -> None:
    one = template(objects(sample("home"))["StatefulSet", "home-queue"])
    three = template(objects(sample("studio"))["StatefulSet", "studio-queue"])

    assert "lifecycle" not in _container(one)
    assert _container(three)["lifecycle"]["preStop"]["exec"]["command"] == [
        "nats-server",
        "--signal",
        "ldm=/tmp/nats.pid",
    ]


@pytest.mark.parametrize(
    ("key", "pools", "expected"),
    [
        pytest.param(POOL, [CPU_POOL], {"maxSurge": 1, "maxUnavailable": 0}, id="cpu: new first"),
        pytest.param(GPU, [GPU_POOL], {"maxSurge": 0, "maxUnavailable": 1}, id="gpu: old first"),
    ],
)
def test_rollouts_fit_the_hardware(
    key: tuple[str, str], pools: list[Any], expected: dict[str, int]
) -> None:
    deployment = objects(orchestrator(pools=pools))[key]

    assert deployment["spec"]["strategy"]["rollingUpdate"] == expected


def test_replicas_are_the_scalers() -> None:
    deployment = objects(sample("home"), replicas={"cpu": 3})[POOL]

    assert deployment["spec"]["replicas"] == 3


def test_a_pool_without_a_number_is_an_error_not_a_guess() -> None:
    with pytest.raises(KeyError, match="cpu"):
        objects(sample("home"), replicas={})
