"""An image's tag follows what it is made of, and nothing else."""

import fnmatch
import shutil
from pathlib import Path

import pytest
from tests.devcluster.images.build import newest
from tests.devcluster.images.recipe import REPOSITORY, TARGETS, content_tag, inputs, source_tag


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    files = ["Dockerfile", ".dockerignore", "requirements/build.txt"]
    for target in TARGETS:
        files += [f"requirements/{target}.txt", f"{target}/README.md", f"{target}/pyproject.toml"]
        files += [f"{target}/src/podium_{target}/cli.py"]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(file)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "operator_changes", "worker_changes"),
    [
        pytest.param("operator/src/podium_operator/cli.py", True, False, id="operator's source"),
        pytest.param("operator/src/podium_operator/new.py", True, False, id="a new file"),
        pytest.param("requirements/worker.txt", False, True, id="worker's lock"),
        pytest.param("requirements/build.txt", True, True, id="the build's lock"),
        pytest.param("Dockerfile", True, True, id="the Dockerfile"),
        pytest.param("requirements/dev.txt", False, False, id="the tests' lock"),
        pytest.param("docs/page.md", False, False, id="a page"),
        pytest.param("worker/src/podium_worker/__pycache__/x.pyc", False, False, id="bytecode"),
        pytest.param("worker/src/podium_worker.egg-info/PKG", False, False, id="an editable's"),
    ],
)
def test_tag_changes_with_the_images_own_inputs_only(
    checkout: Path, file: str, *, operator_changes: bool, worker_changes: bool
) -> None:
    before = [source_tag(target, "base", checkout) for target in TARGETS]

    (checkout / file).parent.mkdir(parents=True, exist_ok=True)
    (checkout / file).write_text("changed")

    after = [source_tag(target, "base", checkout) for target in TARGETS]
    changes = [old != new for old, new in zip(before, after, strict=True)]
    assert changes == [operator_changes, worker_changes]


def test_tag_does_not_depend_on_where_the_checkout_lies(checkout: Path, tmp_path: Path) -> None:
    moved = shutil.copytree(checkout, tmp_path / "moved")

    assert source_tag("operator", "base", checkout) == source_tag("operator", "base", moved)


def test_another_base_is_another_tag(checkout: Path) -> None:
    assert source_tag("operator", "a", checkout) != source_tag("operator", "b", checkout)


def test_tag_tells_a_moved_boundary() -> None:
    assert content_tag([("a", b"bc")]) != content_tag([("ab", b"c")])


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_comes_through_the_dockerignore(target: str) -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]

    names = [str(path.relative_to(REPOSITORY)) for path in inputs(target)[2:]]

    assert all(path.exists() for path in inputs(target))
    stopped = [
        name
        for name in names
        if not any(fnmatch.fnmatch(name, p) or name.startswith(f"{p}/") for p in allowed)
    ]
    assert stopped == []


def test_newest_images_of_each_name_are_kept() -> None:
    made = ["h/a:1", "h/b:1", "h/a:2", "h/a:3"]

    assert newest(made, 2) == {"h/a:2", "h/a:3", "h/b:1"}
