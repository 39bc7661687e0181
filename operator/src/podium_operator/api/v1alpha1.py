"""The Orchestrator, version v1alpha1: the one source of the CRD and of the operator's view of it.

Only fields that work are here. Descriptions become `kubectl explain`; defaults become the schema's
defaults and are never written back into a user's object. `parse` is the way in.
"""

__all__ = [
    "EmbeddedQueue",
    "EnvironmentVariable",
    "ExternalQueue",
    "Hardware",
    "Image",
    "Metadata",
    "Node",
    "NodeService",
    "Orchestrator",
    "OrchestratorSpec",
    "PodTemplate",
    "Pool",
    "Queue",
    "Scale",
    "parse",
]

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from podium_operator.api.fields import (
    Affinity,
    Annotations,
    DnsLabel,
    Labels,
    Model,
    NodeSelector,
    Resources,
    Rule,
    Toleration,
    rules,
)
from podium_operator.errors import InvalidSpecError


class Image(Model):
    """The one worker image: node, transcoder and queue all run from it."""

    model_config = {
        "json_schema_extra": rules(
            Rule(
                "has(self.repository) || (!has(self.tag) && !has(self.digest))",
                "a tag or digest needs the repository it belongs to: set image.repository, "
                "or leave tag and digest out to run the image the operator was installed with",
            ),
            Rule(
                "!has(self.repository) || has(self.tag) || has(self.digest)",
                "a repository needs a tag or a digest: set image.tag or image.digest",
            ),
        )
    }

    repository: (
        Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[a-zA-Z0-9][^\s@]*$")] | None
    ) = Field(default=None, description="Default: the image the operator was installed with.")
    tag: Annotated[str, Field(max_length=128, pattern=r"^[\w][\w.-]*$")] | None = Field(
        default=None, description="The image's tag; a digest wins over it."
    )
    digest: Annotated[str, Field(max_length=71, pattern=r"^sha256:[0-9a-f]{64}$")] | None = Field(
        default=None, description="The image's digest, sha256:…"
    )
    pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        default=None, description="Default: the operator's own setting."
    )
    pull_secrets: Annotated[list[DnsLabel], Field(max_length=8)] = Field(
        default=[], description="Names of Secrets with registry credentials, beside the operator's."
    )


class NodeService(Model):
    """How gateways reach the nodes."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = Field(
        default="ClusterIP",
        description="Of the Service over all replicas and of the Service of each replica.",
    )
    annotations: Annotations = Field(
        default={}, description="On these Services, for the load balancer's controller."
    )


class Node(Model):
    """The process that speaks to gateways."""

    replicas: Annotated[int, Field(ge=1, le=32)] = Field(
        default=1, description="How many nodes; each has an address of its own."
    )
    service: NodeService = Field(default=NodeService(), description="How gateways reach them.")
    advertised_address: (
        Annotated[str, Field(max_length=253, pattern=r"^https://[A-Za-z0-9.{}\[\]:-]+:[0-9]{1,5}$")]
        | None
    ) = Field(
        default=None,
        description="The address gateways are told, https://host:port; {ordinal} stands for the "
        "replica's number. Default: the replica's own Service.",
    )
    max_sessions: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=0, description="Hard cap per node; 0: by measured capacity alone."
    )
    resources: Resources = Field(default=Resources(), description="Of one node.")
    drain_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=75,
        description="At most this long between a node's order to stop and its end; sessions linger "
        "up to 70 s.",
    )


class EmbeddedQueue(Model):
    """A queue of this Orchestrator's own, run and secured by the operator."""

    replicas: Literal[1, 3] = Field(default=1, description="3 outlive the loss of one.")
    resources: Resources = Field(default=Resources(), description="Of one queue server.")


