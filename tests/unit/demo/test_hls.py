"""The saved files are judged as a player would: decoded, in order, without a hole."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.demo.continuity import boundary_problems
from tests.demo.decoding import FileReport
from tests.demo.judging import decode_all, pixel_problems, write_and_check_hls
from tests.gateway.gateway import Fetched
from tests.gateway.messages import Rendition
from tests.gateway.records import Outcome, RenditionRecord, SegmentRecord
from tests.gateway.saving import save_renditions, segment_path
from tests.media import segments

LADDER = (Rendition("source", 256, 144, 200_000),)
FRAMES = FileReport(
    "a",
    frames=50,
    width=10,
    height=10,
    first_seconds=10.0,
    last_seconds=11.96,
    audio_first_seconds=10.0,
    audio_end_seconds=12.01,
)
NEXT = replace(FRAMES, path="b", first_seconds=12.0, last_seconds=13.96, audio_first_seconds=12.01)


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, list[SegmentRecord]]:
    records = []
    for segment in segments(seconds=6, size=(256, 144)):
        pixels = segment.frames * 256 * 144
        one = Fetched("source", "", pixels, segment.data)
        save_renditions(tmp_path, "live-1", seq=segment.seq, fetched=[one])
        rendition = RenditionRecord("source", len(segment.data), pixels)
        records.append(
            SegmentRecord("live-1", segment.seq, 2.0, 1e9, Outcome.OK, "", renditions=(rendition,))
        )
    return tmp_path, records


def test_whole_segments_make_a_playable_stream(saved: tuple[Path, list[SegmentRecord]]) -> None:
    root, records = saved
    reports = decode_all(root, 60)

    masters, problems = write_and_check_hls(root, records, ladder=LADDER, reports=reports)

    assert problems == []
    assert pixel_problems(root, records, reports) == []
    assert "256x144" in masters["live-1"].read_text()


def test_a_missing_segment_is_a_hole(saved: tuple[Path, list[SegmentRecord]]) -> None:
    root, records = saved
    reports = decode_all(root, 60)

    _, problems = write_and_check_hls(
        root, [records[0], records[2]], ladder=LADDER, reports=reports
    )

    assert any("missing" in problem for problem in problems)


def test_a_segment_that_repeats_goes_back_in_time(
    saved: tuple[Path, list[SegmentRecord]],
) -> None:
    root, records = saved
    first = segment_path(root, "live-1", rendition="source", seq=0)
    shutil.copy(first, segment_path(root, "live-1", rendition="source", seq=1))
    reports = decode_all(root, 60)

    _, problems = write_and_check_hls(root, records, ladder=LADDER, reports=reports)

    assert problems


def test_noise_does_not_decode_and_a_false_pixel_count_is_named(
    saved: tuple[Path, list[SegmentRecord]],
) -> None:
    root, records = saved
    segment_path(root, "live-1", rendition="source", seq=2).write_bytes(b"\x47" * 4096)
    lying = replace(records[0], renditions=(RenditionRecord("source", 1, 7),))
    reports = decode_all(root, 60)

    problems = pixel_problems(root, [lying, *records[1:]], reports)

    assert len(problems) == 2
    assert "7 were claimed" in problems[0]


@pytest.mark.parametrize(
    ("after", "count"),
    [
        pytest.param(NEXT, 0, id="the next frame follows after one frame's time"),
        pytest.param(replace(NEXT, first_seconds=12.04), 1, id="a frame is missing between"),
        pytest.param(replace(NEXT, first_seconds=11.96), 1, id="a frame plays twice"),
        pytest.param(replace(NEXT, audio_first_seconds=12.2), 1, id="the sound has a hole"),
        pytest.param(replace(NEXT, audio_first_seconds=None), 1, id="the sound ends"),
        pytest.param(replace(NEXT, error="noise"), 1, id="the next does not decode"),
    ],
)
def test_boundaries_are_judged_in_frames(after: FileReport, count: int) -> None:
    assert len(boundary_problems([FRAMES, after])) == count
