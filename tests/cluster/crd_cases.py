"""Specs that a real API server takes, and those it refuses, with the field and the fix it names."""

from typing import Any

__all__ = ["ACCEPTED", "CPU", "REFUSED", "chain", "endpoints", "pool"]

CPU: dict[str, Any] = {"name": "cpu", "hardware": {"type": "cpu"}}
GPU: dict[str, Any] = {"name": "gpu", "hardware": {"type": "nvidia"}}
IMAGE = "registry.example.com/podium-worker"
WHO, COLD = f"0x{'11' * 20}", f"0x{'22' * 20}"
TERMS: dict[str, Any] = {"rewardCutPercent": 10, "serviceURI": "https://o.example.com:8935"}


def chain(**changes: Any) -> dict[str, Any]:
    """Return a spec that is on chain, with some of it changed."""
    rpc = {"endpoints": [{"name": "own", "url": "http://rpc.example.com:8547/"}]}
    return {"chain": {"address": WHO, "rpc": rpc, **changes}}


def endpoints(*found: dict[str, Any]) -> dict[str, Any]:
    """Return one that reaches the chain so."""
    return chain(rpc={"endpoints": [*found]})


def pool(**changes: Any) -> dict[str, Any]:
    """Return a spec of one pool, with some of it changed."""
    return {"pools": [{**CPU, **changes}]}


ACCEPTED = {
    "twelve lines": {},
    "a pool of fixed size": pool(scale={"min": 3}),
    "a pool that may go to zero": pool(scale={"min": 0, "max": 4, "inWindowSeconds": 0}),
    "an overflow pool by price": {
        "pools": [
            {**CPU, "scale": {"min": 1, "surgePercent": 50, "costUsdPerHour": "0.71"}},
            {**CPU, "name": "o", "scale": {"max": 2, "role": "overflow", "standbyUsdPerHour": "1"}},
        ],
        "budgetUsdPerHour": "12.50",
    },
    "pods at known times": pool(
        scale={"schedules": [{"cron": "0 17 * * 5", "durationSeconds": 3600, "pods": 6}]}
    ),
    "an image by tag": {"image": {"repository": IMAGE, "tag": "1.2.3", "pullSecrets": ["a"]}},
    "an image by digest": {"image": {"repository": IMAGE, "digest": f"sha256:{'a' * 64}"}},
    "whole numbers and quantities": pool(
        resources={"requests": {"cpu": 2, "memory": "1Gi"}, "limits": {"cpu": "2500m"}}
    ),
    "three queue servers": {"queue": {"embedded": {"replicas": 3}}},
    "an external queue": {"queue": {"external": {"servers": ["nats://10.0.0.1:4222"]}}},
    "nodes behind names": {
        "node": {"replicas": 3, "advertisedAddress": "https://n{ordinal}.example.com:443"}
    },
    "a node behind an IPv6 address": {"node": {"advertisedAddress": "https://[2001:db8::1]:1"}},
    "GPUs that may fall back": {
        "pools": [{**GPU, "fallbackToCpu": True, "encoderProfile": "fast"}]
    },
    "everything a pod may get": pool(
        tolerations=[{"key": "spot", "operator": "Exists"}],
        nodeSelector={"disk": "ssd"},
        podTemplate={
            "labels": {"team": "video"},
            "annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
            "env": [{"name": "TZ", "value": "UTC"}],
            "priorityClassName": "video",
            "affinity": {"nodeAffinity": {"anything": ["goes", 1]}},
        },
    ),
    "paused and deleted": {"paused": True, "deletionPolicy": "Delete"},
    "on chain, signed elsewhere": chain(),
    "on chain, everything said": chain(
        network="custom",
        controller=COLD,
        chainId=31337,
        blockSeconds=1,
        signer={
            "keystore": {
                "secretRef": {"name": "key", "key": "keystore.json"},
                "passwordSecretRef": {"name": "password", "key": "password"},
            }
        },
        approval="Auto",
        gas={"capGwei": "0.5", "hardCapGwei": "2", "budgetEthPerDay": "0.01"},
        registration={
            **TERMS,
            "feeCutPercent": 95.5,
            "selfBondLpt": "5000",
            "cutChange": {"announceRounds": 0},
        },
        rewards={
            "caller": {"address": COLD, "signer": {"remote": {"url": "https://s.example.com"}}},
            "lptPriceEth": "0.002",
            "belowProfit": "Skip",
        },
        sweep={"to": COLD, "lptAbove": "100", "feesAboveEth": "0.1"},
    ),
    "leaving for good": chain() | {"deletionPolicy": "Unbond"},
    "one of many clusters": chain(role="Endpoint"),
}

