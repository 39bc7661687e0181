"""From pydantic's schema to a structural one, rule by rule."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from podium_operator.api.fields import Model
from podium_operator.api.schema import structural_schema


class Inner(Model):
    """What is within."""

    size: int = 3
    note: str | None = None


class Everything(Model):
    """One field per rule."""

    fixed: Literal["only"] = "only"
    above: Annotated[float, Field(gt=0, lt=1)] = 0.5
    either: int | str = 1
    perhaps: str | None = None
    inner: Inner = Field(default=Inner(), description="Said here.")
    several: list[Inner] = Field(default=[])
    named: dict[str, Inner] = Field(default={})
    anything: dict[str, Any] = Field(default={})


PROPERTIES = structural_schema(Everything)["properties"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        pytest.param(
            "fixed", {"default": "only", "enum": ["only"], "type": "string"}, id="const: an enum"
        ),
        pytest.param(
            "above",
            {
                "default": 0.5,
                "minimum": 0,
                "exclusiveMinimum": True,
                "maximum": 1,
                "exclusiveMaximum": True,
                "type": "number",
            },
            id="exclusive bounds in OpenAPI 3.0's words",
        ),
        pytest.param(
            "either", {"x-kubernetes-int-or-string": True, "default": 1}, id="integer or string"
        ),
        pytest.param("perhaps", {"type": "string"}, id="optional: neither null nor default"),
        pytest.param("anything", {"default": {}, "type": "object"}, id="free content"),
    ],
)
def test_a_field_becomes_structural(field: str, expected: dict[str, Any]) -> None:
    assert PROPERTIES[field] == expected


def test_models_within_are_written_out_with_their_defaults() -> None:
    inner = {"size": {"default": 3, "type": "integer"}, "note": {"type": "string"}}

    assert PROPERTIES["inner"]["properties"] == inner
    assert PROPERTIES["inner"]["default"] == {"size": 3}
    assert PROPERTIES["inner"]["description"] == "Said here."
    assert PROPERTIES["several"]["items"]["properties"] == inner
    assert PROPERTIES["named"]["additionalProperties"]["properties"] == inner


def test_a_union_that_kubernetes_cannot_say_fails_at_once() -> None:
    class Bad(Model):
        value: int | bool = 1

    with pytest.raises(ValueError, match="unpack"):
        structural_schema(Bad)
