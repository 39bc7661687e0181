"""Debian's Chromium: the machine's own, else installed by apt where this is root on Debian.

Playwright drives it and brings no browser of its own. A font comes with it, since a bare machine
has none and text would be boxes.
"""

import os
import shutil
from pathlib import Path

from tests.devcluster.programs.errors import MissingError
from tests.devcluster.programs.host import alone_with_apt, install

__all__ = ["FLAGS", "chromium"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium", "fonts-dejavu-core")
# No sandbox: tests run as root in containers, and show pages of ours alone.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
)


def chromium() -> Path:
    """Return the program. MissingError says what to install where it cannot be had."""
    if (found := _found()) is not None:
        return found
    line = f"apt-get install --no-install-recommends {' '.join(_PACKAGES)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingError(f"no Chromium on PATH: as root, {line}")
    with alone_with_apt(print):
        if _found() is None:
            install(_PACKAGES)
    if (found := _found()) is None:
        raise MissingError(f"Chromium is still missing after {line}")
    return found


def _found() -> Path | None:
    programs = (shutil.which(name) for name in _NAMES)
    return next((Path(program) for program in programs if program), None)