REFUSED = {
    "a stake to leave with, off-chain": (
        {"deletionPolicy": "Unbond"},
        "spec.deletionPolicy",
        "set deletionPolicy to Retain or Delete",
    ),
    "a custom network without its Controller": (
        chain(network="custom"),
        "spec.chain",
        "set chain.controller and chain.chainId",
    ),
    "a Controller for Arbitrum": (
        chain(controller=COLD),
        "spec.chain",
        "set chain.network to custom",
    ),
    "an Endpoint that registers": (
        chain(role="Endpoint", registration={**TERMS, "feeSharePercent": 5}),
        "spec.chain",
        "set chain.role to Primary",
    ),
    "fees split twice": (
        chain(registration={**TERMS, "feeSharePercent": 5, "feeCutPercent": 95}),
        "spec.chain.registration",
        "set either feeSharePercent",
    ),
    "fees split by nothing": (
        chain(registration=TERMS),
        "spec.chain.registration",
        "set either feeSharePercent",
    ),
    "more than all of the rewards": (
        chain(registration={**TERMS, "rewardCutPercent": 101, "feeSharePercent": 5}),
        "spec.chain.registration.rewardCutPercent",
        "less than or equal to 100",
    ),
    "money as a number": (
        chain(gas={"budgetEthPerDay": 0.01}),
        "spec.chain.gas.budgetEthPerDay",
        "must be of type string",
    ),
    "a hard cap alone": (
        chain(gas={"hardCapGwei": "2"}),
        "spec.chain.gas.hardCapGwei",
        "set gas.capGwei",
    ),
    "two keys for one signature": (
        chain(
            signer={
                "remote": {"url": "https://signer.example.com"},
                "keystore": {
                    "secretRef": {"name": "key", "key": "a"},
                    "passwordSecretRef": {"name": "key", "key": "b"},
                },
            }
        ),
        "spec.chain.signer",
        "remove either keystore or remote",
    ),
    "an endpoint without a URL": (
        endpoints({"name": "own"}),
        "spec.chain.rpc.endpoints[0]",
        "set either url, or urlSecretRef",
    ),
    "two endpoints of one name": (
        endpoints(
            {"name": "own", "url": "http://a.example.com"},
            {"name": "own", "url": "http://b.example.com"},
        ),
        "spec.chain.rpc.endpoints",
        "give each endpoint a name of its own",
    ),
    "a password in a URL": (
        endpoints({"name": "own", "url": "https://me:secret@rpc.example.com"}),
        "spec.chain.rpc.endpoints[0].url",
        "should match",
    ),
    "an address too short": (chain(address="0x12"), "spec.chain.address", "should match"),
    "a sweep to itself": (
        chain(sweep={"to": WHO, "lptAbove": "1"}),
        "spec.chain.sweep.to",
        "set chain.sweep.to to another",
    ),
    "a caller that is itself": (
        chain(rewards={"caller": {"address": WHO}}),
        "spec.chain.rewards.caller",
        "remove chain.rewards.caller",
    ),
    "a profit without a price": (
        chain(rewards={"belowProfit": "Skip"}),
        "spec.chain.rewards.belowProfit",
        "set rewards.lptPriceEth",
    ),
    "no pool": ({"pools": []}, "spec.pools", "at least 1"),
    "two pools of one name": (
        {"pools": [CPU, {**GPU, "name": "cpu"}]},
        "spec.pools",
        "give each pool a name of its own",
    ),
    "min above max": (
        pool(scale={"min": 5, "max": 4}),
        "spec.pools[0].scale",
        "lower min or raise max",
    ),
    "a pool that can have no pod": (
        pool(scale={"min": 0}),
        "spec.pools[0].scale",
        "set scale.max to 1 or more",
    ),
    "overflow pools alone": (
        pool(scale={"max": 2, "role": "overflow"}),
        "spec.pools",
        "give one pool the scale.role base",
    ),
    "a place that stands by in a base pool": (
        pool(scale={"standbyUsdPerHour": "1"}),
        "spec.pools[0].scale",
        "set scale.role to overflow",
    ),
    "a price in words": (
        pool(scale={"costUsdPerHour": "cheap"}),
        "spec.pools[0].scale.costUsdPerHour",
        "should match",
    ),
    "a negative window": (
        pool(scale={"inWindowSeconds": -1}),
        "spec.pools[0].scale.inWindowSeconds",
        "greater than or equal to 0",
    ),
    "a window in words": (
        pool(scale={"inWindowSeconds": "3m"}),
        "spec.pools[0].scale.inWindowSeconds",
        "must be of type integer",
    ),
    "an unknown hardware": (
        pool(hardware={"type": "abacus"}),
        "spec.pools[0].hardware.type",
        'supported values: "cpu", "nvidia"',
    ),
    "no hardware": ({"pools": [{"name": "cpu"}]}, "spec.pools[0].hardware", "Required value"),
    "no slot": (pool(slots=0), "spec.pools[0].slots", "greater than or equal to 1"),
    "a pool's name in capitals": (pool(name="CPU"), "spec.pools[0].name", "should match"),
    "a pool's name too long": (pool(name="a" * 17), "spec.pools[0].name", "16"),
    "a GPU among the limits": (
        {"pools": [{**GPU, "resources": {"limits": {"nvidia.com/gpu": 1}}}]},
        "spec.pools[0].resources",
        "asked for by hardware.count: remove it",
    ),
    "a GPU among the requests": (
        {"pools": [{**GPU, "resources": {"requests": {"nvidia.com/gpu": "1"}}}]},
        "spec.pools[0].resources",
        "asked for by hardware.count: remove it",
    ),
    "a fall-back from the processor": (
        pool(fallbackToCpu=True),
        "spec.pools[0].fallbackToCpu",
        "set hardware.type to nvidia",
    ),
    "an unknown encoder profile": (
        pool(encoderProfile="slow"),
        "spec.pools[0].encoderProfile",
        'supported values: "lpms", "fast", "segment"',
    ),
    "no quantity": (
        pool(resources={"limits": {"memory": "lots"}}),
        "spec.pools[0].resources.limits",
        "should match",
    ),
    "a negative quantity": (
        pool(resources={"limits": {"cpu": -1}}),
        "spec.pools[0].resources.limits.cpu",
        "greater than or equal to 0",
    ),
    "a tag without its repository": (
        {"image": {"tag": "1"}},
        "spec.image",
        "set image.repository",
    ),
    "a repository without a tag": (
        {"image": {"repository": IMAGE}},
        "spec.image",
        "set image.tag or image.digest",
    ),
    "half a digest": (
        {"image": {"repository": IMAGE, "digest": "sha256:abc"}},
        "spec.image.digest",
        "should match",
    ),
    "two queues": (
        {"queue": {"embedded": {}, "external": {"servers": ["nats://a:4222"]}}},
        "spec.queue",
        "remove one of the two",
    ),
    "two queue servers": (
        {"queue": {"embedded": {"replicas": 2}}},
        "spec.queue.embedded.replicas",
        "supported values",
    ),
    "an external queue without servers": (
        {"queue": {"external": {"servers": []}}},
        "spec.queue.external.servers",
        "at least 1",
    ),
    "a server without a port": (
        {"queue": {"external": {"servers": ["tls://nats"]}}},
        "spec.queue.external.servers[0]",
        "should match",
    ),
    "a server with a password in its address": (
        {"queue": {"external": {"servers": ["tls://me:secret@nats:4222"]}}},
        "spec.queue.external.servers[0]",
        "should match",
    ),
    "a port that is none": (
        {"queue": {"external": {"servers": ["tls://nats:70000"]}}},
        "spec.queue.external.servers[0]",
        "should match",
    ),
    "an address without https": (
        {"node": {"advertisedAddress": "node.example.com:8935"}},
        "spec.node.advertisedAddress",
        "should match",
    ),
    "several nodes at one address": (
        {"node": {"replicas": 2, "advertisedAddress": "https://n.example.com:8935"}},
        "spec.node.advertisedAddress",
        "put {ordinal} into node.advertisedAddress",
    ),
    "no node": ({"node": {"replicas": 0}}, "spec.node.replicas", "greater than or equal to 1"),
    "an unknown type of Service": (
        {"node": {"service": {"type": "ExternalName"}}},
        "spec.node.service.type",
        "supported values",
    ),
    "a label of the operator's": (
        pool(podTemplate={"labels": {"app.kubernetes.io/name": "x"}}),
        "spec.pools[0].podTemplate.labels",
        "choose another key",
    ),
    "an annotation that loosens security": (
        pool(
            podTemplate={
                "annotations": {
                    "container.apparmor.security.beta.kubernetes.io/transcoder": "unconfined"
                }
            }
        ),
        "spec.pools[0].podTemplate.annotations",
        "not given by annotation here: remove the key",
    ),
    "an annotation that hands out GPUs": (
        pool(podTemplate={"annotations": {"cdi.k8s.io/gpu": "nvidia.com/gpu=all"}}),
        "spec.pools[0].podTemplate.annotations",
        "ask for GPUs by hardware.count",
    ),
    "a variable that hands out GPUs": (
        pool(podTemplate={"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}),
        "spec.pools[0].podTemplate.env",
        "ask for GPUs by hardware.count",
    ),
    "a variable from a Secret": (
        pool(podTemplate={"env": [{"name": "A", "valueFrom": {"secretKeyRef": {}}}]}),
        "spec.pools[0].podTemplate.env[0].valueFrom",
        "unknown field",
    ),
    "the part's own variable": (
        pool(podTemplate={"env": [{"name": "POD_NAME", "value": "x"}]}),
        "spec.pools[0].podTemplate.env",
        "POD_NAME and NVIDIA_VISIBLE_DEVICES are set by the operator",
    ),
    "a variable twice": (
        pool(podTemplate={"env": [{"name": "A"}, {"name": "A"}]}),
        "spec.pools[0].podTemplate.env[1]",
        "Duplicate value",
    ),
    "a container of one's own": (
        pool(podTemplate={"containers": [{"name": "x"}]}),
        "spec.pools[0].podTemplate.containers",
        "unknown field",
    ),
    "an unknown deletion policy": (
        {"deletionPolicy": "Orphan"},
        "spec.deletionPolicy",
        'supported values: "Retain", "Delete"',
    ),
    "a misspelt field": ({"pool": []}, "spec.pool", "unknown field"),
    "null for a number": (
        {"node": {"replicas": None, "maxSessions": "x"}},
        "spec.node.maxSessions",
        "must be of type integer",
    ),
}
