"""Archives, chart packages and manifests are the same bytes, whatever the hour."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from tests.release.charts import CHARTS, package_chart, write_manifests
from tests.release.making import checksums
from tests.release.samples import STAMP, small_tar
from tests.release.steady import steadied


def test_an_archive_is_the_same_whatever_the_hour_and_the_order(tmp_path: Path) -> None:
    one = small_tar(tmp_path / "one.tar", {"a": b"1", "d/b": b"2", "d/c": b"3"}, at=1_600_000_000)
    two = small_tar(tmp_path / "two.tar", {"d/c": b"3", "a": b"1", "d/b": b"2"}, at=1_650_000_000)
    (tmp_path / "two.tar.gz").write_bytes(gzip.compress(two.read_bytes(), mtime=5))

    first = steadied(one, tmp_path / "first", epoch=STAMP.epoch)
    second = steadied(tmp_path / "two.tar.gz", tmp_path / "second", epoch=STAMP.epoch)

    assert first == second
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    with tarfile.open(tmp_path / "first") as archive:
        assert [(one.name, one.mtime) for one in archive] == [
            ("a", STAMP.epoch),
            ("d/b", STAMP.epoch),
            ("d/c", STAMP.epoch),
        ]


def test_compiled_files_say_the_time_that_their_sources_get(tmp_path: Path) -> None:
    source = b"magi" + bytes(4) + (1_650_000_000).to_bytes(4, "little") + b"size" + b"code"
    checked = b"magi" + b"\1\0\0\0" + b"hashhash" + b"code"
    path = small_tar(tmp_path / "in", {"a.pyc": source, "b.pyc": checked}, at=1)

    steadied(path, tmp_path / "out", epoch=STAMP.epoch)

    with tarfile.open(tmp_path / "out") as archive:
        held = {one.name: archive.extractfile(one) for one in archive.getmembers()}
        texts = {name: file.read() for name, file in held.items() if file}
    assert texts["a.pyc"][8:12] == STAMP.epoch.to_bytes(4, "little")
    assert texts["a.pyc"][12:] == b"sizecode"
    assert texts["b.pyc"] == checked


def test_links_and_modes_survive(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "in", "w") as archive:
        hard, soft, program = (tarfile.TarInfo(name) for name in ("a", "b", "z"))
        program.mode, program.size, program.uid = 0o4755, 2, 65532
        archive.addfile(program, io.BytesIO(b"#!"))
        hard.type, hard.linkname = tarfile.LNKTYPE, "z"
        soft.type, soft.linkname = tarfile.SYMTYPE, "../z"
        archive.addfile(hard)
        archive.addfile(soft)

    steadied(tmp_path / "in", tmp_path / "out", epoch=STAMP.epoch)

    with tarfile.open(tmp_path / "out") as archive:
        found = {one.name: one for one in archive.getmembers()}
        assert [*found] == ["b", "z", "a"]
        assert (found["z"].mode, found["z"].uid) == (0o4755, 65532)
        assert (found["a"].linkname, found["b"].linkname) == ("z", "../z")


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_packaged_to_the_same_bytes(chart: str, tmp_path: Path) -> None:
    sums = set()
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        package = package_chart(chart, tmp_path / turn, STAMP)
        sums.add(package.read_bytes())
        assert checksums(tmp_path / turn).endswith(f"  {package.name}\n")

    assert len(sums) == 1


def test_each_overlay_is_one_manifest(tmp_path: Path) -> None:
    made = {path.name: path.read_text() for path in write_manifests(tmp_path)}

    assert [*made] == [
        "crd.yaml",
        "install-default.yaml",
        "install-namespaced.yaml",
        "install-high-availability.yaml",
    ]
    assert all("kind: CustomResourceDefinition" in text for text in made.values())
    assert "kind: Deployment" in made["install-default.yaml"]
