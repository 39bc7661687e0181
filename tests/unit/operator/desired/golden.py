"""Golden pod templates: `make golden` writes them anew; the difference is for a person to judge.

Every difference here restarts pods of Orchestrators that nobody changed, at the next upgrade of
the operator. It needs a reason in CHANGELOG.md.
"""

from pathlib import Path

import yaml
from tests.unit.operator.desired.samples import sample, templates

FOLDER = Path(__file__).parent / "golden"
SUBJECTS = ("home", "studio", "external-queue")


def rendered(name: str) -> str:
    """One sample's pod templates as a file."""
    found = {f"{kind}/{child}": pod for (kind, child), pod in templates(sample(name)).items()}
    return yaml.safe_dump(found, sort_keys=True, width=100)


def path_of(name: str) -> Path:
    """Where a sample's templates are kept."""
    return FOLDER / f"{name}.yaml"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for subject in SUBJECTS:
        path_of(subject).write_text(rendered(subject))
