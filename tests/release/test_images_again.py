"""Both images, built twice in storages of their own, are one release: `make release-check`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.release.version import REPOSITORY

_VERSION = "99.0.0"
_MAINTAINER = ("-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.org")


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.skipif(os.geteuid() != 0, reason="builds images by chroot: needs root")
def test_a_release_made_twice_is_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    _git("clone", "-q", str(REPOSITORY), str(source))

    assert _release(source, "version") == 0
    _git("-C", str(source), *_MAINTAINER, "commit", "-qam", f"Release {_VERSION}")

    assert _release(source, "check") == 0


def _release(source: Path, command: str) -> int:
    """Run one of the release's commands as its maintainer does, in a checkout of its own."""
    asked = [sys.executable, "-m", "tests.release", command, _VERSION]
    return subprocess.run(asked, cwd=source, check=False).returncode


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)
