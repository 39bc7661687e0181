"""Every sample is an Orchestrator that the operator takes, and says what it shows."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.chart.generated import REPOSITORY
from tests.chart.render import ORCHESTRATOR_CHART, helm

from podium_operator.api.names import KIND
from podium_operator.api.v1alpha1 import parse
from podium_operator.yaml_text import to_yaml

SAMPLES = sorted((REPOSITORY / "manifests" / "samples").glob("*.yaml"))
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)


def _orchestrators(sample: Path) -> list[dict[str, Any]]:
    return [body for body in yaml.safe_load_all(sample.read_text()) if body["kind"] == KIND]


@EVERY_SAMPLE
def test_a_sample_is_taken_by_the_operator(sample: Path) -> None:
    bodies = _orchestrators(sample)

    assert bodies
    for body in bodies:
        placed = {**body, "metadata": {**body["metadata"], "namespace": "media", "uid": "1"}}
        assert parse(placed).spec.pools


@EVERY_SAMPLE
def test_a_sample_says_first_what_it_shows(sample: Path) -> None:
    assert sample.read_text().startswith("# ")


def test_the_smallest_sample_fits_in_twelve_lines() -> None:
    lines = (REPOSITORY / "manifests/samples/home.yaml").read_text().splitlines()

    assert len(lines) <= 12


@EVERY_SAMPLE
def test_the_orchestrator_chart_makes_what_a_sample_asks(sample: Path, tmp_path: Path) -> None:
    for body in _orchestrators(sample):
        values = tmp_path / "values.yaml"
        values.write_text(to_yaml({"name": body["metadata"]["name"], "spec": body["spec"]}))

        text = helm("template", "x", str(ORCHESTRATOR_CHART), f"--values={values}")

        made = yaml.safe_load(text)
        assert made["spec"] == body["spec"]
        assert made["metadata"]["name"] == body["metadata"]["name"]
