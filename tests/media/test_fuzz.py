"""Hundreds of damaged segments, as a pod meets them: in children, each bounded."""

import asyncio
from collections import Counter

import pytest
from tests.media import probe
from tests.media.hostile import mutations, small_segment

from podium_worker.profiles import Profile
from podium_worker.transcoder.errors import ErrorText, TranscodeError
from podium_worker.transcoder.results import TranscodeResult
from podium_worker.transcoder.slots import SlotPool

PROFILES = (Profile(name="small", width=160, height=90, bitrate=200_000, fps=15),)
KNOWN = {text.value for text in ErrorText} - {ErrorText.STOPPED.value}


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(300, id="300 segments"),
        pytest.param(5000, id="5000 segments", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ],
)
async def test_no_damage_breaks_more_than_its_segment(count: int) -> None:
    async with SlotPool(2) as pool:
        turns = asyncio.Semaphore(2)
        outcomes = await asyncio.gather(
            *(_attempt(pool, turns, data) for data in mutations(count, seed=count))
        )
        after = await pool.run(small_segment().data, PROFILES, timeout_seconds=60)

    texts = Counter(item for item in outcomes if isinstance(item, str))
    results = [item for item in outcomes if not isinstance(item, str)]
    assert texts.keys() <= KNOWN, texts
    assert len(results) > count // 4
    assert pool.respawned == 0
    assert after.decoded_frames == small_segment().frames
    for result in results[::10]:
        assert probe(result.renditions[0].data).pixels == result.renditions[0].pixels


async def _attempt(pool: SlotPool, turns: asyncio.Semaphore, data: bytes) -> TranscodeResult | str:
    try:
        async with turns:
            return await pool.run(data, PROFILES, timeout_seconds=60)
    except TranscodeError as error:
        return error.text
