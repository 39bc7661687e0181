"""Ending what is only half there."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.devcluster.ending import end
from tests.devcluster.layout import Home

WAIT = "import sys; sys.stdin.read()"


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
    words = ("tests.devcluster.supervisor", str(place.plan))
    command = [sys.executable, "-c", WAIT, *words]

    with subprocess.Popen(command, stdin=subprocess.PIPE) as stray:
        end(place)
        assert stray.wait(timeout=60) == -9


def test_another_clusters_first_process_is_left_alone(place: Home, tmp_path: Path) -> None:
    words = ("tests.devcluster.supervisor", str(tmp_path / "other" / "plan.json"))
    command = [sys.executable, "-c", WAIT, *words]

    with subprocess.Popen(command, stdin=subprocess.PIPE) as other:
        end(place)
        assert other.poll() is None
