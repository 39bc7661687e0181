"""Quantities and images: small arithmetic that pods depend on."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.operator.desired.samples import facts, orchestrator

from podium_operator.api.fields import Resources
from podium_operator.api.quantities import parse_quantity
from podium_operator.desired.facts import ImageDefaults
from podium_operator.desired.images import pinned, pull_of
from podium_operator.desired.resources import merged
from podium_operator.errors import InvalidSpecError

DIGEST = f"sha256:{'a' * 64}"
quantities = st.builds(
    lambda number, unit: f"{number}{unit}",
    st.integers(0, 10_000),
    st.sampled_from(["", "m", "k", "Ki", "Mi", "Gi"]),
)
groups = st.dictionaries(st.sampled_from(["cpu", "memory", "ephemeral-storage"]), quantities)


@pytest.mark.parametrize(
    ("text", "number"),
    [("500m", "0.5"), ("2", "2"), (3, "3"), ("1.5", "1.5"), ("1Ki", "1024"), ("2G", "2e9")],
)
def test_quantities_are_read(text: str | int, number: str) -> None:
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "lots", "-1", "1e3", "1 Gi", "Mi", "1.", "+1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(InvalidSpecError, match="is no quantity: write for example"):
        parse_quantity(text)


@given(given_requests=groups, given_limits=groups, requests=groups, limits=groups)
def test_defaults_never_contradict_what_was_given(
    given_requests: dict[str, str],
    given_limits: dict[str, str],
    requests: dict[str, str],
    limits: dict[str, str],
) -> None:
    sane = {
        key: value
        for key, value in limits.items()
        if parse_quantity(value) >= parse_quantity(requests.get(key, "0"))
    }
    asked = {
        key: value
        for key, value in given_requests.items()
        if parse_quantity(value) <= parse_quantity(given_limits.get(key, value))
    }

    result = merged(Resources(requests=asked, limits=given_limits), requests=requests, limits=sane)

    assert asked.items() <= result["requests"].items()
    assert given_limits.items() <= result["limits"].items()
    for key, request in result["requests"].items():
        assert parse_quantity(request) <= parse_quantity(result["limits"].get(key, request))


@pytest.mark.parametrize(
    ("image", "changes", "reference"),
    [
        pytest.param({}, {}, "registry.test/podium-worker:1", id="the chart's"),
        pytest.param({}, {"pinned_image": "old:1"}, "old:1", id="what it runs already"),
        pytest.param(
            {"repository": "mine", "tag": "2"}, {"pinned_image": "old:1"}, "mine:2", id="its own"
        ),
        pytest.param(
            {"repository": "mine", "tag": "2", "digest": DIGEST}, {}, f"mine@{DIGEST}", id="digest"
        ),
    ],
)
def test_image_is_the_nearest_that_is_named(
    image: dict[str, Any], changes: dict[str, Any], reference: str
) -> None:
    subject = orchestrator(image=image)

    assert pull_of(subject, facts(subject, **changes)).reference == reference


def test_without_any_image_it_is_said_what_to_set() -> None:
    subject = orchestrator()

    with pytest.raises(InvalidSpecError, match=r"set spec\.image\.repository and spec\.image\.tag"):
        pull_of(subject, facts(subject, image=ImageDefaults()))


def test_pull_policy_and_secrets_join_the_charts() -> None:
    subject = orchestrator(image={"pullPolicy": "Never", "pullSecrets": ["b", "a"]})
    chart = ImageDefaults("x:1", pull_policy="Always", pull_secrets=("a",))

    pull = pull_of(subject, facts(subject, image=chart))

    assert (pull.policy, pull.secrets) == ("Never", ("a", "b"))


@pytest.mark.parametrize(
    ("status_image", "observed", "expected"),
    [
        pytest.param("old:1", 4, "old:1", id="the spec it was written for still stands"),
        pytest.param("old:1", 3, "", id="the spec has changed since"),
        pytest.param(None, 4, "", id="nothing was written yet"),
    ],
)
def test_a_new_operator_keeps_the_image_until_the_spec_changes(
    status_image: str | None, observed: int, expected: str
) -> None:
    assert pinned(status_image, observed_generation=observed, generation=4) == expected
