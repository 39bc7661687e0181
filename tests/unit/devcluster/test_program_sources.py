"""Programs come from the first source that has them: given, cached, released, built."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.devcluster.programs import ensure
from tests.devcluster.programs.cache import Cache
from tests.devcluster.programs.catalogue import BUNDLES, Bundle, Release
from tests.devcluster.programs.ensure import Way, obtain
from tests.devcluster.programs.errors import (
    DamagedError,
    MissingError,
    ProgramsError,
    UnreachableError,
)

BUNDLE = Bundle("etcd", "1", ("etcd",), {"etcd": "."}, (Release("http://host/etcd", "", {}),))


def _way(name: str, fails: type[Exception] | None = None, *, offered: bool = True) -> Way:
    def fill(bundle: Bundle, directory: Path) -> None:
        if fails:
            raise fails(f"{name} fails")
        (directory / bundle.name).write_text(name)

    return Way(name, lambda _: name, fill, lambda _: offered)


@pytest.mark.parametrize(
    ("ways", "source"),
    [
        pytest.param([_way("release"), _way("build")], "release", id="a release comes first"),
        pytest.param(
            [_way("release", UnreachableError), _way("build")], "build", id="no internet: built"
        ),
        pytest.param(
            [_way("release", DamagedError), _way("build")], "build", id="bad release: built"
        ),
        pytest.param(
            [_way("release", offered=False), _way("build")], "build", id="no release: built"
        ),
    ],
)
def test_first_way_that_works_fills_the_cache(tmp_path: Path, ways: list[Way], source: str) -> None:
    place = obtain(BUNDLE, Cache(tmp_path), ways, report=lambda _: None)

    assert (place / "etcd").read_text() == source


def test_what_is_cached_is_not_fetched_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    obtain(BUNDLE, cache, [_way("build")], report=lambda _: None)

    ways = [_way("release"), _way("build", AssertionError)]
    place = obtain(BUNDLE, cache, ways, report=lambda _: None)

    assert (place / "etcd").read_text() == "build"


def test_failing_last_way_says_why(tmp_path: Path) -> None:
    ways = [_way("release", UnreachableError), _way("build", ProgramsError)]

    with pytest.raises(ProgramsError, match="build fails"):
        obtain(BUNDLE, Cache(tmp_path), ways, report=lambda _: None)


def test_every_source_is_reported(tmp_path: Path) -> None:
    lines: list[str] = []

    ways = [_way("release", UnreachableError), _way("build")]
    obtain(BUNDLE, Cache(tmp_path), ways, report=lines.append)

    assert lines == [
        "etcd-1: not in the cache (absent)",
        "etcd-1: not from release: release fails",
        f"etcd-1: from build, cached in {tmp_path}/etcd-1",
    ]


def test_kubebuilder_assets_win_over_every_other_source(tmp_path: Path) -> None:
    (tmp_path / "etcd").write_text("")
    environment = {"KUBEBUILDER_ASSETS": str(tmp_path), "PODIUM_CACHE": str(tmp_path / "cache")}

    paths = ensure(["etcd"], report=lambda _: None, environment=environment)

    assert paths == {"etcd": tmp_path / "etcd"}


def test_unknown_program_is_refused_by_name() -> None:
    with pytest.raises(MissingError, match=r"unknown programs \['etcdd'\]; known: .*etcd"):
        ensure(["etcdd"], report=lambda _: None)


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_wrapper_module_pins_the_bundles_version(bundle: Bundle) -> None:
    words = (bundle.module / "go.mod").read_text().split()

    assert bundle.name == "pause" or f"v{bundle.version}" in words


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_every_release_has_a_checksum_and_brings_only_the_bundles_programs(bundle: Bundle) -> None:
    releases = [release.filled(bundle.version, "amd64") for release in bundle.releases]

    for release in releases:
        assert release.url.startswith("https://")
        assert release.checksum_url.startswith("https://")
        assert "{" not in release.url + release.checksum_url + "".join(release.members.values())
    brought = {name for release in releases for name in release.members}
    assert not releases or brought == set(bundle.programs)


def _other_version(bundle: Bundle) -> Bundle:
    return Bundle(bundle.name, "2", bundle.programs, {"etcd": "./other"})


def _other_stamp(bundle: Bundle) -> Bundle:
    return Bundle(bundle.name, "1", bundle.programs, bundle.packages, stamps={"a": "b"})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_other_version, id="another package"),
        pytest.param(_other_stamp, id="another stamp"),
    ],
)
def test_recipe_changes_with_what_is_built(change: Callable[[Bundle], Bundle]) -> None:
    assert change(BUNDLE).recipe() != BUNDLE.recipe()
    assert BUNDLE.recipe() == BUNDLE.recipe()
