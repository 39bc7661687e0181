"""One release, from a clean checkout to a folder with checksums."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree

from tests.devcluster.images import TARGETS, Image, build
from tests.devcluster.images.base import ensure_base
from tests.devcluster.images.engine import find_engine
from tests.devcluster.images.hostpip import pip_secrets
from tests.devcluster.images.layout import Layout
from tests.devcluster.programs.cache import digest_of
from tests.release.changelog import section
from tests.release.charts import CHARTS, package_chart, write_manifests
from tests.release.images import Stamp, layers_of, write_image
from tests.release.inventory import check_locked, locked_versions, read_inventory
from tests.release.sbom import bill_of_materials
from tests.release.version import REPOSITORY

__all__ = ["build_afresh", "built", "checksums", "make_release"]

Report = Callable[[str], None]
_SUMS = "SHA256SUMS"


def make_release(
    images: Mapping[str, Image], out: Path, stamp: Stamp, *, report: Report
) -> list[Path]:
    """Write a whole release into `out`, which is replaced only when all of it is there.

    Raises:
        ReleaseError: the changelog says nothing, or an image is not what its lock says.
        ProgramsError: Helm or kubectl refused.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".release-", dir=out.parent) as folder:
        draft = Path(folder) / out.name
        draft.mkdir(mode=0o755)
        text = section((REPOSITORY / "CHANGELOG.md").read_text(), stamp.version)
        (draft / f"CHANGELOG-{stamp.version}.md").write_text(text)
        for chart in CHARTS:
            report(package_chart(chart, draft, stamp).name)
        for path in write_manifests(draft):
            report(path.name)
        for target, image in images.items():
            _write_image(target, image, draft, stamp, report)
        (draft / _SUMS).write_text(checksums(draft))
        rmtree(out, ignore_errors=True)
        draft.rename(out)
    return sorted(out.iterdir())


def checksums(folder: Path) -> str:
    """Return what `sha256sum --check` reads, of every file but its own."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != _SUMS)
    return "".join(f"{digest_of(path)}  {path.name}\n" for path in files)


def build_afresh(folder: Path, *, report: Report) -> dict[str, Image]:
    """Build both images in a storage of their own, so that no layer of an earlier build is used."""
    base, engine = ensure_base(report=report), find_engine(folder / "storage", report=report)
    layout = Layout(folder / "oci")
    made = {}
    with pip_secrets() as secrets:
        for target in TARGETS:
            image = Image(f"localhost/podium-{target}", "afresh", layout.root)
            report(f"{image.reference}: building")
            engine.build(target, image.reference, base, secrets)
            engine.export(image.reference, layout)
            made[target] = image
    return made


def built(*, report: Report) -> dict[str, Image]:
    """Return both images of the checkout, built where they were not."""
    return {image.name.rpartition("-")[2]: image for image in build(report=report)}


def _write_image(target: str, image: Image, out: Path, stamp: Stamp, report: Report) -> None:
    name = f"podium-{target}"
    archive = out / f"{name}-{stamp.version}.oci.tar"
    digest = write_image(image, archive, stamp)
    report(f"{archive.name}  {digest}")
    inventory = read_inventory(layers_of(image))
    lock = (REPOSITORY / "requirements" / f"{target}.txt").read_text()
    check_locked(inventory, locked_versions(lock), ours=name)
    bill = out / f"{name}-{stamp.version}.cdx.json"
    bill.write_text(bill_of_materials(name, digest, inventory, stamp))
    report(f"{bill.name}  {len(inventory.debian)} + {len(inventory.python)} packages")
