"""What a gateway gets back for good segments."""

import json
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest
from tests.interop.clips import Clip
from tests.interop.golivepeer import Gateway, JsonProfile, start_gateway
from tests.interop.standalone import Standalone
from tests.media import probe, segments

PRESET_SIZES = {
    "P360p30fps16x9": (640, 360),
    "P240p30fps16x9": (426, 240),
    "P144p30fps16x9": (256, 144),
}
FULL_PROFILES: list[JsonProfile] = [
    {
        "name": "half-rate",
        "width": 640,
        "height": 360,
        "bitrate": 800_000,
        "fps": 15,
        "fpsDen": 1,
        "profile": "H264ConstrainedHigh",
        "gop": "1",
    },
    {
        "name": "every-frame-a-key",
        "width": 426,
        "height": 240,
        "bitrate": 900_000,
        "fps": 30_000,
        "fpsDen": 1001,
        "profile": "H264Main",
        "gop": "intra",
    },
    {
        "name": "as-the-source",
        "width": 256,
        "height": 144,
        "bitrate": 300_000,
        "profile": "H264Baseline",
        "gop": "1",
    },
]


def test_every_preset_comes_back_for_every_segment(gateway: Gateway, stream: str) -> None:
    clip = Clip()

    for number in range(3):
        answer = gateway.push(stream, f"{number}.ts", clip.segment(number))

        source = probe(clip.segment(number))
        assert (answer.status, answer.text) == (200, "")
        assert list(answer.renditions) == list(PRESET_SIZES)
        for name, rendition in answer.renditions.items():
            seen = probe(rendition.content)
            assert rendition.content_type.startswith("video/mp2t")
            assert (seen.container, (seen.width, seen.height)) == ("mpegts", PRESET_SIZES[name])
            assert seen.times == source.times
            assert seen.key_times[0] == source.times[0]
            assert (seen.audio_times, seen.audio_md5s) == (source.audio_times, source.audio_md5s)


def test_a_real_programme_comes_back_whole(gateway: Gateway, stream: str) -> None:
    sources = segments(name="bbb720", seconds=6)
    ladder: list[JsonProfile] = [
        {"name": f"{height}p", "width": width, "height": height, "bitrate": 900_000}
        for width, height in ((854, 480), (640, 360), (426, 240))
    ]

    for source in sources:
        answer = gateway.push(
            stream, f"{source.seq}.ts", source.data, size=(1280, 720), profiles=ladder
        )

        assert (answer.status, answer.text) == (200, "")
        assert list(answer.renditions) == ["480p", "360p", "240p"]
        for rendition in answer.renditions.values():
            seen = probe(rendition.content)
            assert seen.times == probe(source.data).times
            assert seen.audio_md5s == source.audio_md5s


def test_a_stream_stays_with_its_session(gateway: Gateway, stream: str) -> None:
    for number in range(3):
        gateway.push(stream, f"{number}.ts", Clip().segment(number))

    log = gateway.log_of(stream)
    assert log.count("Submitting segment") == 3
    assert log.count("Successfully transcoded segment") == 3
    assert "Removing orch=" not in log


def test_profiles_with_rate_gop_and_profile_are_obeyed(
    go_livepeer: Path, podium: Standalone, tmp_path: Path, stream: str
) -> None:
    ladder = tmp_path / "profiles.json"
    ladder.write_text(json.dumps(FULL_PROFILES))
    own_gateway = start_gateway(go_livepeer, tmp_path, [podium.address], options=str(ladder))
    source = probe(Clip().segment())
    try:
        answer = own_gateway.push(stream, "0.ts", Clip().segment())
    finally:
        own_gateway.program.end()

    assert (answer.status, answer.text) == (200, "")
    half, intra, same = (probe(answer.renditions[str(p["name"])].content) for p in FULL_PROFILES)
    assert half.times == tuple(10 + Fraction(index, 15) for index in range(30))
    assert half.codec_profile == "High"
    assert half.key_times == (Fraction(10), Fraction(11))
    assert half.decode_times == half.times  # a constrained profile reorders nothing
    assert len(intra.times) == 60
    assert intra.key_times == intra.times
    assert intra.codec_profile == "Main"
    assert same.times == source.times
    assert same.codec_profile == "Constrained Baseline"
    assert same.key_times == half.key_times
    assert [(seen.width, seen.height) for seen in (half, intra, same)] == [
        (640, 360),
        (426, 240),
        (256, 144),
    ]
    assert half.audio_md5s == intra.audio_md5s == same.audio_md5s == source.audio_md5s
    assert half.audio_times == intra.audio_times == same.audio_times == source.audio_times


