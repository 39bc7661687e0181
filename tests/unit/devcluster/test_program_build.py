"""A build is reproducible, says how far it is, and shows its errors."""

from pathlib import Path

import pytest
from tests.devcluster.programs.build import Progress, build, build_command
from tests.devcluster.programs.catalogue import BUNDLES, Bundle
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.toolchain import parse_go_version

_PAUSE = next(bundle for bundle in BUNDLES if bundle.name == "pause")


@pytest.mark.parametrize(
    ("line", "packages", "modules", "is_progress"),
    [
        pytest.param("k8s.io/api/core/v1", 1, 0, True, id="a package"),
        pytest.param("sync", 1, 0, True, id="a package of the standard library"),
        pytest.param("go: downloading k8s.io/api v0.36.4", 0, 1, True, id="a module"),
        pytest.param("# k8s.io/api/core/v1", 0, 0, False, id="a failing package's heading"),
        pytest.param("./main.go:3:1: undefined: x", 0, 0, False, id="an error"),
        pytest.param("go: no such tool", 0, 0, False, id="the command's own words"),
        pytest.param("", 0, 0, False, id="an empty line"),
    ],
)
def test_each_line_of_a_build_counts_as_what_it_is(
    line: str, packages: int, modules: int, *, is_progress: bool
) -> None:
    progress = Progress(total_packages=10)

    assert progress.read(line) is is_progress
    assert (progress.packages, progress.modules) == (packages, modules)


def test_progress_tells_packages_and_time() -> None:
    progress = Progress(total_packages=2548, packages=412)

    assert progress.sentence(95.7) == "412 of at most 2548 packages compiled, 1:35 elapsed"


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.name)
def test_build_carries_no_path_and_no_state_of_the_checkout(bundle: Bundle) -> None:
    for package in bundle.packages.values():
        command = build_command(bundle, package, output=Path("out"), go=Path("go"))

        assert {"-trimpath", "-buildvcs=false", "-mod=readonly"} <= set(command)
        assert command[-3:] == ["-o", "out", package]


def _go(folder: Path, *, build: str) -> Path:
    """Write a program that lists two packages as Go does, and builds as told."""
    program = folder / "go"
    program.write_text(f'#!/bin/sh\n[ "$1" = list ] && printf "a/b\\nsync\\n" && exit\n{build}\n')
    program.chmod(0o755)
    return program


def test_failed_build_shows_the_compilers_words(tmp_path: Path) -> None:
    go = _go(tmp_path, build="echo a/b >&2; echo './main.go:3:1: undefined: x' >&2; exit 1")

    with pytest.raises(ProgramsError) as caught:
        build(_PAUSE, tmp_path, go=go, report=lambda _: None)

    assert str(caught.value) == "pause-1: go build failed (1):\n./main.go:3:1: undefined: x"


def test_programs_that_share_a_file_are_links_to_it(tmp_path: Path) -> None:
    go = _go(tmp_path, build='while [ "$1" != -o ]; do shift; done; echo program > "$2"')
    bundle = Bundle("pause", "1", ("one", "two"), {"all": "."}, links="all")

    build(bundle, tmp_path, go=go, report=lambda _: None)

    assert len({(tmp_path / name).stat().st_ino for name in ("all", "one", "two")}) == 1


@pytest.mark.parametrize(
    ("text", "version"),
    [
        pytest.param("go version go1.26.8 linux/amd64", (1, 26, 8), id="a release"),
        pytest.param("go version go1.27rc1 linux/arm64", (1, 27, 0), id="a candidate"),
        pytest.param("go version devel +abc", (0, 0, 0), id="a development tree"),
        pytest.param("", (0, 0, 0), id="nothing"),
    ],
)
def test_go_version_is_read(text: str, version: tuple[int, int, int]) -> None:
    assert parse_go_version(text) == version
