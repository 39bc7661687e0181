"""Where jobs wait: one stream for one server, one on each of several."""

import pytest

from podium_worker.job_streams import JobStreams, Turns
from podium_worker.jobs import channels, stream_name, subject
from podium_worker.profiles import CAPABILITY_CLASSES


def test_one_server_has_one_stream_with_a_consumer_for_each_class() -> None:
    streams = JobStreams("podium.default.home", 1)

    assert len(streams) == 1
    assert streams[0].name == "podium_default_home_jobs"
    assert streams[0].config.subjects == ["podium.default.home.jobs.*"]
    assert streams[0].consumers["h264"].filter_subject == "podium.default.home.jobs.h264"
    assert set(streams[0].consumers) == set(CAPABILITY_CLASSES)


def test_three_servers_have_a_stream_each_that_no_other_server_copies() -> None:
    streams = JobStreams("podium", 3)

    assert [streams[number].name for number in range(3)] == [
        "podium_jobs_0",
        "podium_jobs_1",
        "podium_jobs_2",
    ]
    assert streams[1].config.subjects == ["podium.jobs.1.*"]
    assert streams[1].config.num_replicas == 1
    assert streams[1].consumers["1.h264"].durable_name == "h264"
    assert streams[1].consumers["1.h264"].filter_subject == "podium.jobs.1.h264"


@pytest.mark.parametrize("servers", [1, 3])
def test_a_channel_leads_to_its_stream_and_subject(servers: int) -> None:
    streams = JobStreams("podium", servers)

    for number, channel in enumerate(channels("h264-h265", servers)):
        assert stream_name("podium", channel) == streams[number].name
        consumer = streams[number].consumers[channel]
        assert subject("podium", channel) == consumer.filter_subject


def test_streams_take_turns() -> None:
    turns = Turns(3)

    assert [turns.next() for _ in range(4)] == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]


def test_a_stream_that_failed_is_tried_last_for_a_while() -> None:
    now = [100.0]
    turns = Turns(3, clock=lambda: now[0])

    turns.avoid(1)
    soon = [turns.next() for _ in range(3)]
    now[0] += 5.0
    later = [turns.next() for _ in range(3)]

    assert soon == [[0, 2, 1], [2, 0, 1], [2, 0, 1]]
    assert later == [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
