"""Contract 1: whatever the operator can render, the parts' own model takes."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings, strategies as st
from tests.unit.operator.desired.samples import (
    CPU_POOL,
    GPU_POOL,
    objects,
    orchestrator,
    sample,
    template,
)

from podium_operator.api.v1alpha1 import Orchestrator
from podium_worker.settings import parse_settings

SUBJECTS = {
    "the smallest sample": sample("home"),
    "GPUs, three queue servers, two nodes": sample("studio"),
    "an external queue": sample("external-queue"),
    "an external queue without credentials": orchestrator(
        queue={"external": {"servers": ["nats://10.0.0.1:4222", "tls://[fd00::1]:4222"]}}
    ),
    "the longest names": orchestrator(name="o" * 40, pools=[{**CPU_POOL, "name": "p" * 16}]),
}

node_specs = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(1, 32),
        "maxSessions": st.integers(0, 100_000),
        "drainSeconds": st.integers(1, 3600),
        "advertisedAddress": st.sampled_from(
            ["https://n{ordinal}.example.com:443", "https://[2001:db8::1]:8935", "https://{pod}:1"]
        ),
    },
)
pool_specs = st.fixed_dictionaries(
    {
        "name": st.text("abcz09", min_size=1, max_size=16),
        "slots": st.integers(1, 64),
        "encoderProfile": st.sampled_from(["lpms", "fast", "segment"]),
    }
).flatmap(
    lambda pool: st.one_of(
        st.just({**pool, "hardware": CPU_POOL["hardware"]}),
        st.booleans().map(
            lambda falls: {**pool, "hardware": GPU_POOL["hardware"], "fallbackToCpu": falls}
        ),
    )
)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_parts_read_what_the_operator_renders(subject: Orchestrator) -> None:
    for name, document in _rendered(subject).items():
        settings = parse_settings(document, name)

        assert settings.orchestrator == f"media/{subject.name}"
        assert (settings.node is None) is (settings.transcoder is not None)


@settings(max_examples=40, deadline=None)
@given(node=node_specs, pool=pool_specs)
def test_parts_read_every_configuration_a_spec_can_cause(
    node: dict[str, Any], pool: dict[str, Any]
) -> None:
    subject = orchestrator(node=node, pools=[pool])

    documents = _rendered(subject)

    for name, document in documents.items():
        parse_settings(document, name)


@pytest.mark.parametrize(
    ("pool", "profile", "falls_back"),
    [
        pytest.param(CPU_POOL, "segment", False, id="the defaults of both sides agree"),
        pytest.param({**CPU_POOL, "encoderProfile": "lpms"}, "lpms", False, id="another profile"),
        pytest.param({**GPU_POOL, "fallbackToCpu": True}, "segment", True, id="a way out for GPUs"),
    ],
)
def test_a_pools_choices_reach_its_transcoders(
    pool: dict[str, Any], profile: str, *, falls_back: bool
) -> None:
    document = _rendered(orchestrator(pools=[pool]))[f"home-pool-{pool['name']}"]

    read = parse_settings(document, "podium.yaml").transcoder

    assert read is not None
    assert (read.encoder_profile, read.fallback_to_cpu) == (profile, falls_back)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_every_file_the_configuration_names_is_mounted(subject: Orchestrator) -> None:
    built = objects(subject)
    for name, document in _rendered(subject).items():
        kind = "StatefulSet" if name.endswith("-node") else "Deployment"
        files = set(_files(template(built[kind, name])))

        assert {value for key, value in _leaves(document) if key.endswith("File")} <= files
        assert "/etc/podium/config/podium.yaml" in files


def _rendered(subject: Orchestrator) -> dict[str, dict[str, Any]]:
    return {
        name: yaml.safe_load(item["data"]["podium.yaml"])
        for (kind, name), item in objects(subject).items()
        if kind == "ConfigMap" and "podium.yaml" in item["data"]
    }


def _leaves(document: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        leaf
        for key, value in document.items()
        for leaf in (_leaves(value) if isinstance(value, dict) else [(key, value)])
    ]


def _files(pod: dict[str, Any]) -> list[str]:
    """Every path that a mounted Secret's items, or podium.yaml's ConfigMap, put into the pod."""
    [container] = pod["spec"]["containers"]
    folders = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    paths = {
        volume["name"]: [item["path"] for item in volume.get("secret", {}).get("items", [])]
        + (["podium.yaml"] if "configMap" in volume else [])
        for volume in pod["spec"]["volumes"]
    }
    return [f"{folders[name]}/{path}" for name, found in paths.items() for path in found]
