"""Whatever a spec says: security stays, names stay unique, and what is built is the same again."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st
from tests.unit.operator.desired.samples import objects, orchestrator, templates


def _name(item: Any) -> str:
    return str(item["name"])


NAMES = "abcz09"
keys = st.text("abc./-", min_size=1, max_size=12)
words = st.text(max_size=8)
variables: st.SearchStrategy[dict[str, str]] = st.builds(
    lambda name, value: {"name": name, "value": value}, st.text("ABC_", min_size=1), words
)
pod_templates = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.dictionaries(keys, st.text(NAMES, max_size=8), max_size=4),
        "annotations": st.dictionaries(keys, words, max_size=4),
        "env": st.lists(variables, max_size=4, unique_by=_name),
        "affinity": st.dictionaries(
            st.sampled_from(["nodeAffinity", "hostNetwork", "containers"]),
            st.dictionaries(words, words, max_size=2),
        ),
    },
)
pools = st.fixed_dictionaries(
    {
        "name": st.text(NAMES, min_size=1, max_size=16),
        "hardware": st.fixed_dictionaries({"type": st.sampled_from(["cpu", "nvidia"])}),
        "slots": st.integers(1, 64),
        "podTemplate": pod_templates,
    }
)
specs = st.fixed_dictionaries(
    {"pools": st.lists(pools, min_size=1, max_size=3, unique_by=_name)},
    optional={
        "node": st.fixed_dictionaries({"replicas": st.integers(1, 32)}),
        "queue": st.sampled_from(
            [
                {"embedded": {"replicas": 3}},
                {"external": {"servers": ["tls://nats:4222"], "secretName": "nats"}},
            ]
        ),
    },
)


@settings(max_examples=40)
@given(spec=specs)
def test_no_spec_loosens_security(spec: dict[str, Any]) -> None:
    for pod in templates(orchestrator(**spec)).values():
        [container] = pod["spec"]["containers"]

        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & pod["spec"].keys()
        assert {"hostPath", "persistentVolumeClaim"}.isdisjoint(
            key for volume in pod["spec"]["volumes"] for key in volume
        )


@settings(max_examples=40)
@given(spec=specs)
def test_no_spec_takes_a_secret_that_is_not_the_queues_or_the_nodes(spec: dict[str, Any]) -> None:
    subject = orchestrator(**spec)
    allowed = {"home-queue", "home-node", "nats"}

    for pod in templates(subject).values():
        [container] = pod["spec"]["containers"]
        named = {
            source["secret"].get("secretName") or source["secret"]["name"]
            for volume in pod["spec"]["volumes"]
            for source in (volume, *volume.get("projected", {}).get("sources", []))
            if "secret" in source
        }
        assert named <= allowed
        assert [item["name"] for item in container["env"] if "valueFrom" in item] == ["POD_NAME"]
        assert "envFrom" not in container


@settings(max_examples=40)
@given(spec=specs)
def test_no_pods_are_selected_by_two_workloads(spec: dict[str, Any]) -> None:
    workloads = [item for item in objects(orchestrator(**spec)).values() if _is_workload(item)]

    for one in workloads:
        selector = one["spec"]["selector"]["matchLabels"].items()
        matched = [
            other["metadata"]["name"]
            for other in workloads
            if selector <= other["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert matched == [one["metadata"]["name"]]


@settings(max_examples=40)
@given(spec=specs)
def test_building_again_gives_the_same_bytes(spec: dict[str, Any]) -> None:
    first = json.dumps(list(objects(orchestrator(**spec)).values()))

    assert json.dumps(list(objects(orchestrator(**spec)).values())) == first


def _is_workload(item: dict[str, Any]) -> bool:
    return item["kind"] in {"Deployment", "StatefulSet"}
