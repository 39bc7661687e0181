"""Files in a person's order; results whole, under safe names, never over others."""

from pathlib import Path

import pytest

from podium_worker.batch.inputs import SegmentFiles, find_files, segment_names
from podium_worker.batch.output import OutputFolder
from podium_worker.batch.records import MadeFile, SegmentRecord
from podium_worker.errors import StartError
from podium_worker.profiles import Container, Profile

HIGH = Profile(name="high", width=640, height=360, bitrate=1_000_000)
LOW = Profile(name="low", width=320, height=180, bitrate=300_000)


def test_a_folder_gives_its_videos_in_natural_order(tmp_path: Path) -> None:
    for name in ("seg10.ts", "seg9.TS", "seg1.ts", ".seg2.ts", "index.m3u8", "Seg2.ts"):
        (tmp_path / name).write_bytes(b"")

    found = [path.name for path in find_files([tmp_path])]

    assert found == ["seg1.ts", "Seg2.ts", "seg9.TS", "seg10.ts"]


def test_files_keep_the_order_given(tmp_path: Path) -> None:
    for name in ("b.ts", "a.ts"):
        (tmp_path / name).write_bytes(name.encode())

    pieces = list(SegmentFiles(find_files([tmp_path / "b.ts", tmp_path / "a.ts"])))

    assert [(piece.name, piece.data) for piece in pieces] == [("b", b"b.ts"), ("a", b"a.ts")]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["1.ts", "2.ts"], ["1", "2"], id="outputs are called after their files"),
        pytest.param(["a/1.ts", "b/1.mp4"], ["00000", "00001"], id="equal names become numbers"),
        pytest.param(["Über uns.ts"], ["Uber_uns"], id="names that a playlist can carry"),
        pytest.param(["日.ts", "x.ts"], ["00000", "00001"], id="nothing left of a name"),
    ],
)
def test_outputs_get_safe_names(names: list[str], expected: list[str]) -> None:
    assert segment_names([Path(name) for name in names]) == expected


def test_a_file_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    (tmp_path / "1.ts").write_bytes(b"good")

    pieces = list(SegmentFiles([tmp_path / "0.ts", tmp_path / "1.ts"]))

    assert "cannot read" in pieces[0].problem
    assert pieces[1].data == b"good"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: None, "does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "has no segments", id="an empty folder"),
    ],
)
def test_an_input_that_is_none_is_named(tmp_path: Path, make: object, words: str) -> None:
    make(tmp_path / "in")  # type: ignore[operator]  # one of the lambdas above

    with pytest.raises(StartError, match=f"^IN: .*{words}"):
        find_files([tmp_path / "in"])


def test_a_name_that_no_file_can_have_is_named() -> None:
    with pytest.raises(StartError, match=r"^IN: cannot look at x+: File name too long; give"):
        find_files([Path("x" * 300)])


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may read every folder

    with pytest.raises(StartError, match=r"^IN: cannot look at .*: Permission denied; give"):
        find_files([tmp_path])


def made(rendition: str, number: int, *, start: float | None = None) -> MadeFile:
    return MadeFile(
        rendition=rendition,
        path=f"{rendition}/{number}.ts",
        width=640,
        height=360,
        frames=50,
        bytes=250_000,
        start_seconds=2.0 * number if start is None else start,
        seconds=2.0,
        psnr_db=40.0,
    )


def record(number: int) -> SegmentRecord:
    files = (made("high", number), made("low", number))
    return SegmentRecord(number, str(number), 1, 2.0, 1.0, files)


def test_results_and_playlists_lie_where_they_are_said_to(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path / "out", [HIGH, LOW])
    output.prepare(is_forced=False)

    output.write_all({output.path_of(HIGH, "0"): b"h", output.path_of(LOW, "0"): b"l"})
    master = output.write_playlists([record(0)])
    output.discard()

    files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert [str(path.relative_to(tmp_path / "out")) for path in files] == [
        "high/0.ts",
        "high/index.m3u8",
        "low/0.ts",
        "low/index.m3u8",
        "master.m3u8",
    ]
    assert master == tmp_path / "out" / "master.m3u8"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    output = OutputFolder(tmp_path / "out", [HIGH, LOW])
    output.prepare(is_forced=False)
    (tmp_path / "out" / "low").rmdir()

    with pytest.raises(OSError, match="No such file"):
        output.write_all({"high/0.ts": b"h", "low/0.ts": b"l"})
    output.discard()

    assert not (tmp_path / "out").exists()


def test_what_is_there_is_replaced_only_when_forced(tmp_path: Path) -> None:
    (tmp_path / "high").mkdir()
    (tmp_path / "high" / "0.ts").write_bytes(b"old")
    output = OutputFolder(tmp_path, [HIGH])

    with pytest.raises(StartError, match=r"high/0\.ts is there already.*--force"):
        output.prepare(is_forced=False)
    output.prepare(is_forced=True)
    output.write_all({"high/0.ts": b"new"})

    assert (tmp_path / "high" / "0.ts").read_bytes() == b"new"


def test_files_of_others_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    OutputFolder(tmp_path, [HIGH]).prepare(is_forced=False)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_output_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(StartError, match=r"^--out: cannot use .*a folder you may write to"):
        OutputFolder(tmp_path / "out", [HIGH]).prepare(is_forced=False)


def test_whole_mp4_files_get_no_playlist(tmp_path: Path) -> None:
    profile = Profile(name="high", width=640, height=360, bitrate=1, format=Container.MP4)
    output = OutputFolder(tmp_path, [profile])
    output.prepare(is_forced=False)

    assert output.write_playlists([record(0)]) is None
