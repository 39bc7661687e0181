"""A segment or an order that cannot be met costs that segment, and nothing else."""

import random

import pytest
from tests.interop.clips import Clip, with_garbage_after_start, without_key_frame
from tests.interop.golivepeer import Gateway, JsonProfile

NOT_A_SEGMENT = {
    "text instead of video": b"<html><title>502 Bad Gateway</title></html>\n" * 40,
    "an empty body": b"",
    "random bytes": random.Random(2).randbytes(50_000),
}
_ERROR_TEXT = "TranscoderInvalidVideo"


@pytest.mark.parametrize("content", NOT_A_SEGMENT.values(), ids=NOT_A_SEGMENT)
def test_wrong_content_is_not_retried(gateway: Gateway, stream: str, content: bytes) -> None:
    answer = gateway.push(stream, "0.ts", content)

    assert answer.status == 422
    assert _ERROR_TEXT in answer.text
    _assert_tried_once(gateway, stream)


def test_a_segment_without_key_frame_is_not_retried(gateway: Gateway, stream: str) -> None:
    answer = gateway.push(stream, "0.ts", without_key_frame(Clip().segment()))

    assert answer.status == 422
    assert "No keyframes in input" in answer.text
    _assert_tried_once(gateway, stream)


def test_a_segment_of_garbage_after_its_start_is_not_retried(gateway: Gateway, stream: str) -> None:
    answer = gateway.push(stream, "0.ts", with_garbage_after_start(Clip().segment()))

    assert answer.status == 422
    _assert_tried_once(gateway, stream)


def test_sound_without_picture_is_not_retried(gateway: Gateway, stream: str) -> None:
    answer = gateway.push(stream, "0.ts", Clip(codec="").segment())

    assert answer.status == 422
    assert _ERROR_TEXT in answer.text
    _assert_tried_once(gateway, stream)


def test_a_profile_too_many_is_not_retried(gateway: Gateway, stream: str) -> None:
    ladder: list[JsonProfile] = [
        {"name": f"r{step}", "width": 256, "height": 144, "bitrate": 200_000 + step}
        for step in range(11)
    ]

    answer = gateway.push(stream, "0.ts", Clip(seconds=1).segment(), profiles=ladder)

    assert answer.status == 422
    assert "Too many outputs" in answer.text
    _assert_tried_once(gateway, stream)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"width": 0, "height": 0}, "TranscoderInvalidResolution"),
        ({"bitrate": 0}, "Invalid argument"),
    ],
    ids=["no size", "neither bit rate nor quality"],
)
def test_an_order_of_nothing_is_not_retried(
    gateway: Gateway, stream: str, order: JsonProfile, error: str
) -> None:
    """go-livepeer takes a size and a rate of its own there; ours says what is wrong."""
    ladder = [{"name": "nothing", "width": 320, "height": 180, "bitrate": 200_000, **order}]

    answer = gateway.push(stream, "0.ts", Clip(seconds=1).segment(), profiles=ladder)

    assert answer.status == 422
    assert error in answer.text
    _assert_tried_once(gateway, stream)


def test_the_stream_goes_on_after_bad_segments(gateway: Gateway, stream: str) -> None:
    good = Clip().segment()
    contents = [good, without_key_frame(good), good, good[: len(good) // 2 + 77], good, b"?", good]

    statuses = [
        gateway.push(stream, f"{number}.ts", content).status
        for number, content in enumerate(contents)
    ]

    assert statuses == [200, 422, 200, 200, 200, 422, 200]


def _assert_tried_once(gateway: Gateway, stream: str) -> None:
    log = gateway.log_of(stream)
    assert log.count("Submitting segment") == 1
    assert "Removing orch=" not in log
