"""`podium-worker transcode` from end to end: real files, real processes, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import av
import pytest
from tests.demo.playlists import parse_master, parse_media
from tests.media import probe, segments
from tests.media.hostile import noise, small_segment
from tests.support.patience import look_until

from podium_worker.cli import main

SMALL = (320, 180)
PATIENT = 240


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "podium_worker.cli", "transcode", *map(str, arguments)]


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=PATIENT
    )


def film(path: Path, *, seconds: int) -> Path:
    """Write one file with a key frame every second."""
    made = segments(seconds=seconds, segment_seconds=1.0, size=SMALL)
    path.write_bytes(b"".join(segment.data for segment in made))
    return path


def files_under(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def living_members(session: int) -> list[int]:
    """Return the processes of a session that still run."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def test_a_file_becomes_segments_that_play_at_once(tmp_path: Path) -> None:
    source = film(tmp_path / "film.ts", seconds=3)
    out = tmp_path / "out"

    ended = run(
        *(source, "--out", out, "--ladder", "144p,160x90:100k"),
        *("--segment-seconds", 1, "--json"),
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    report: dict[str, Any] = json.loads(ended.stdout)
    assert [one["name"] for one in report["segments"]] == ["00000", "00001", "00002"]
    assert [(one["name"], one["frames"]) for one in report["renditions"]] == [
        ("144p", 75),
        ("160x90", 75),
    ]
    assert all(one["psnrDb"] > 20 for one in report["renditions"])
    wanted = [
        f"{name}/{file}"
        for name in ("144p", "160x90")
        for file in ("00000.ts", "00001.ts", "00002.ts", "index.m3u8")
    ]
    assert files_under(out) == [*wanted, "master.m3u8"]
    uris = [uri for uri, _ in parse_master((out / "master.m3u8").read_text())]
    assert uris == ["144p/index.m3u8", "160x90/index.m3u8"]
    assert not any(one.gap for one in parse_media((out / uris[0]).read_text()))
    assert played_frames(out / uris[0]) == 75
    assert sounds(sorted((out / "144p").glob("*.ts"))) == sounds([source])


def played_frames(playlist: Path) -> int:
    options = {"allowed_extensions": "ALL"}
    with av.open(str(playlist), format="hls", options=options) as player:
        return sum(1 for _ in player.decode(video=0))


def sounds(paths: list[Path]) -> Counter[str]:
    return Counter(md5 for path in paths for md5 in probe(path.read_bytes()).audio_md5s)


def test_one_bad_segment_of_a_folder_costs_itself(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    good = segments(seconds=2, segment_seconds=1.0, size=SMALL)
    (folder / "part9.ts").write_bytes(good[0].data)
    (folder / "part10.ts").write_bytes(noise())
    (folder / "part11.ts").write_bytes(good[1].data)

    ended = run(folder, "--out", out, "--ladder", "144p")

    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["part9", "part10", "part11"]
    assert "failed: " in lines[1]
    assert "\x1b" not in ended.stderr + ended.stdout
    assert "2 segments in " in ended.stdout
    assert "1 failed" in ended.stdout
    assert files_under(out / "144p") == ["index.m3u8", "part11.ts", "part9.ts"]


def test_an_interrupted_run_leaves_whole_files_and_no_process(tmp_path: Path) -> None:
    source, out = film(tmp_path / "film.ts", seconds=60), tmp_path / "out"
    arguments = (source, "--out", out, "--ladder", "144p", "--segment-seconds", 1, "--slots", 2)

    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("00000")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        said, _ = process.communicate(timeout=PATIENT)

    assert process.returncode == 130
    assert said.splitlines()[-2].startswith("interrupted: ")
    look_until(lambda: not living_members(process.pid), "every process of the run has ended")
    assert not [name for name in files_under(out) if name.endswith(".part")]
    entries = parse_media((out / "144p" / "index.m3u8").read_text())
    assert 1 <= len(entries) < 60
    assert probe((out / "144p" / entries[-1].uri).read_bytes()).frames == 25


def test_a_run_that_is_there_already_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "one.ts"
    source.write_bytes(small_segment().data)
    (tmp_path / "out" / "144p").mkdir(parents=True)
    (tmp_path / "out" / "144p" / "one.ts").write_text("precious")

    status = main(["transcode", str(source), "--out", str(tmp_path / "out"), "--ladder", "144p"])

    assert status == 2
    assert (
        "144p/one.ts is there already; give another folder, or --force" in capsys.readouterr().err
    )
    assert (tmp_path / "out" / "144p" / "one.ts").read_text() == "precious"


@pytest.mark.parametrize(
    ("contents", "flags", "words"),
    [
        pytest.param(None, [], "IN: {source} does not exist; give a video", id="no input"),
        pytest.param(b"text", [], "IN: {source} cannot be read as video", id="no video"),
        pytest.param(b"", [], "IN: {source} cannot be read as video", id="an empty file"),
        pytest.param(
            b"#EXTM3U\n#EXTINF:2,\n/etc/hostname\n", [], "cannot be read as video", id="a playlist"
        ),
        pytest.param(
            small_segment, ["--ladder", "99p"], "--ladder: '99p' is not a rendition", id="ladder"
        ),
        pytest.param(
            small_segment, ["--out", "/proc/no"], "--out: cannot use /proc/no", id="no place"
        ),
        pytest.param(
            small_segment,
            ["--ladder", '[{"width":640,"height":360,"bitrate":1000000,"encoder":"VP9"}]'],
            "--ladder: Encoder not found",
            id="an encoder that nobody has",
        ),
    ],
)
def test_what_cannot_start_says_which_flag_and_what_to_do(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    contents: Any,
    flags: list[str],
    words: str,
) -> None:
    source = tmp_path / "in.ts"
    if contents is not None:
        source.write_bytes(contents if isinstance(contents, bytes) else contents().data)

    status = main(["transcode", str(source), "--out", str(tmp_path / "out"), *flags])

    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert words.format(source=source) in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--fps", "fast"], "argument --fps: 'fast' is not a frame rate; write 30"),
        (["--gop", "x"], "argument --gop: 'x' is not a key frame distance; write seconds"),
        (["--slots", "many"], "argument --slots: 'many' is not a number of slots; write 1 to 256"),
        (["--segment-seconds", "-1"], "argument --segment-seconds: '-1' is not a segment length"),
        (["--codec", "av1"], "argument --codec: invalid choice: 'av1' (choose from"),
    ],
)
def test_a_wrong_flag_is_named(
    capsys: pytest.CaptureFixture[str], flags: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["transcode", "in.ts", "--out", "out", *flags])

    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_a_dry_run_tells_and_makes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = film(tmp_path / "film.ts", seconds=3), tmp_path / "out"

    status = main(["transcode", str(source), "--out", str(out), "--dry-run"])

    said = capsys.readouterr().out
    assert status == 0
    assert [line.split()[1] for line in said.splitlines() if line.startswith("segment")] == [
        "00000:",
        "00001:",
    ]
    assert "rendition 720p: h264 in mpegts, up to 1280x720, 4 Mbit/s, source's frames" in said
    assert not out.exists()


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys, podium_worker.cli as cli\n"
        "try: cli.main(['transcode', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'av', 'pydantic', 'yaml', 'aiohttp', 'asyncio'} & set(sys.modules)))"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=PATIENT
    )

    assert ended.stdout.splitlines()[-1] == "[]"
