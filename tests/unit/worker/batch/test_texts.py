"""Playlists, tables, JSON and progress read as they should."""

import argparse
import json
from fractions import Fraction

import pytest
from tests.demo.playlists import parse_master, parse_media

from podium_worker.batch import units
from podium_worker.batch.options import parse_frame_rate, parse_gop_ms
from podium_worker.batch.playlists import master_playlist, media_playlist
from podium_worker.batch.progress import Progress, bar_line, record_line
from podium_worker.batch.records import MadeFile, SegmentRecord, Summary, totals
from podium_worker.batch.report import json_report, table_report


def made(
    number: int,
    *,
    rendition: str = "360p",
    seconds: float = 2.0,
    size: int = 250_000,
    psnr_db: float | None = 40.0,
) -> MadeFile:
    return MadeFile(
        rendition=rendition,
        path=f"{rendition}/{number:05}.ts",
        width=640,
        height=360,
        frames=50,
        bytes=size,
        start_seconds=10 + 2.0 * number,
        seconds=seconds,
        psnr_db=psnr_db,
    )


GOOD = SegmentRecord(0, "00000", 400_000, 2.0, 0.5, (made(0), made(0, rendition="240p")))
BAD = SegmentRecord(1, "00001", 400_000, 2.0, 0.1, error="TranscoderInvalidVideo (no picture)")
SUMMARY = Summary(
    records=(GOOD, BAD),
    wall_seconds=1.0,
    slots=2,
    hardware="cpu",
    encoder_profile="segment",
    renditions=totals((GOOD, BAD), ["360p", "240p"]),
)


def test_a_media_playlist_lists_segments_with_their_lengths() -> None:
    text = media_playlist([made(0), made(1, seconds=1.96)])

    entries = parse_media(text)
    assert [(one.uri, one.duration_seconds, one.gap) for one in entries] == [
        ("00000.ts", 2.0, False),
        ("00001.ts", 1.96, False),
    ]


def test_a_missing_segment_is_a_discontinuity() -> None:
    entries = parse_media(media_playlist([made(0), made(2)]))

    assert [one.gap for one in entries] == [False, True]


def test_the_master_playlist_begins_with_the_richest_rendition() -> None:
    low = [made(0, rendition="low", size=100_000)]
    high = [made(0, rendition="high"), made(1, rendition="high", size=500_000)]

    variants = parse_master(master_playlist([low, high, []]))

    assert [uri for uri, _ in variants] == ["high/index.m3u8", "low/index.m3u8"]
    assert variants[0][1]["BANDWIDTH"] == "2000000"
    assert variants[0][1]["AVERAGE-BANDWIDTH"] == "1500000"


def test_psnr_is_averaged_as_error() -> None:
    files = tuple(made(number, psnr_db=value) for number, value in enumerate((30.0, 50.0, None)))

    (total,) = totals([SegmentRecord(0, "0", 1, 2.0, 1.0, files)], ["360p"])

    assert total.psnr_db == pytest.approx(32.967, abs=0.001)


def test_the_table_tells_renditions_totals_and_failures() -> None:
    text = table_report(SUMMARY, playlist="out/master.m3u8")

    assert [line.split() for line in text.splitlines() if line.startswith("360p")] == [
        ["360p", "640x360", "50", "2.00", "2.00", "250", "kB", "1", "Mbit/s", "40.0", "dB"]
    ]
    assert "1 segment in 1.0 s · 2.00 x real time · 2 slots · cpu, segment · 1 failed" in text
    assert "  00001: TranscoderInvalidVideo (no picture)" in text
    assert text.endswith("play out/master.m3u8\n")


def test_json_has_what_the_table_has() -> None:
    document = json.loads(json_report(SUMMARY))

    assert (
        document["total"] | {"segments": 2, "failed": 1, "realTimeFactor": 2.0}
        == (document["total"])
    )
    assert [one["name"] for one in document["renditions"]] == ["360p", "240p"]
    assert document["segments"][1]["error"] == BAD.error
    assert document["segments"][0]["files"][0]["path"] == "360p/00000.ts"


@pytest.mark.parametrize("columns", [20, 60, 80, 200])
@pytest.mark.parametrize("count", [None, 4])
def test_the_bar_fits_its_terminal(columns: int, count: int | None) -> None:
    progress = Progress(count=count, seconds=8.0)
    progress.take(GOOD)
    progress.take(BAD)

    line = bar_line(progress, elapsed_seconds=2.0, columns=columns, has_colour=False)

    assert len(line) < columns
    assert "50%" in line


def test_colour_is_used_only_where_it_is_wanted() -> None:
    progress = Progress(count=1, seconds=None)

    for has_colour in (True, False):
        line = bar_line(progress, elapsed_seconds=0.0, columns=80, has_colour=has_colour)
        assert ("\x1b[" in line) == has_colour
        assert ("\x1b[" in record_line(BAD, has_colour=has_colour)) == has_colour


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (999_600, "1 MB"), (2_930_000, "2.93 MB")],
)
def test_sizes_are_short(value: int, text: str) -> None:
    assert units.size(value) == text


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30", Fraction(30)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("12.5", Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        ("0", None),
    ],
)
def test_a_frame_rate_is_meant_as_written(text: str, rate: Fraction | None) -> None:
    assert parse_frame_rate(text) == rate


@pytest.mark.parametrize("text", ["", "-1", "1/0", "fast", "241", "nan", "inf", "1e9"])
def test_a_wrong_frame_rate_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a frame rate; write 30"):
        parse_frame_rate(text)


@pytest.mark.parametrize(("text", "milliseconds"), [("2", 2000), ("0.5", 500), ("intra", -1)])
def test_a_key_frame_distance_is_meant_as_written(text: str, milliseconds: int) -> None:
    assert parse_gop_ms(text) == milliseconds


@pytest.mark.parametrize("text", ["", "-1", "two", "nan", "inf", "1e9"])
def test_a_wrong_key_frame_distance_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write seconds"):
        parse_gop_ms(text)
