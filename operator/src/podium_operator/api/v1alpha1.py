"""The Orchestrator, version v1alpha1: the one source of the CRD and of the operator's view of it.

Only fields that work are here. Descriptions become `kubectl explain`; defaults become the schema's
defaults and are never written back into a user's object. `parse` is the way in.
"""

__all__ = [
    "EmbeddedQueue",
    "ExternalQueue",
    "Image",
    "Metadata",
    "Node",
    "NodeService",
    "Orchestrator",
    "OrchestratorSpec",
    "Queue",
    "parse",
]

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from podium_operator.api.chain import Chain
from podium_operator.api.fields import (
    PORT,
    Annotations,
    DnsLabel,
    Model,
    Money,
    Resources,
    Rule,
    rules,
)
from podium_operator.api.pools import Pool
from podium_operator.api.validation import faults_of
from podium_operator.errors import InvalidSpecError


class Image(Model):
    """The one worker image: node, transcoder and queue all run from it."""

    model_config = ConfigDict(
        json_schema_extra=rules(
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
    )

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

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "!has(self.advertisedAddress) || self.replicas == 1 || "
                "self.advertisedAddress.contains('{ordinal}') || "
                "self.advertisedAddress.contains('{pod}')",
                "several nodes cannot share an address: put {ordinal} into node.advertisedAddress",
                ".advertisedAddress",
            )
        )
    )

    replicas: Annotated[int, Field(ge=1, le=32)] = Field(
        default=1, description="How many nodes; each has an address of its own."
    )
    service: NodeService = Field(default=NodeService(), description="How gateways reach them.")
    advertised_address: (
        Annotated[
            str,
            Field(
                max_length=253,
                pattern=rf"^https://([A-Za-z0-9.:\[\]-]|\{{ordinal\}}|\{{pod\}})+:{PORT}$",
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="The address gateways are told, https://host:port; {ordinal} stands for the "
        "replica's number, {pod} for its name. Default: the replica's own Service.",
    )
    max_sessions: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=0, description="Hard cap per node; 0: by measured capacity alone."
    )
    resources: Resources = Field(default=Resources(), description="Of one node.")
    drain_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=75,
        description="At most this long a node that was told to stop serves sessions that no other "
        "node takes over; what it has taken by then is answered before it ends.",
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
                str, Field(max_length=261, pattern=rf"^(nats|tls)://[A-Za-z0-9.\[\]:-]+:{PORT}$")
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
        default=1, description="Servers that hold jobs, each its own."
    )


class Queue(Model):
    """Where jobs wait: embedded (the default) or external."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "!(has(self.embedded) && has(self.external))",
                "the queue is either embedded or external: remove one of the two",
            )
        )
    )

    embedded: EmbeddedQueue | None = Field(default=None, description="The default, 1 replica.")
    external: ExternalQueue | None = Field(default=None, description="Your own NATS.")

    @property
    def embedded_replicas(self) -> int:
        """Queue servers to run: none beside an external queue, one where nothing is said."""
        if self.external is not None:
            return 0
        return 1 if self.embedded is None else self.embedded.replicas

    @property
    def embedded_resources(self) -> Resources:
        """What was asked for one embedded queue server."""
        return Resources() if self.embedded is None else self.embedded.resources


class OrchestratorSpec(Model):
    """What a provider asks for."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "has(self.chain) || !(self.deletionPolicy in ['Deactivate', 'Unbond'])",
                "without spec.chain there is no stake to leave with: set deletionPolicy to Retain "
                "or Delete",
                ".deletionPolicy",
            )
        )
    )

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
                    ),
                    Rule(
                        "self.exists(p, p.scale.role == 'base')",
                        "overflow pools alone have nothing to help out: give one pool the "
                        "scale.role base",
                    ),
                ),
            },
        ),
    ] = Field(description="The transcoders, in the order they are filled: cheapest first.")
    budget_usd_per_hour: Money | None = Field(
        default=None,
        description="Never pay more for pods with a costUsdPerHour, apart from every pool's min: "
        "the dearest go first. Default: no limit.",
    )
    paused: bool = Field(
        default=False,
        description="True: no object is changed and no pod is scaled; status goes on, and deletion "
        "is carried out.",
    )
    chain: Chain | None = Field(
        default=None,
        description="Registration and rewards on Livepeer's contracts. Absent: off-chain, nothing "
        "is ever signed.",
    )
    deletion_policy: Literal["Retain", "Delete", "Deactivate", "Unbond"] = Field(
        default="Retain",
        description="What becomes of the generated Secrets and of the stake when the Orchestrator "
        "is deleted. Retain: both stay, and an Orchestrator of the same name takes the Secrets up "
        "again. Delete: the Secrets go with it, the stake stays. Deactivate: as Retain, and the "
        "service URI is taken off the chain first, so that no gateway comes. Unbond: as Retain, "
        "and all stake is unbonded first, once the annotation podium.video/confirm-unbond holds "
        "chain.address.",
    )


class Metadata(Model):
    """The part of the object's metadata the operator looks at."""

    name: str
    namespace: str
    uid: str
    generation: int = 1
    annotations: dict[str, str] = Field(default={})


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

    The API server has refused most of what could fail here; what is left are quantities that
    contradict each other, and objects stored under an older schema.
    """
    try:
        orchestrator = Orchestrator.model_validate(dict(body))
    except ValidationError as error:
        raise InvalidSpecError(_readable(error)) from error
    spec = orchestrator.spec
    faults = faults_of(
        node=spec.node.resources, queue=spec.queue.embedded_resources, pools=spec.pools
    )
    if text := "; ".join(faults):
        raise InvalidSpecError(text)
    return orchestrator


def _readable(error: ValidationError) -> str:
    faults = (
        f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )
    return "; ".join(sorted(set(faults)))
