"""Runs helm on the project's charts, as a person would."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from tests.chart.helms import helm_3

__all__ = [
    "CHART",
    "IMAGES",
    "ORCHESTRATOR_CHART",
    "HelmError",
    "documents",
    "helm",
    "render",
    "run_helm",
]

_CHARTS = Path(__file__).resolve().parents[2] / "charts"
CHART = _CHARTS / "podium"
ORCHESTRATOR_CHART = _CHARTS / "orchestrator"
IMAGES = (
    "--set=image.repository=example/operator",
    "--set=workerImage.repository=example/worker",
)


class HelmError(Exception):
    """Helm refused; the text is what it said."""


def run_helm(
    program: Path,
    *arguments: str,
    environment: dict[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """Run one of the Helms and return what it printed; `HelmError` carries its complaint."""
    done = subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        input=stdin,
    )
    if done.returncode:
        raise HelmError(done.stderr)
    return done.stdout


def helm(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run Helm 3 and return what it printed; `HelmError` carries its complaint."""
    return run_helm(helm_3(), *arguments, environment=environment)


def render(
    *values: str,
    namespace: str = "podium-system",
    images: Sequence[str] = IMAGES,
    arguments: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Return the objects that the chart makes of these `--set` arguments."""
    sets = [f"--set={value}" for value in values]
    place = f"--namespace={namespace}"
    text = helm("template", "podium", str(CHART), place, *images, *sets, *arguments)
    return documents(text)


def documents(text: str) -> list[dict[str, Any]]:
    """Read YAML with libyaml where it is there: the definition takes Python's own a second."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = yaml.load_all(text, Loader=loader)
    return [document for document in found if document]
