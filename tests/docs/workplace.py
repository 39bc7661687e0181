"""Where a reader works: a copy of what pages name, beside the real environment."""

import os
import shutil
import sys
from pathlib import Path

from tests.docs.pages import REPOSITORY

__all__ = ["environment_of_a_reader", "lay_out_checkout"]

_COPIED = ("charts", "manifests", "operator", "requirements", "worker")
_FILES = (".dockerignore", "Dockerfile", "Makefile")
_LINKED = (".venv", "mk", "tests")
_MADE = shutil.ignore_patterns("__pycache__", "*.egg-info")


def lay_out_checkout(folder: Path) -> Path:
    """Make a checkout in which commands may write without touching ours; returns it."""
    for name in _COPIED:
        shutil.copytree(REPOSITORY / name, folder / name, ignore=_MADE)
    for name in _FILES:
        shutil.copy2(REPOSITORY / name, folder / name)
    for name in _LINKED:
        (folder / name).symlink_to(REPOSITORY / name)
    return folder


def environment_of_a_reader(**more: str) -> dict[str, str]:
    """Return a person's environment with the project's programs on its PATH."""
    programs = Path(sys.executable).parent
    path = f"{programs}:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, **more}
