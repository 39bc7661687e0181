"""A release says which version it is of, and is refused where the checkout says otherwise."""

import subprocess
from pathlib import Path

import pytest
from tests.release.changelog import section, with_section
from tests.release.cli import main
from tests.release.errors import ReleaseError
from tests.release.source import clean_stamp
from tests.release.version import (
    PAGES,
    PLACES,
    REPOSITORY,
    check_stated,
    parse_version,
    restate,
    stated_version,
)

CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n### Added\n\n- New.\n\n## 0.1.0 - 2026-01-02\n\n- Old.\n"
)


@pytest.mark.parametrize(
    "version",
    ["0.2.0", "10.20.30", "1.0.0-rc.1", "1.0.0-alpha"],
)
def test_a_version_is_taken(version: str) -> None:
    assert parse_version(version) == version


@pytest.mark.parametrize(
    ("version", "told"),
    [
        pytest.param("", "say which version", id="none"),
        pytest.param("v0.2.0", "VERSION=0.2.0", id="with a v: the same without"),
        pytest.param("0.2", "MAJOR.MINOR.PATCH", id="two numbers"),
        pytest.param("0.02.0", "MAJOR.MINOR.PATCH", id="a leading zero"),
        pytest.param(
            "1.0.0+build", "MAJOR.MINOR.PATCH", id="build metadata, which tags cannot carry"
        ),
        pytest.param("1.0.0;reboot", "MAJOR.MINOR.PATCH", id="a shell's word"),
        pytest.param("1.0.0\n", "MAJOR.MINOR.PATCH", id="a line's end"),
        pytest.param("1.0.0-" + "a" * 90, "MAJOR.MINOR.PATCH", id="too long for a tag"),
    ],
)
def test_another_text_is_refused_with_what_to_write(
    version: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["make", version]) == 1
    assert told in capsys.readouterr().err


def test_every_place_states_the_same_version() -> None:
    check_stated(stated_version())


def test_a_version_that_is_not_stated_is_refused_and_can_be_set(tmp_path: Path) -> None:
    for name in {*PAGES, *(place.path for place in PLACES)}:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((REPOSITORY / name).read_text())

    with pytest.raises(ReleaseError, match=r"(?s)worker/pyproject\.toml: .*release-version"):
        check_stated("9.8.7", tmp_path)
    restate("9.8.7", tmp_path, report=lambda _: None)

    check_stated("9.8.7", tmp_path)


def test_a_checkout_with_changes_is_refused_in_a_sentence(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    _git(tmp_path, "add", "a")
    _git(tmp_path, "commit", "-q", "-m", "First")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "old").write_text("an earlier release")

    stamp = clean_stamp("0.1.0", tmp_path)
    (tmp_path / "a").write_text("2")

    assert len(stamp.revision) == 40
    with pytest.raises(ReleaseError, match="changes that no commit holds: a; commit them"):
        clean_stamp("0.1.0", tmp_path)


def test_the_changelogs_section_is_cut_out() -> None:
    assert section(CHANGELOG, "0.1.0") == "## 0.1.0 - 2026-01-02\n\n- Old.\n"


def test_what_is_unreleased_becomes_a_section() -> None:
    text = with_section(CHANGELOG, "0.2.0", "2026-03-04")

    assert section(text, "0.2.0") == "## 0.2.0 - 2026-03-04\n\n### Added\n\n- New.\n"
    assert section(text, "0.1.0").endswith("- Old.\n")
    with pytest.raises(ReleaseError, match="nothing under"):
        with_section(text, "0.3.0", "2026-03-05")


@pytest.mark.parametrize("version", ["0.2.0", "0.1"])
def test_a_version_without_a_section_is_told(version: str) -> None:
    with pytest.raises(ReleaseError, match=f"no section `## {version}"):
        section(CHANGELOG, version)


def _git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)
