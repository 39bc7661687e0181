"""Runs helm on the project's chart, as a person would."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

__all__ = ["CHART", "IMAGES", "HelmError", "helm", "render"]

CHART = Path(__file__).resolve().parents[2] / "charts" / "podium"
IMAGES = (
    "--set=image.repository=example/operator",
    "--set=workerImage.repository=example/worker",
)
_HELM = Path(__file__).resolve().parents[2] / ".venv" / "bin" / "helm"


class HelmError(Exception):
    """Helm refused; the text is what it said."""


def helm(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run helm and return what it printed; `HelmError` carries its complaint."""
    done = subprocess.run(
        [str(_HELM), *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise HelmError(done.stderr)
    return done.stdout


def render(
    *values: str, namespace: str = "podium-system", images: Sequence[str] = IMAGES
) -> list[dict[str, Any]]:
    """Return the objects that the chart makes of these `--set` arguments."""
    sets = [f"--set={value}" for value in values]
    text = helm("template", "podium", str(CHART), f"--namespace={namespace}", *images, *sets)
    return [document for document in yaml.safe_load_all(text) if document]