class ExternalQueue(Model):
    """A NATS with JetStream that somebody else runs."""

    servers: Annotated[
        list[
            Annotated[
                str, Field(max_length=261, pattern=r"^(nats|tls)://[A-Za-z0-9.\[\]:-]+:[0-9]{1,5}$")
            ]
        ],
        Field(min_length=1, max_length=16),
    ] = Field(description="URLs, tls://host:4222 or nats://host:4222.")
    secret_name: DnsLabel | None = Field(
        default=None,
        description="A Secret in this namespace with the keys username, password and ca.crt; "
        "none: no credentials.",
    )
    prefix: Annotated[str, Field(max_length=128, pattern=r"^[\w-]+(\.[\w-]+)*$")] | None = Field(
        default=None,
        description="First tokens of every subject. Default: podium.<namespace>.<name>.",
    )
    replicas: Annotated[int, Field(ge=1, le=5)] = Field(
        default=1, description="Copies the cluster keeps of the job stream."
    )


class Queue(Model):
    """Where jobs wait: embedded (the default) or external."""

    model_config = {
        "json_schema_extra": rules(
            Rule(
                "!(has(self.embedded) && has(self.external))",
                "the queue is either embedded or external: remove one of the two",
            )
        )
    }

    embedded: EmbeddedQueue | None = Field(default=None, description="The default, 1 replica.")
    external: ExternalQueue | None = Field(default=None, description="Your own NATS.")


class Hardware(Model):
    """What a pool's pods transcode with."""

    type: Literal["cpu", "nvidia"] = Field(description="cpu or nvidia.")
    resource: Annotated[str, Field(max_length=128, pattern=r"^[a-z0-9.-]+/[A-Za-z0-9._-]+$")] = (
        Field(default="nvidia.com/gpu", description="The GPU's resource name (nvidia).")
    )
    count: Annotated[int, Field(ge=1, le=16)] = Field(
        default=1, description="How many of it per pod (nvidia)."
    )
    runtime_class_name: DnsLabel | None = Field(
        default=None, description="The pods' runtime class, where the cluster needs one."
    )


class Scale(Model):
    """How many pods, and how eagerly."""

    model_config = {
        "json_schema_extra": rules(
            Rule(
                "!has(self.max) || self.min <= self.max",
                "scale.min is greater than scale.max: lower min or raise max",
            ),
            Rule(
                "has(self.max) ? self.max > 0 : self.min > 0",
                "a pool that may have no pod at all does nothing: set scale.max to 1 or more",
            ),
        )
    }

    min: Annotated[int, Field(ge=0, le=1000)] = Field(default=1, description="Never fewer pods.")
    max: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="Never more pods. Default: min, a pool of fixed size."
    )
    target_backlog_seconds: Annotated[float, Field(ge=0.5, le=60)] = Field(
        default=2,
        description="Segments that wait are to be worked off within this many seconds: a smaller "
        "number asks for more pods.",
    )
    in_window_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=180,
        description="Pods are kept for the highest need of this many seconds; 0: none is kept.",
    )

    @property
    def ceiling(self) -> int:
        """`max`, or `min` where there is none."""
        return self.min if self.max is None else self.max


class EnvironmentVariable(Model):
    """A plain variable; values from Secrets have no place here."""

    name: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        description="Its name."
    )
    value: Annotated[str, Field(max_length=4096)] = Field(default="", description="Its value.")


_OWN_KEYS = (
    "self.all(k, !k.startsWith('app.kubernetes.io/') && !k.startsWith('podium.video/') "
    "&& !k.contains('apparmor.security') && !k.contains('seccomp.security'))"
)
_OWN_KEYS_MESSAGE = (
    "keys under app.kubernetes.io/ and podium.video/ belong to the operator, and pod security is "
    "not negotiable here: choose another key"
)


class PodTemplate(Model):
    """Small overrides for a pool's pods: none can add privilege or read a Secret."""

    labels: Annotated[
        Labels, Field(json_schema_extra=rules(Rule(_OWN_KEYS, _OWN_KEYS_MESSAGE)))
    ] = Field(default={}, description="Further labels.")
    annotations: Annotated[
        Annotations, Field(json_schema_extra=rules(Rule(_OWN_KEYS, _OWN_KEYS_MESSAGE)))
    ] = Field(default={}, description="Further annotations.")
    env: Annotated[
        list[EnvironmentVariable],
        Field(
            max_length=32,
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                **rules(
                    Rule(
                        "self.all(e, e.name != 'POD_NAME')",
                        "POD_NAME is the part's identity and set by the operator: remove it",
                    )
                ),
            },
        ),
    ] = Field(default=[], description="Further environment variables, plain values only.")
    priority_class_name: DnsLabel | None = Field(default=None, description="Of the pods.")
    affinity: Affinity | None = Field(
        default=None, description="As in a pod's own spec; checked when the pods are made."
    )


