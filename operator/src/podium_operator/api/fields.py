"""Building blocks of the resource's models: bounded strings, quantities, rules, borrowed types.

Every list, map and string is bounded, since the API server multiplies the cost of a CEL rule by
the sizes it may meet.
"""

__all__ = [
    "PORT",
    "Affinity",
    "Annotations",
    "DnsLabel",
    "Labels",
    "Model",
    "Money",
    "NodeSelector",
    "Quantities",
    "Resources",
    "Rule",
    "Toleration",
    "rules",
]

from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Camel case outside, snake case inside; immutable; keys of newer versions are passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


class Rule(NamedTuple):
    """One CEL rule and what a person reads when it fails."""

    rule: str
    message: str
    path: str = ""


def rules(*given: Rule) -> dict[str, Any]:
    """The schema extension that carries CEL rules."""
    return {
        "x-kubernetes-validations": [
            {"rule": rule, "message": message} | ({"fieldPath": path} if path else {})
            for rule, message, path in given
        ]
    }


# 1 to 65535, as a regular expression.
PORT: Final = (
    "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
)

ShortText = Annotated[str, Field(max_length=253)]
DnsLabel = Annotated[str, Field(max_length=63, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
_LabelValue = Annotated[
    str, Field(max_length=63, pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$")
]
_Quantity = Annotated[
    int | str,
    Field(
        json_schema_extra={
            "minimum": 0,
            "maxLength": 32,
            "pattern": r"^[0-9]{1,15}(\.[0-9]{1,9})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$",
        }
    ),
]

# Decimal, as a string: no binary fraction is a price.
Money = Annotated[str, Field(max_length=13, pattern=r"^[0-9]{1,6}(\.[0-9]{1,6})?$")]

Labels = Annotated[dict[str, _LabelValue], Field(max_length=32)]
Annotations = Annotated[dict[str, Annotated[str, Field(max_length=4096)]], Field(max_length=32)]
NodeSelector = Annotated[dict[str, _LabelValue], Field(max_length=32)]
Quantities = Annotated[dict[str, _Quantity], Field(max_length=16)]
Affinity = Annotated[
    dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})
]


class Resources(Model):
    """What a container asks for and may use; what is left out gets a default that fits the part."""

    requests: Quantities = Field(default={}, description="Reserved for the container.")
    limits: Quantities = Field(default={}, description="Never exceeded by the container.")


class Toleration(Model):
    """A taint that the pods put up with, as in a pod's own spec."""

    key: ShortText = Field(default="", description="The taint's key; empty with Exists: any.")
    operator: Literal["Exists", "Equal"] = Field(default="Equal", description="How to compare.")
    value: Annotated[str, Field(max_length=63)] = Field(
        default="", description="The taint's value."
    )
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="The taint's effect; none: any."
    )
    toleration_seconds: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How long a NoExecute taint is put up with; none: for ever."
    )
