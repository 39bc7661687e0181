"""What is released keeps every claim of the images, and Python compiles nothing anew in it."""

import os
import tarfile
from pathlib import Path

import pytest
from tests.devcluster.images import TARGETS, Image, build
from tests.images.check import check, laid_out
from tests.images.confinement import run_confined
from tests.release.images import Stamp, write_image
from tests.release.version import stated_version

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

_STALE = """
import os, sys
from importlib.util import cache_from_source
from pathlib import Path
stale = []
for source in Path("/opt/podium").rglob("*.py"):
    compiled = Path(cache_from_source(source))
    if compiled.exists():
        noted = int.from_bytes(compiled.read_bytes()[8:12], "little")
        if noted != int(source.stat().st_mtime) & 0xFFFFFFFF:
            stale.append(source)
sys.exit(f"{len(stale)} stale, such as {stale[0]}" if stale else 0)
"""


@pytest.mark.parametrize("target", TARGETS)
def test_a_released_image_keeps_every_claim(target: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("makes namespaces and mounts: needs root")
    (image,) = build([target], report=print)
    stamp = Stamp(stated_version(), "0" * 40, 1_700_000_000)
    write_image(image, tmp_path / "image.tar", stamp)
    with tarfile.open(tmp_path / "image.tar") as archive:
        archive.extractall(tmp_path / "layout", filter="data")

    released = Image(image.name, stamp.version, tmp_path / "layout")
    with laid_out(released) as system:
        findings = [*check(released, system)]
        run_confined(system, ["python", "-c", _STALE])

    assert [f"{one.claim}: {one.fault}" for one in findings if one.fault] == []
