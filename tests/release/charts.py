"""What a release brings beside images: chart packages, and one manifest an overlay."""

import tempfile
from pathlib import Path

from tests.chart.helms import helm_3
from tests.chart.kustomized import OVERLAYS
from tests.devcluster.programs import ensure
from tests.devcluster.programs.run import run
from tests.release.images import Stamp
from tests.release.steady import steadied
from tests.release.version import REPOSITORY

__all__ = ["CHARTS", "package_chart", "write_manifests"]

CHARTS = ("podium", "orchestrator")
_LIMIT_SECONDS = 240


def package_chart(name: str, out: Path, stamp: Stamp, *, root: Path = REPOSITORY) -> Path:
    """Package a chart by Helm, then steady what Helm stamps with the hour."""
    with tempfile.TemporaryDirectory(dir=out) as folder:
        chart = root / "charts" / name
        command = [str(helm_3()), "package", str(chart), f"--destination={folder}"]
        run(command, limit_seconds=_LIMIT_SECONDS)
        target = out / f"{name}-{stamp.version}.tgz"
        steadied(Path(folder) / target.name, target, epoch=stamp.epoch)
    return target


def write_manifests(out: Path, *, root: Path = REPOSITORY) -> list[Path]:
    """Write the definition alone, and an `install-….yaml` of each overlay."""
    kubectl = ensure(("kubectl",), report=lambda _: None)["kubectl"]
    folders = {"crd.yaml": "crd"}
    folders |= {f"install-{name}.yaml": f"overlays/{name}" for name in OVERLAYS}
    for name, folder in folders.items():
        command = [str(kubectl), "kustomize", str(root / "manifests" / folder)]
        (out / name).write_text(run(command, limit_seconds=_LIMIT_SECONDS))
    return [out / name for name in folders]
