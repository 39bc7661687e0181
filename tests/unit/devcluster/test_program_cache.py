"""A cached program is used only when it is what was stored, by the recipe that is wanted."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.devcluster.programs.cache import Cache, cache_root

FOLDER = "etcd-1"
RECIPE = "recipe"


def _fill(directory: Path) -> None:
    (directory / "etcd").write_bytes(b"program")


def _truncate(place: Path) -> None:
    (place / "etcd").write_bytes(b"prog")


def _alter(place: Path) -> None:
    (place / "etcd").write_bytes(b"PROGRAM")
    os.utime(place / "etcd", ns=(1, 1))


def _touch(place: Path) -> None:
    os.utime(place / "etcd", ns=(1, 1))


def _remove(place: Path) -> None:
    (place / "etcd").unlink()


def _damage_record(place: Path) -> None:
    (place / "record.json").write_text('{"recipe": "recipe", "files": {"etcd": {"size": 1}}}')


def _nothing(place: Path) -> None:
    del place


@pytest.mark.parametrize(
    ("harm", "recipes", "fault"),
    [
        pytest.param(_nothing, {RECIPE}, None, id="what was stored is used"),
        pytest.param(_nothing, {"a", RECIPE}, None, id="any of the offered recipes will do"),
        pytest.param(_nothing, {"other"}, "made by another recipe", id="a stale build is not"),
        pytest.param(_truncate, {RECIPE}, "etcd has 4 bytes, not 7", id="a cut file is not"),
        pytest.param(
            _alter, {RECIPE}, "etcd is not the file that was stored", id="an altered file is not"
        ),
        pytest.param(_touch, {RECIPE}, None, id="a copied file with a new time is"),
        pytest.param(_remove, {RECIPE}, "etcd is missing", id="a lost file is not"),
        pytest.param(
            _damage_record, {RECIPE}, "its record is missing or damaged", id="a bad record is not"
        ),
    ],
)
def test_cached_folder_is_used_only_when_whole(
    tmp_path: Path, harm: Callable[[Path], None], recipes: set[str], fault: str | None
) -> None:
    cache = Cache(tmp_path)
    harm(cache.store(FOLDER, RECIPE, _fill))

    assert cache.fault(FOLDER, recipes) == fault


def test_absent_folder_is_a_fault(tmp_path: Path) -> None:
    assert Cache(tmp_path).fault(FOLDER, {RECIPE}) == "absent"


def test_files_in_folders_are_verified_too(tmp_path: Path) -> None:
    def fill(directory: Path) -> None:
        (directory / "bin").mkdir()
        _fill(directory / "bin")

    cache = Cache(tmp_path)
    place = cache.store(FOLDER, RECIPE, fill)

    assert cache.fault(FOLDER, {RECIPE}) is None
    _remove(place / "bin")
    assert cache.fault(FOLDER, {RECIPE}) == "etcd is missing"


def test_failed_fill_leaves_the_old_folder_and_no_draft(tmp_path: Path) -> None:
    def fail(directory: Path) -> None:
        (directory / "etcd").write_bytes(b"half")
        raise OSError("disk full")

    cache = Cache(tmp_path)
    cache.store(FOLDER, RECIPE, _fill)

    with pytest.raises(OSError, match="disk full"):
        cache.store(FOLDER, RECIPE, fail)

    assert cache.fault(FOLDER, {RECIPE}) is None
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_new_folder_takes_the_place_of_a_faulty_one(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    _truncate(cache.store(FOLDER, RECIPE, _fill))

    cache.store(FOLDER, RECIPE, _fill)

    assert cache.fault(FOLDER, {RECIPE}) is None
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]


def test_second_writer_is_told_and_waits_for_the_first(tmp_path: Path) -> None:
    cache, told, order = Cache(tmp_path), threading.Event(), list[str]()

    def second() -> None:
        with cache.locked(FOLDER, told.set):
            order.append("second")

    with cache.locked(FOLDER, lambda: None):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(timeout=30)
        order.append("first")
    thread.join(timeout=30)

    assert order == ["first", "second"]


@pytest.mark.parametrize(
    ("environment", "root"),
    [
        pytest.param({"PODIUM_CACHE": "/a/b"}, Path("/a/b"), id="PODIUM_CACHE wins"),
        pytest.param({"XDG_CACHE_HOME": "/c"}, Path("/c/podium"), id="then the user's own cache"),
        pytest.param({}, Path.home() / ".cache/podium", id="then the usual one"),
    ],
)
def test_cache_lies_where_the_user_says(environment: dict[str, str], root: Path) -> None:
    assert cache_root(environment) == root
