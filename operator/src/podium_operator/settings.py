"""The operator's own settings: environment first, flags over it, every mistake named.

What an Orchestrator wants lives in its resource; only what the installation decides is here.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from podium_operator.errors import PodiumError
from podium_operator.notices import CONDITIONS, TAINTS, Marks, mark_fault

__all__ = ["LogFormat", "Scope", "Settings", "SettingsError", "read_settings"]

_PREFIX = "PODIUM_"
_SERVICE_ACCOUNT_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _named_marks(marks: tuple[str, ...]) -> tuple[str, ...]:
    faults = [fault for fault in map(mark_fault, marks) if fault]
    if faults:
        raise ValueError("; ".join(faults))
    return marks


Names = Annotated[tuple[str, ...], BeforeValidator(_split), Field(max_length=1000)]
MarkNames = Annotated[Names, AfterValidator(_named_marks)]


class SettingsError(PodiumError):
    """The installation's settings make no sense; the message names the variable and the fix."""


class Scope(StrEnum):
    """Which namespaces are looked at."""

    CLUSTER = "cluster"
    NAMESPACES = "namespaces"


class LogFormat(StrEnum):
    JSON = "json"
    TEXT = "text"


class Settings(BaseModel):
    """Read once at start; field `worker_image` is the variable PODIUM_WORKER_IMAGE."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    worker_image: str = Field(default="", description="the image of nodes and transcoders")
    worker_image_pull_policy: str = Field(
        default="IfNotPresent", pattern="^(Always|IfNotPresent|Never)$"
    )
    worker_image_pull_secrets: Names = ()
    pod_labels: Names = Field(default=(), description="key=value of the operator's own pods")
    scope: Scope = Scope.CLUSTER
    namespaces: Names = ()
    namespace: str = Field(default="", description="the operator's own: its Lease lives there")
    identity: str = Field(default="", description="unique per process; the pod's name and uid")
    lease_name: str = "podium-operator"
    kubeconfig: str | None = None
    listen_host: str = "0.0.0.0"  # noqa: S104 - probes and scrapes come from outside the pod
    listen_port: int = Field(default=8080, ge=0, le=65535)
    scaler_port: int | None = Field(
        default=None, ge=0, le=65535, description="KEDA's external-push gRPC; None: not served"
    )
    page_host: str = Field(default="127.0.0.1", description="where the live page listens")
    page_port: int = Field(default=8090, ge=0, le=65535)
    page_enabled: bool = True
    pod_ip: str = Field(default="", description="where other replicas reach this one")
    cluster_domain: str = "cluster.local"
    endpoint_probe_seconds: float = Field(
        default=30, ge=0, le=3600, description="between two probes of advertised addresses; 0: none"
    )
    spot_notices: bool = Field(
        default=True, description="whether machines are watched, where the scope is the cluster"
    )
    spot_taints: MarkNames = TAINTS
    spot_conditions: MarkNames = CONDITIONS
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$")
    log_format: LogFormat = LogFormat.JSON

    @property
    def heeds_notices(self) -> bool:
        """Whether machines are watched for notices of their end: never in some namespaces only."""
        return (
            self.spot_notices
            and self.scope is Scope.CLUSTER
            and bool(self.spot_taints or self.spot_conditions)
        )

    @property
    def marks(self) -> Marks:
        """What is such a notice."""
        return Marks(frozenset(self.spot_taints), frozenset(self.spot_conditions))

    @model_validator(mode="after")
    def _scope_and_namespaces_fit(self) -> Self:
        if (self.scope is Scope.NAMESPACES) != bool(self.namespaces):
            raise ValueError(
                "PODIUM_NAMESPACES lists namespaces exactly where PODIUM_SCOPE is 'namespaces'"
            )
        return self


def read_settings(environment: dict[str, str], **overrides: object) -> Settings:
    """Build `Settings` from PODIUM_… variables and overrides (flags; None means not given)."""
    values: dict[str, object] = {
        name: environment[_PREFIX + name.upper()]
        for name in Settings.model_fields
        if environment.get(_PREFIX + name.upper())
    }
    values |= {name: value for name, value in overrides.items() if value is not None}
    values.setdefault("namespace", _own_namespace())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error


def _own_namespace() -> str:
    if _SERVICE_ACCOUNT_NAMESPACE.is_file():
        return _SERVICE_ACCOUNT_NAMESPACE.read_text(encoding="utf-8").strip()
    return "default"


def _explain(error: ValidationError) -> str:
    lines = []
    for issue in error.errors(include_url=False, include_input=False):
        variable = _PREFIX + "_".join(str(part) for part in issue["loc"][:1]).upper()
        lines.append(f"{variable.rstrip('_')}: {issue['msg']}")
    return "; ".join(lines)
