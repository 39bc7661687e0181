"""Nodes and pods that only exist: kwok says of them what a kubelet would, and runs nothing.

For tests of scale. Pure: the nodes, and the rules by which kwok lets their pods live. Only pods
that tolerate the nodes' taint land there.
"""

from tests.devcluster.control_plane import Tools, api_gate
from tests.devcluster.kubectl import Object
from tests.devcluster.layout import Home
from tests.devcluster.plan import Program

from podium_operator.yaml_text import to_yaml_documents

__all__ = [
    "PRETENDED",
    "STARTS_BY",
    "STARTS_IN",
    "kwok_program",
    "pretended_nodes",
    "stages",
]

# Label and taint of such nodes.
PRETENDED = "podium.video/pretended"
# Annotations of a pod that takes its time: how long, and at most how long ("90s", "105s").
STARTS_IN, STARTS_BY = "pretended.test/starts-in", "pretended.test/starts-by"
_POD_RANGE = "10.250.0.0/16"
_CAPACITY = {"cpu": "32", "memory": "256Gi", "pods": "110", "nvidia.com/gpu": "8"}

_NODE_STATUS = """\
conditions:
- type: Ready
  status: "True"
  reason: KubeletReady
  message: pretended
  lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
"""
_POD_STATUS = """\
phase: Running
startTime: {{ Now | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
conditions:
{{ range $type := list "PodScheduled" "Initialized" "ContainersReady" "Ready" }}
- type: {{ $type }}
  status: "True"
  lastTransitionTime: {{ Now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: pretended
  ready: true
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ Now | Quote }}}}
{{ end }}
"""


def kwok_program(home: Home, tools: Tools) -> Program:
    """Build the program that plays kubelet for every pretended node."""
    return Program(
        name="kwok",
        argv=(
            tools["kwok"],
            f"--kubeconfig={home.inner_kubeconfig}",
            f"--config={home.root}/kwok.yaml",
            f"--manage-nodes-with-label-selector={PRETENDED}=true",
            f"--cidr={_POD_RANGE}",
            "--node-lease-duration-seconds=40",
        ),
        log=str(home.log("kwok")),
        gates=(api_gate(home),),
        environment={"PATH": tools.path},
    )


def pretended_nodes(count: int) -> list[Object]:
    """Build the nodes, each as large as a real GPU server."""
    return [_node(f"pretended-{index}") for index in range(count)]


def stages() -> str:
    """Build kwok's rules: nodes become ready at once, pods when they say; deleted pods go."""
    ready = '.status.conditions.[] | select( .type == "Ready" ) | .status'
    rules = (
        ("node-ready", "Node", [(ready, "NotIn", ["True"])], {"statusTemplate": _NODE_STATUS}),
        (
            "pod-ready",
            "Pod",
            [
                (".metadata.deletionTimestamp", "DoesNotExist", None),
                (".status.phase", "In", ["Pending"]),
            ],
            {"statusTemplate": _POD_STATUS},
            {
                "durationMilliseconds": 0,
                "durationFrom": {"jq": {"expression": f'.metadata.annotations["{STARTS_IN}"]'}},
                "jitterDurationFrom": {
                    "jq": {"expression": f'.metadata.annotations["{STARTS_BY}"]'}
                },
            },
        ),
        (
            "pod-gone",
            "Pod",
            [(".metadata.deletionTimestamp", "Exists", None)],
            {"finalizers": {"empty": True}, "delete": True},
        ),
    )
    return to_yaml_documents(_stage(*rule) for rule in rules)


def _stage(
    name: str,
    kind: str,
    selector: list[tuple[str, str, list[str] | None]],
    then: Object,
    delay: Object | None = None,
) -> Object:
    expressions = [
        {"key": key, "operator": operator, **({"values": values} if values else {})}
        for key, operator, values in selector
    ]
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": expressions},
            **({"delay": delay} if delay else {}),
            "next": then,
        },
    }


def _node(name: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {PRETENDED: "true", "kubernetes.io/hostname": name},
        },
        "spec": {"taints": [{"key": PRETENDED, "value": "true", "effect": "NoSchedule"}]},
        "status": {"capacity": _CAPACITY, "allocatable": _CAPACITY},
    }
