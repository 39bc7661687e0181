"""Ending what is only half there."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.devcluster.ending import end
from tests.devcluster.layout import Home

WAIT = "import sys; print(flush=True); sys.stdin.read()"


@pytest.fixture
def place(tmp_path: Path) -> Home:
    return Home("half", tmp_path / "run", tmp_path / "store")


def test_where_nothing_is_there_is_nothing_to_end(place: Home) -> None:
    assert not end(place)


def test_the_files_of_a_dead_cluster_are_removed(place: Home) -> None:
    (place.root / "logs").mkdir(parents=True)
    place.control.touch()

    assert end(place)

    assert not place.root.exists()


def test_a_first_process_that_does_not_answer_yet_is_ended(place: Home) -> None:
    place.root.mkdir()

    with _first_process(place.plan) as stray:
        end(place)
        assert stray.wait(timeout=60) == -9


def test_another_clusters_first_process_is_left_alone(place: Home, tmp_path: Path) -> None:
    with _first_process(tmp_path / "other" / "plan.json") as other:
        end(place)
        assert other.poll() is None


@contextmanager
def _first_process(plan: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run what is called like a cluster's first process; ends with the block."""
    command = [sys.executable, "-c", WAIT, "tests.devcluster.supervisor", str(plan)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # only what has begun to run shows its words in /proc
        yield process