class Pool(Model):
    """Transcoders of one hardware kind."""

    model_config = {
        "json_schema_extra": rules(
            Rule(
                "self.hardware.type != 'cpu' || !has(self.resources.limits) || "
                "!('cpu' in self.resources.limits) || "
                "quantity(string(self.resources.limits['cpu']))"
                ".compareTo(quantity(string(self.slots))) >= 0",
                "every slot of a cpu pool needs a core: lower slots, or raise resources.limits.cpu",
                ".slots",
            ),
            Rule(
                "!has(self.resources.limits) || !(self.hardware.resource in self.resources.limits)",
                "the GPU is asked for by hardware.count: remove it from resources.limits",
                ".resources",
            ),
            Rule(
                "!has(self.resources.requests) || "
                "!(self.hardware.resource in self.resources.requests)",
                "the GPU is asked for by hardware.count: remove it from resources.requests",
                ".resources",
            ),
        )
    }

    name: Annotated[
        str, Field(min_length=1, max_length=16, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    ] = Field(description="Unique in the Orchestrator; at most 16 of a-z, 0-9 and -.")
    hardware: Hardware = Field(description="What its pods transcode with.")
    slots: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="Segments one pod works on at a time; on cpu a core each."
    )
    scale: Scale = Field(default=Scale(), description="How many pods.")
    node_selector: NodeSelector = Field(default={}, description="Labels the machines must have.")
    tolerations: Annotated[list[Toleration], Field(max_length=16)] = Field(
        default=[], description="Taints put up with; nvidia pools tolerate the GPU's own."
    )
    resources: Resources = Field(
        default=Resources(), description="Of one pod. Default on cpu: a core per slot."
    )
    pod_template: PodTemplate = Field(default=PodTemplate(), description="Small overrides.")


class OrchestratorSpec(Model):
    """What a provider asks for."""

    image: Image = Field(default=Image(), description="The worker image.")
    node: Node = Field(default=Node(), description="What gateways speak to.")
    queue: Queue = Field(default=Queue(), description="Where jobs wait.")
    pools: Annotated[
        list[Pool],
        Field(
            min_length=1,
            max_length=16,
            json_schema_extra={
                "x-kubernetes-list-type": "atomic",
                **rules(
                    Rule(
                        "self.all(p, self.filter(q, q.name == p.name).size() == 1)",
                        "two pools have the same name: give each pool a name of its own",
                    )
                ),
            },
        ),
    ] = Field(description="The transcoders, in the order they are filled: cheapest first.")
    paused: bool = Field(
        default=False,
        description="True: no object is changed and no pod is scaled; status goes on, and deletion "
        "is carried out.",
    )
    deletion_policy: Literal["Retain", "Delete"] = Field(
        default="Retain",
        description="What becomes of the generated Secrets when the Orchestrator is deleted. "
        "Retain: they stay, and an Orchestrator of the same name takes them up again. "
        "Delete: they go with it.",
    )


class Metadata(Model):
    """The part of the object's metadata the operator looks at."""

    name: str
    namespace: str
    uid: str
    generation: int = 1
    annotations: dict[str, str] = {}


class Orchestrator(Model):
    """One Orchestrator as the builders see it."""

    metadata: Metadata
    spec: OrchestratorSpec

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace


def parse(body: Mapping[str, Any]) -> Orchestrator:
    """The typed view of an object from the API server. Raises InvalidSpecError, naming the fields.

    The API server's schema has refused most of what could fail here; what is left is an object
    stored under an older schema.
    """
    try:
        return Orchestrator.model_validate(dict(body))
    except ValidationError as error:
        raise InvalidSpecError(_readable(error)) from error


def _readable(error: ValidationError) -> str:
    faults = (
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )
    return "; ".join(sorted(set(faults)))
