"""The words between a slot and its child."""

import asyncio
import io

import pytest
from hypothesis import given, strategies as st

from podium_worker.profiles import Container, Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.results import Rendition, TranscodeResult
from podium_worker.transcoder.slots import frames
from podium_worker.transcoder.slots.frames import (
    Frame,
    Job,
    error_frame,
    job_frame,
    parse_job,
    parse_reply,
    result_frame,
)

PROFILES = (
    Profile(name="a", width=2, height=5, bitrate=1),
    Profile(name="ü" * 40_000, width=2, height=5, bitrate=1, format=Container.MP4),
)
RESULT = TranscodeResult(
    (
        Rendition("a", b"first", 10, 1, 2, 5, Container.MPEGTS, psnr_db=41.5),
        Rendition("ü" * 40_000, b"", 0, 0, 2, 5, Container.MP4),
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
    frame = await received(result_frame(RESULT, number=7))

    assert (parse_reply(frame, PROFILES), frame.number) == (RESULT, 7)


def test_renditions_too_large_for_the_parent_are_refused_by_the_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frames, "_MAX_BODY_BYTES", 4)

    with pytest.raises(TranscodeError, match=r"TranscoderInvalidVideo \(renditions of 5 bytes\)"):
        result_frame(RESULT)


async def test_an_error_arrives_as_that_error() -> None:
    error = TranscodeError(ErrorText.RUNAWAY, "900 frames")
    frame = await received(error_frame(error, number=7))

    with pytest.raises(TranscodeError, match=r"Encoded frames runaway \(900 frames\)"):
        parse_reply(frame, PROFILES)
    assert frame.number == 7


async def test_an_endless_complaint_is_cut() -> None:
    frame = await received(error_frame(TranscodeError("x" * 100_000, "y" * 100_000)))

    with pytest.raises(TranscodeError) as caught:
        parse_reply(frame, PROFILES)

    assert (len(caught.value.text), len(caught.value.detail)) == (500, 500)


@given(
    st.builds(
        Job,
        st.binary(max_size=200),
        st.just((Profile(name="ü", width=640, height=360, bitrate=1),)),
        duration_seconds=st.none() | st.floats(0, 300),
        encoder_profile=st.sampled_from(EncoderProfile),
        free_cores=st.integers(1, 256),
        number=st.integers(0, 1 << 60),
    )
)
def test_a_job_arrives_whole(job: Job) -> None:
    frame = Frame.read(io.BytesIO(b"".join(job_frame(job).pack())))

    assert frame is not None
    assert parse_job(frame) == job


def test_a_closed_stream_has_no_frame() -> None:
    assert Frame.read(io.BytesIO(b"")) is None


def spoilt(**fields: object) -> dict[str, object]:
    head = result_frame(RESULT).head
    first, *others = head["result"]["renditions"]
    return {"result": head["result"] | {"renditions": [first | fields, *others]}}


@pytest.mark.parametrize(
    "head",
    [
        pytest.param({}, id="neither result nor error"),
        pytest.param({"error": {}}, id="an error without words"),
        pytest.param({"error": []}, id="a list for an error"),
        pytest.param({"result": {"renditions": [{}]}}, id="a rendition without its bytes"),
        pytest.param({"result": []}, id="a list for a result"),
        pytest.param(spoilt(frames=-1), id="fewer frames than none"),
        pytest.param(spoilt(pixels=1e999), id="endlessly many pixels"),
        pytest.param(spoilt(pixels=True), id="a truth for a number"),
        pytest.param(spoilt(container="mp4"), id="another container than was asked for"),
        pytest.param(spoilt(psnr_db="good"), id="a word for a quality"),
    ],
)
def test_a_childs_nonsense_is_told_from_its_errors(head: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        parse_reply(Frame(head, (b"first", b"")), PROFILES)


@pytest.mark.parametrize("psnr", [float("nan"), float("inf")])
def test_a_quality_beyond_numbers_is_none(psnr: float) -> None:
    result = parse_reply(Frame(spoilt(psnr_db=psnr), (b"first", b"")), PROFILES)

    assert result.renditions[0].psnr_db is None


def framed(head: bytes) -> bytes:
    return len(head).to_bytes(4, "big") + head


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\xff\xff\xff\xff", id="a head of 4 GiB"),
        pytest.param(framed(b'{"sizes": [99999999999]}'), id="a body of 99 GB"),
        pytest.param(framed(b'{"sizes": [-1]}'), id="a body of less than nothing"),
        pytest.param(framed(b"no"), id="no JSON"),
        pytest.param(framed(b"\xff\xfe"), id="no text"),
        pytest.param(framed(b"[]"), id="a list"),
        pytest.param(framed(b'"sizes"'), id="a word"),
        pytest.param(framed(b"{}"), id="no sizes"),
        pytest.param(framed(b'{"sizes": null}'), id="no list of sizes"),
        pytest.param(framed(b'{"sizes": [1.5]}'), id="half a byte"),
        pytest.param(framed(b'{"sizes": [Infinity]}'), id="an endless body"),
        pytest.param(framed(b'{"sizes": [%s]}' % (b"9" * 5000)), id="a number of 5000 digits"),
        pytest.param(framed(b"[" * 60_000), id="a bottomless list"),
        pytest.param(framed(b'{"sizes": [%s0]}' % (b"0," * 9999)), id="thousands of bodies"),
    ],
)
async def test_a_wild_message_is_refused_before_it_is_read(sent: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(sent)
    reader.feed_eof()

    with pytest.raises(ValueError, match=r"bytes|no message head"):
        await Frame.receive(reader)


@given(st.binary(max_size=300), st.binary(max_size=300))
async def test_whatever_bytes_arrive_reading_ends(head: bytes, rest: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(framed(head) + rest)
    reader.feed_eof()

    with pytest.raises((ValueError, asyncio.IncompleteReadError)):
        await Frame.receive(reader)
