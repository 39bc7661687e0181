"""Parts die while streams run, and no segment is lost."""

import asyncio
import secrets
import time
from collections.abc import Callable

import pytest
from tests.e2e.places import LADDER, Home
from tests.e2e.recording import accepted, streaming
from tests.gateway.gateway import Fetched, Gateway, Times, Upload
from tests.media import segments
from tests.support.patience import until

pytestmark = pytest.mark.cluster

HEAVY = segments(seconds=2, size=(1280, 720))[0]


async def test_a_transcoder_killed_in_the_middle_of_a_segment_loses_nothing(home: Home) -> None:
    await asyncio.to_thread(home.await_room, 2)
    victim = home.pods("transcoder")[0]
    kill = await asyncio.to_thread(home.aim, victim)
    async with home.place.gateway() as gateway:
        times = [Times(time.monotonic()) for _ in range(2)]
        pushes = [
            asyncio.create_task(_push(gateway, f"busy-{number}", times[number]))
            for number in range(2)
        ]
        await _both_accepted(times, pushes)

        kill()  # in no time: a segment takes little longer than kubectl does on a busy machine

        was_at_work = [not push.done() for push in pushes]
        fetched = await asyncio.gather(*pushes)
        await asyncio.to_thread(home.await_end, victim)

    assert was_at_work == [True, True], "a segment ended before its transcoder was killed"
    assert [len(renditions) for renditions in fetched] == [len(LADDER)] * 2


def _remove_queue(home: Home) -> None:
    home.remove(f"{home.name}-queue-0")


def _kill_queue_in_place(home: Home) -> None:
    home.kill(f"{home.name}-queue-0")
    home.await_end(f"{home.name}-queue-0")


def _renew_credentials(home: Home) -> None:
    before = _password(home)
    _rotate(home)
    _await_other_password(home, before)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(_remove_queue, id="its pod vanishes"),
        pytest.param(_kill_queue_in_place, id="its server is killed in place"),
        pytest.param(_renew_credentials, id="its credentials are new"),
    ],
)
async def test_what_befalls_the_queue_loses_no_segment(
    home: Home, harm: Callable[[Home], None]
) -> None:
    await asyncio.to_thread(home.await_room, 2)
    async with (
        home.place.gateway() as gateway,
        streaming(gateway, streams=2, ladder=LADDER) as seen,
    ):
        await seen.more(4, within_seconds=120)
        seen.forget()

        await asyncio.to_thread(harm, home)

        await seen.more(12, within_seconds=120)

    assert seen.lost() == []


async def _push(gateway: Gateway, stream: str, times: Times) -> tuple[Fetched, ...]:
    session = await accepted(gateway, LADDER)
    upload = Upload(stream, 0, HEAVY.duration_ms / 1000, HEAVY.data)
    try:
        return await gateway.push(session, upload, renditions=LADDER, times=times)
    finally:
        await gateway.end(session)


async def _both_accepted(
    times: list[Times], pushes: list[asyncio.Task[tuple[Fetched, ...]]]
) -> None:
    async def are_accepted() -> bool:
        assert not any(push.done() for push in pushes), "a segment was refused"
        return all(one.header_seconds is not None for one in times)

    await until(are_accepted, "both segments are accepted")


def _rotate(home: Home) -> None:
    note = f"podium.video/rotate-queue-credentials={secrets.token_hex(4)}"
    home.cluster.kubectl(
        "annotate", "--overwrite", "orchestrators.podium.video", home.name, note,
        namespace=home.namespace,
    )  # fmt: skip


def _password(home: Home) -> str:
    found = home.cluster.get("secret", f"{home.name}-queue", namespace=home.namespace)
    assert found is not None
    return str(found["data"])


def _await_other_password(home: Home, before: str) -> None:
    home.cluster.wait_for(
        "secret",
        f"{home.name}-queue",
        lambda found: found is not None and str(found["data"]) != before,
        namespace=home.namespace,
    )
