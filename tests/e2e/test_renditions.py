"""What a gateway gets back is the source, smaller: the same pictures, times and sound."""

import asyncio

import pytest
from tests.e2e.likeness import lowest_psnr
from tests.e2e.places import LADDER, Place
from tests.e2e.recording import accepted, streaming
from tests.gateway.errors import GatewayError, TranscodeError
from tests.gateway.gateway import Fetched, Gateway, Upload
from tests.media import Segment, probe, segments
from tests.media.hostile import HOSTILE, no_keyframe, noise, truncated

# The lowest PSNR of any picture at these bitrates is about 34 dB; a shifted or broken one has 20.
LOWEST_PSNR_DB = 28.0
SOURCE = segments(seconds=6, size=(640, 360))


async def _push(gateway: Gateway, segment: Segment) -> tuple[Fetched, ...]:
    session = await accepted(gateway, LADDER)
    upload = Upload("live", segment.seq, segment.duration_ms / 1000, segment.data)
    try:
        return await gateway.push(session, upload, renditions=LADDER)
    finally:
        await gateway.end(session)


@pytest.mark.parametrize("segment", SOURCE, ids=lambda segment: f"segment {segment.seq}")
async def test_renditions_show_the_source_and_keep_its_sound(
    place: Place, segment: Segment
) -> None:
    async with place.gateway() as gateway:
        fetched = await _push(gateway, segment)

    source = probe(segment.data)
    for wanted, got in zip(LADDER, fetched, strict=True):
        contents = probe(got.data)
        assert (contents.width, contents.height) == (wanted.width, wanted.height)
        assert contents.frames == segment.frames
        assert contents.pixels == got.pixels
        assert contents.audio_md5s == segment.audio_md5s
        assert contents.audio_times == source.audio_times
        assert contents.times == source.times
        assert contents.key_times[0] == contents.times[0]
        assert lowest_psnr(segment.data, got.data) > LOWEST_PSNR_DB


@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_a_bad_segment_gets_an_answer_and_the_next_good_one_is_served(
    place: Place, name: str
) -> None:
    async with place.gateway() as gateway:
        session = await accepted(gateway, LADDER)
        bad = Upload("hostile", 0, 2.0, HOSTILE[name]())
        try:
            await gateway.push(session, bad, renditions=LADDER)
        except GatewayError as error:
            assert isinstance(error, TranscodeError), error  # noqa: PT017 - either may be right

        good = await gateway.push(
            session, Upload("hostile", 1, 2.0, SOURCE[0].data), renditions=LADDER
        )

    assert len(good) == len(LADDER)


async def test_a_stream_does_not_notice_its_neighbours_bad_segments(place: Place) -> None:
    async with (
        place.gateway() as gateway,
        streaming(gateway, streams=1, ladder=LADDER) as recorder,
    ):
        await recorder.more(1, within_seconds=90)
        session = await accepted(gateway, LADDER)
        for seq, make in enumerate((truncated, noise, no_keyframe)):
            bad = Upload("neighbour", seq, 2.0, make())
            pushing = gateway.push(session, bad, renditions=LADDER)
            await asyncio.gather(pushing, return_exceptions=True)
        await recorder.more(2, within_seconds=90)

    assert recorder.lost() == []