def test_an_mp4_segment_comes_back_as_mp4(gateway: Gateway, stream: str) -> None:
    clip = Clip(container="mp4")

    answer = gateway.push(stream, "0.mp4", clip.segment())

    assert (answer.status, answer.text) == (200, "")
    assert list(answer.renditions) == list(PRESET_SIZES)
    for name, rendition in answer.renditions.items():
        seen = probe(rendition.content)
        assert rendition.content_type.startswith("video/mp4")
        assert ("mp4" in seen.container, (seen.width, seen.height)) == (True, PRESET_SIZES[name])
        assert seen.times == probe(clip.segment()).times
        assert seen.audio_md5s == probe(clip.segment()).audio_md5s


def test_parallel_streams_get_their_own_renditions(gateway: Gateway, stream: str) -> None:
    clips = {f"{stream}-{start}": Clip(start_seconds=start) for start in (10, 500)}

    def push_all(name: str) -> list[tuple[int, tuple[Fraction, ...]]]:
        answers = [
            gateway.push(name, f"{number}.ts", clips[name].segment(number)) for number in range(3)
        ]
        return [
            (answer.status, probe(rendition.content).times)
            for answer in answers
            for rendition in answer.renditions.values()
        ]

    with ThreadPoolExecutor(len(clips)) as pool:
        results = dict(zip(clips, pool.map(push_all, clips), strict=True))

    for name, clip in clips.items():
        expected = [
            (200, probe(clip.segment(number)).times) for number in range(3) for _ in PRESET_SIZES
        ]
        assert results[name] == expected


@pytest.mark.parametrize("count", [1, 5], ids=["one rendition", "five renditions"])
def test_a_ladder_may_have_any_height(gateway: Gateway, stream: str, count: int) -> None:
    ladder: list[JsonProfile] = [
        {"name": f"r{step}", "width": 160 + 32 * step, "height": 90 + 18 * step, "bitrate": 200_000}
        for step in range(count)
    ]

    answer = gateway.push(stream, "0.ts", Clip(seconds=1).segment(), seconds=1, profiles=ladder)

    assert (answer.status, answer.text) == (200, "")
    assert list(answer.renditions) == [profile["name"] for profile in ladder]


def test_a_rendition_may_have_any_name(gateway: Gateway, stream: str) -> None:
    names = ["720p (main)/x", "ü ß?&#%20", "../../etc/passwd"]
    ladder: list[JsonProfile] = [
        {"name": name, "width": 256, "height": 144, "bitrate": 200_000} for name in names
    ]

    answer = gateway.push(stream, "0.ts", Clip(seconds=1).segment(), seconds=1, profiles=ladder)

    assert (answer.status, answer.text) == (200, "")
    assert list(answer.renditions) == names


def test_a_clock_that_wraps_is_kept(gateway: Gateway, stream: str) -> None:
    """MPEG-TS counts 33 bits of 90 kHz: 95 443.7 s, in the middle of this segment."""
    source = Clip(seconds=1, start_seconds=95_443).segment()
    ladder: list[JsonProfile] = [{"name": "r", "width": 256, "height": 144, "bitrate": 200_000}]

    answer = gateway.push(stream, "0.ts", source, seconds=1, profiles=ladder)

    assert (answer.status, answer.text) == (200, "")
    assert probe(answer.renditions["r"].content).times == probe(source).times


def test_segments_of_one_stream_may_overlap_and_repeat(gateway: Gateway, stream: str) -> None:
    clip = Clip(seconds=1)

    def push(number: int) -> tuple[int, list[tuple[Fraction, ...]]]:
        answer = gateway.push(stream, f"{number}.ts", clip.segment(number), seconds=1)
        return answer.status, [probe(part.content).times for part in answer.renditions.values()]

    numbers = [0, 1, 2, 3, 1]
    with ThreadPoolExecutor(len(numbers)) as pool:
        answers = list(pool.map(push, numbers))

    for number, (status, times) in zip(numbers, answers, strict=True):
        assert status == 200
        assert times == [probe(clip.segment(number)).times] * len(PRESET_SIZES)
