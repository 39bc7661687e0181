"""A pool of transcoders, as a provider writes it."""

__all__ = ["EnvironmentVariable", "Hardware", "PodTemplate", "Pool", "Scale", "Schedule"]

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from podium_operator.api.fields import (
    Affinity,
    Annotations,
    DnsLabel,
    Labels,
    Model,
    Money,
    NodeSelector,
    Resources,
    Rule,
    Toleration,
    rules,
)


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


class Schedule(Model):
    """Pods that are wanted at known times, whatever the load."""

    cron: Annotated[str, Field(min_length=9, max_length=128)] = Field(
        description="When it begins: minute, hour, day of month, month, day of week."
    )
    time_zone: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] = Field(
        default="UTC", description="Whose clock the cron line is read by, as Europe/Berlin."
    )
    duration_seconds: Annotated[int, Field(ge=60, le=604_800)] = Field(
        description="How long it holds from each beginning."
    )
    pods: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="Never fewer pods while it holds; scale.max stays the limit."
    )


class Scale(Model):
    """How many pods, and how eagerly."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            Rule(
                "!has(self.max) || self.min <= self.max",
                "scale.min is greater than scale.max: lower min or raise max",
            ),
            Rule(
                "has(self.max) ? self.max > 0 : self.min > 0",
                "a pool that may have no pod at all does nothing: set scale.max to 1 or more",
            ),
            Rule(
                "!has(self.standbyUsdPerHour) || self.role == 'overflow'",
                "only an overflow pool has places that stand by: remove standbyUsdPerHour, or "
                "set scale.role to overflow",
            ),
            Rule(
                "self.mode == 'Native' || has(self.max)",
                "mode External offers a number between min and max to another scaler: set "
                "scale.max",
            ),
            Rule(
                "self.surgePercent == 0 || self.role == 'base'",
                "an overflow pool answers surges and prepares for none: set surgePercent on a "
                "base pool",
            ),
        )
    )

    min: Annotated[int, Field(ge=0, le=1000)] = Field(default=1, description="Never fewer pods.")
    max: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        default=None, description="Never more pods. Default: min, a pool of fixed size."
    )
    mode: Literal["Native", "External"] = Field(
        default="Native",
        description="Who sets the number of pods. Native: the operator. External: KEDA or an HPA, "
        "and the operator only tells them how many it wants.",
    )
    role: Literal["base", "overflow"] = Field(
        default="base",
        description="base: takes the load. overflow: takes what base pools cannot serve until "
        "their pods are up; worth it where its own pods start faster.",
    )
    target_backlog_seconds: Annotated[float, Field(ge=0.5, le=60)] = Field(
        default=2,
        description="Segments that wait are to be worked off within this many seconds, or within "
        "a pod's start where that takes longer: a smaller number asks for more pods.",
    )
    in_window_seconds: Annotated[int, Field(ge=0, le=86_400)] = Field(
        default=180,
        description="Pods are kept for the highest need of this many seconds, at most 20 in an "
        "overflow pool; 0: none is kept.",
    )
    surge_percent: Annotated[int, Field(ge=0, le=400)] = Field(
        default=0,
        description="By how much the load may jump at any moment, in percent of what it is: where "
        "no overflow pool answers that for less, pods are kept ready for it.",
    )
    startup_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=30,
        description="How long a pod is taken to need from its creation until it is ready, while "
        "no pod of the pool has shown it: a new machine's boot and an image's pull count.",
    )
    streams_per_pod: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None,
        description="Never more open streams per pod, as a GPU's encoder sessions may ask for.",
    )
    cost_usd_per_hour: Money | None = Field(
        default=None,
        description="What a pod costs, everything in it. With prices on all base pools, the "
        "cheapest slot is filled first instead of the spec's order.",
    )
    standby_usd_per_hour: Money | None = Field(
        default=None,
        description="What the place for an overflow pod costs while none is there. Default: "
        "nothing, others use it meanwhile.",
    )
    schedules: Annotated[
        list[Schedule],
        Field(max_length=16, json_schema_extra={"x-kubernetes-list-type": "atomic"}),
    ] = Field(default=[], description="Pods wanted at known times; of several the most counts.")

    @property
    def ceiling(self) -> int:
        """`max`, or `min` where there is none."""
        return self.min if self.max is None else self.max

    @property
    def is_external(self) -> bool:
        """Whether somebody else sets the number of pods."""
        return self.mode == "External"


class EnvironmentVariable(Model):
    """A plain variable; values from Secrets have no place here."""

    name: Annotated[str, Field(max_length=128, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = Field(
        description="Its name."
    )
    value: Annotated[str, Field(max_length=4096)] = Field(default="", description="Its value.")


_OWN_KEYS = Rule(
    "self.all(k, !k.startsWith('app.kubernetes.io/') && !k.startsWith('podium.video/'))",
    "keys under app.kubernetes.io/ and podium.video/ belong to the operator: choose another key",
)
# Annotations by which runtimes loosen a profile or hand out devices and networks.
_NO_PRIVILEGE = Rule(
    "self.all(k, !k.contains('apparmor.security') && !k.contains('seccomp.security') "
    "&& !k.startsWith('cdi.k8s.io/') && !k.startsWith('k8s.v1.cni.cncf.io/'))",
    "pod security, devices and networks are not given by annotation here: remove the key, and "
    "ask for GPUs by hardware.count",
)
_OWN_VARIABLES = Rule(
    "self.all(e, e.name != 'POD_NAME' && e.name != 'NVIDIA_VISIBLE_DEVICES')",
    "POD_NAME and NVIDIA_VISIBLE_DEVICES are set by the operator and the device plugin: remove "
    "them, and ask for GPUs by hardware.count",
)


class PodTemplate(Model):
    """Small overrides for a pool's pods: none can add privilege or read a Secret."""

    labels: Annotated[Labels, Field(json_schema_extra=rules(_OWN_KEYS))] = Field(
        default={}, description="Further labels."
    )
    annotations: Annotated[
        Annotations, Field(json_schema_extra=rules(_OWN_KEYS, _NO_PRIVILEGE))
    ] = Field(default={}, description="Further annotations.")
    env: Annotated[
        list[EnvironmentVariable],
        Field(
            max_length=32,
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                **rules(_OWN_VARIABLES),
            },
        ),
    ] = Field(default=[], description="Further environment variables, plain values only.")
    priority_class_name: DnsLabel | None = Field(default=None, description="Of the pods.")
    affinity: Affinity | None = Field(
        default=None, description="As in a pod's own spec; checked when the pods are made."
    )


class Pool(Model):
    """Transcoders of one hardware kind."""

    model_config = ConfigDict(
        json_schema_extra=rules(
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
            Rule(
                "!self.fallbackToCpu || self.hardware.type == 'nvidia'",
                "a cpu pool has nothing to fall back from: remove fallbackToCpu, or set "
                "hardware.type to nvidia",
                ".fallbackToCpu",
            ),
        )
    )

    name: Annotated[
        str, Field(min_length=1, max_length=16, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
    ] = Field(description="Unique in the Orchestrator; at most 16 of a-z, 0-9 and -.")
    hardware: Hardware = Field(description="What its pods transcode with.")
    slots: Annotated[int, Field(ge=1, le=64)] = Field(
        default=1, description="Segments one pod works on at a time; on cpu a core each."
    )
    encoder_profile: Literal["lpms", "fast", "segment"] = Field(
        default="segment",
        description="How encoders are set. segment: the best pictures per byte and core for whole "
        "segments. fast: the least memory. lpms: exactly the options of go-livepeer's transcoder.",
    )
    fallback_to_cpu: bool = Field(
        default=False,
        description="Whether a GPU that fails leaves its slots to the processor (nvidia) instead "
        "of taking them out of service.",
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
