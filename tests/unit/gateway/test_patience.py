import pytest
from tests.gateway.addresses import Address, ConnectTo, parse_address
from tests.gateway.patience import Patience, latency_score, patience_with, wants_another_session
from tests.gateway.records import (
    Outcome,
    RenditionRecord,
    SegmentRecord,
    is_late,
    record_from_json,
    record_to_json,
)


@pytest.mark.parametrize(
    ("duration", "patience"),
    [
        pytest.param(2.0, Patience(2.0, 8.0), id="two seconds get the least"),
        pytest.param(1.0, Patience(2.0, 8.0), id="shorter ones get no less"),
        pytest.param(10.0, Patience(5.0, 40.0), id="long ones get their share"),
    ],
)
def test_patience_grows_with_the_duration(duration: float, patience: Patience) -> None:
    assert patience_with(duration) == patience


@pytest.mark.parametrize(
    ("score", "oldest", "verdict"),
    [
        pytest.param(None, 0.0, False, id="nothing is known yet"),
        pytest.param(0.8, 0.0, False, id="the last one was in time"),
        pytest.param(1.2, 0.0, True, id="the last one was late"),
        pytest.param(0.8, 1.0, False, id="one in flight is young"),
        pytest.param(0.8, 2.0, True, id="one in flight is as old as it is long"),
    ],
)
def test_a_gateway_leaves_a_session_that_falls_behind(
    score: float | None, oldest: float, *, verdict: bool
) -> None:
    assert wants_another_session(score, oldest, 2.0) is verdict


def test_short_segments_are_scored_as_if_they_lasted_a_second_and_a_half() -> None:
    assert latency_score(1.5, 1.0) == 1.0


def test_an_address_without_a_port_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="https://HOST:PORT"):
        parse_address("https://home")


def test_a_named_authority_is_dialled_elsewhere_and_others_as_they_are() -> None:
    connect_to = ConnectTo({"home.default.svc:8935": "127.0.0.1:40001"})

    assert connect_to.dial(Address("home.default.svc", 8935)) == ("127.0.0.1", 40001)
    assert connect_to.dial(Address("other", 8935)) == ("other", 8935)


def test_a_record_reads_back_as_written() -> None:
    record = SegmentRecord(
        "live-1", 3, 2.0, 1e9, Outcome.OK, renditions=(RenditionRecord("240p", 10, 20),)
    )

    assert record_from_json(record_to_json(record)) == record


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [
        pytest.param(1.9, False, id="within its duration"),
        pytest.param(2.1, True, id="after its duration"),
        pytest.param(None, False, id="never: that is lost, not late"),
    ],
)
def test_late_is_answered_after_its_own_duration(answered: float | None, *, verdict: bool) -> None:
    record = SegmentRecord("live-1", 0, 2.0, 1e9, Outcome.OK, answered_seconds=answered)

    assert is_late(record) is verdict
