"""The words between a slot and its child."""

import asyncio
import io

import pytest
from hypothesis import given, strategies as st

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.frames import (
    Frame,
    error_frame,
    job_frame,
    parse_job,
    parse_reply,
    result_frame,
)
from podium_worker.transcoder.results import Rendition, TranscodeResult

RESULT = TranscodeResult(
    (
        Rendition("a", b"first", 10, 1, 2, 5, Container.MPEGTS),
        Rendition("b", b"", 0, 0, 2, 5, Container.MP4),
    ),
    decoded_frames=3,
    decoded_pixels=30,
)


async def received(frame: Frame) -> Frame:
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(frame.pack()))
    reader.feed_eof()
    return await Frame.receive(reader)


async def test_a_result_arrives_whole() -> None:
    assert parse_reply(await received(result_frame(RESULT))) == RESULT


async def test_an_error_arrives_as_that_error() -> None:
    frame = await received(error_frame(TranscodeError(ErrorText.RUNAWAY, "900 frames")))

    with pytest.raises(TranscodeError, match=r"Encoded frames runaway \(900 frames\)"):
        parse_reply(frame)


@given(st.binary(max_size=200), st.none() | st.floats(0, 300))
def test_a_job_arrives_whole(source: bytes, duration_seconds: float | None) -> None:
    profiles = (Profile(name="ü", width=640, height=360, bitrate=1),)
    sent = b"".join(job_frame(source, profiles, duration_seconds=duration_seconds).pack())

    frame = Frame.read(io.BytesIO(sent))

    assert frame is not None
    job = parse_job(frame)
    assert (job.source, job.profiles, job.duration_seconds) == (source, profiles, duration_seconds)


def test_a_closed_stream_has_no_frame() -> None:
    assert Frame.read(io.BytesIO(b"")) is None


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({}, id="neither result nor error"),
        pytest.param({"error": {}}, id="an error without words"),
        pytest.param({"result": {"renditions": [{}]}}, id="a rendition without its bytes"),
        pytest.param({"result": []}, id="a list for a result"),
    ],
)
def test_a_childs_nonsense_is_an_error_of_ours(head: dict[str, object]) -> None:
    with pytest.raises(TranscodeError) as caught:
        parse_reply(Frame(head))

    assert caught.value.text == "TranscoderStopped"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\xff\xff\xff\xff", id="a head of 4 GiB"),
        pytest.param(b"\x00\x00\x00\x18" + b'{"sizes": [99999999999]}', id="a body of 99 GB"),
        pytest.param(b"\x00\x00\x00\x0f" + b'{"sizes": [-1]}', id="a body of less than nothing"),
        pytest.param(b"\x00\x00\x00\x02" + b"no", id="no JSON"),
    ],
)
async def test_a_wild_message_is_refused_before_it_is_read(sent: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()

    with pytest.raises(ValueError, match=r"bytes|Expecting"):
        await Frame.receive(reader)
