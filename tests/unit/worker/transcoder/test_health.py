"""When a device is blamed, tried, out and back."""

import pytest
from hypothesis import given, strategies as st

from podium_worker.transcoder.devices.health import (
    Health,
    after_failure,
    after_success,
    after_trial,
    blames_device,
    needs_trial,
    retry_seconds,
)
from podium_worker.transcoder.errors import ErrorText

OUT = Health(outs=2, reason="no more NVENC")


@pytest.mark.parametrize(
    ("text", "is_blamed"),
    [
        pytest.param(ErrorText.INVALID_VIDEO, False, id="a segment without pictures is broken"),
        pytest.param(ErrorText.INVALID_DATA, False, id="a segment of noise is broken"),
        pytest.param(ErrorText.UNSUPPORTED_PIXEL_FORMAT, False, id="10 bits are the segment's"),
        pytest.param(ErrorText.RUNAWAY, False, id="a runaway is the segment's"),
        pytest.param(ErrorText.ENCODER_NOT_FOUND, False, id="a wish we do not serve is no fault"),
        pytest.param(ErrorText.UNRECOVERABLE, True, id="a broken context is the device's"),
        pytest.param(ErrorText.EXTERNAL, True, id="an encoder that does not open may be"),
        pytest.param(ErrorText.OUT_OF_MEMORY, True, id="the device's memory may be full"),
        pytest.param("Operation not permitted", True, id="FFmpeg's word for no driver"),
        pytest.param("Unknown error occurred", True, id="FFmpeg's word for CUDA that broke"),
        pytest.param("Function not implemented", True, id="a text nobody has seen yet"),
    ],
)
def test_blame(text: str, *, is_blamed: bool) -> None:
    assert blames_device(text) is is_blamed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(Health(), Health(), id="success proves what was known"),
        pytest.param(Health(failures=2), Health(), id="success ends a row of failures"),
        pytest.param(Health(outs=3), Health(), id="success ends a row of failed trials"),
        pytest.param(OUT, OUT, id="a late success brings no device back"),
    ],
)
def test_success(before: Health, after: Health) -> None:
    assert after_success(before) == after


def test_the_third_failure_in_a_row_orders_a_trial() -> None:
    health = Health()
    ordered = []
    for _ in range(3):
        health = after_failure(health)
        ordered.append(needs_trial(health))

    assert ordered == [False, False, True]


def test_failures_of_a_device_that_is_out_count_for_nothing() -> None:
    assert after_failure(OUT) == OUT
    assert not needs_trial(OUT)


@pytest.mark.parametrize(
    ("before", "reason", "after"),
    [
        pytest.param(Health(failures=3), "", Health(), id="a passed trial clears the device"),
        pytest.param(
            Health(failures=3), "dead", Health(outs=1, reason="dead"), id="a failed one puts it out"
        ),
        pytest.param(
            OUT, "dead still", Health(outs=3, reason="dead still"), id="again, with the new reason"
        ),
        pytest.param(OUT, "", Health(outs=2), id="back at work, its past remembered"),
    ],
)
def test_trial(before: Health, reason: str, after: Health) -> None:
    assert after_trial(before, reason) == after


@pytest.mark.parametrize(
    ("outs", "seconds"),
    [
        pytest.param(1, 5, id="soon after the first"),
        pytest.param(2, 10, id="then later"),
        pytest.param(6, 160, id="and later"),
        pytest.param(7, 300, id="every five minutes in the end"),
        pytest.param(10_000, 300, id="for ever"),
    ],
)
def test_the_wait_for_the_next_trial(outs: int, seconds: float) -> None:
    assert retry_seconds(Health(outs=outs, reason="dead")) == seconds


EVENTS = st.lists(st.sampled_from(["success", "failure", "trial passed", "trial failed"]))


def stepped(health: Health, event: str) -> Health:
    match event:
        case "success":
            return after_success(health)
        case "failure":
            return after_failure(health)
        case "trial passed":
            return after_trial(health, "")
        case _:
            return after_trial(health, "dead")


@given(EVENTS)
def test_only_trials_move_a_device(events: list[str]) -> None:
    health = Health()
    for event in events:
        after = stepped(health, event)
        if not event.startswith("trial"):
            assert after.is_out == health.is_out
        health = after

    trials = [event for event in events if event.startswith("trial")]
    assert health.is_out == (trials[-1:] == ["trial failed"])


@given(EVENTS, st.integers(1, 20))
def test_a_device_that_comes_and_goes_waits_ever_longer(events: list[str], times: int) -> None:
    health = Health()
    for event in (each for each in events if each != "success"):
        health = stepped(health, event)
    waits = []
    for _ in range(times):
        health = after_trial(after_trial(health, "dead"), "dead")
        waits.append(retry_seconds(health))
        health = after_trial(health, "")

    assert waits == sorted(waits)
