"""What a node or a transcoder is told to do: one file, read once, every mistake named.

The operator renders this file and this module owns its meaning (docs/contracts.md §1).
Secrets are never in it: it names the files that hold them, which are read when needed.
"""

import json
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from podium_worker.errors import SettingsError
from podium_worker.profiles import CAPABILITY_CLASSES

__all__ = [
    "LogSettings",
    "NodeSettings",
    "QueueSettings",
    "Settings",
    "TranscoderSettings",
    "json_schema",
    "load_settings",
    "part_id",
    "split_address",
]


def split_address(address: str) -> tuple[str, int]:
    """Split `host:port` (`[::1]:80` for IPv6); `ValueError` says what is wrong."""
    host, separator, port = address.rpartition(":")
    if not separator or not host:
        raise ValueError(f"{address!r} is not host:port; write for example 127.0.0.1:8935")
    if not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{port!r} in {address!r} is not a port; use 0 to 65535")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _listen_address(value: str) -> str:
    split_address(value)
    return value


def _https_url(value: str) -> str:
    if not value.startswith("https://") or value.endswith("/") or len(value) < 10:
        raise ValueError(f"{value!r} is not an https address without a slash at its end")
    return value


ListenAddress = Annotated[str, AfterValidator(_listen_address)]
HttpsUrl = Annotated[str, AfterValidator(_https_url)]


class _Section(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class QueueSettings(_Section):
    """Where the queue is and how to prove who we are."""

    servers: Annotated[tuple[str, ...], Field(min_length=1)] = ("nats://127.0.0.1:4222",)
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")] = "podium"
    username_file: Path | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    replicas: Annotated[int, Field(ge=1, le=5)] = 1

    @field_validator("servers")
    @classmethod
    def _schemes(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        for server in servers:
            if "@" in server:
                raise ValueError("an address holds no credentials; use usernameFile, passwordFile")
            if not server.startswith(("nats://", "tls://")):
                raise ValueError(f"{server!r} needs nats:// or tls:// in front")
        return servers

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.username_file is None) != (self.password_file is None):
            raise ValueError("usernameFile and passwordFile come together or not at all")
        return self


class NodeSettings(_Section):
    """The process that speaks to gateways."""

    listen: ListenAddress = "0.0.0.0:8935"
    advertised_address: HttpsUrl = "https://127.0.0.1:8935"
    jobs_address: HttpsUrl = "https://127.0.0.1:8935"
    metrics_listen: ListenAddress = "0.0.0.0:7935"
    auth_secret_file: Path | None = None
    max_sessions: Annotated[int, Field(ge=0)] = 0
    drain_seconds: Annotated[float, Field(ge=0, le=3600)] = 75


class TranscoderSettings(_Section):
    """The process that turns segments into renditions."""

    pool: Annotated[str, Field(min_length=1, max_length=63)] = "cpu"
    hardware: Literal["cpu", "nvidia"] = "cpu"
    slots: Annotated[int, Field(ge=0, le=256)] = 0
    encoder_profile: Literal["lpms", "fast", "segment"] = "segment"
    fallback_to_cpu: bool = False
    metrics_listen: ListenAddress = "0.0.0.0:6935"
    capacity_classes: tuple[str, ...] = ()

    @field_validator("capacity_classes")
    @classmethod
    def _known(cls, classes: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(classes) - set(CAPABILITY_CLASSES))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not one of {', '.join(CAPABILITY_CLASSES)}")
        return classes

    @model_validator(mode="after")
    def _something_to_fall_back_from(self) -> Self:
        if self.fallback_to_cpu and self.hardware == "cpu":
            raise ValueError("fallbackToCpu needs hardware: nvidia; remove it on a cpu transcoder")
        return self


class LogSettings(_Section):
    """How much is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Settings(_Section):
    """The whole file."""

    orchestrator: Annotated[str, Field(min_length=1, max_length=300)] = "default/standalone"
    queue: QueueSettings = QueueSettings()
    node: NodeSettings | None = None
    transcoder: TranscoderSettings | None = None
    log: LogSettings = LogSettings()


def part_id() -> str:
    """Name this part: the pod's name, the host's outside Kubernetes."""
    return os.environ.get("POD_NAME") or socket.gethostname()


def fill_address(template: str, name: str) -> str:
    """Put the pod's name and ordinal where an address has `{pod}` and `{ordinal}`."""
    ordinal = name.rpartition("-")[2]
    return template.replace("{pod}", name).replace(
        "{ordinal}", ordinal if ordinal.isdecimal() else "0"
    )


def load_settings(path: Path) -> Settings:
    """Read the file; `SettingsError` names every wrong field and what it should be."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror
        raise SettingsError(f"cannot read {path}: {reason}; give a file with --config") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is neither YAML nor JSON: {error}") from error
    return parse_settings(document if document is not None else {}, str(path))


def parse_settings(document: object, origin: str) -> Settings:
    """Check a parsed file; `SettingsError` as `load_settings`."""
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        lines = [_complaint(detail["loc"], detail["msg"]) for detail in error.errors()]
        raise SettingsError(
            "\n".join([f"{origin} is not a valid configuration:", *lines])
        ) from error


def _complaint(location: Sequence[str | int], message: str) -> str:
    field = ".".join(str(step) for step in location) or "the file"
    if message == "Extra inputs are not permitted":
        message = "is not a known field; remove it or correct its name"
    return f"  {field}: {message.removeprefix('Value error, ')}"


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of the file, keys as they are written in it."""
    return Settings.model_json_schema(by_alias=True)


def dump_settings(settings: Settings) -> str:
    """Write settings as a file that `load_settings` reads back."""
    return json.dumps(settings.model_dump(mode="json", by_alias=True, exclude_none=True))
