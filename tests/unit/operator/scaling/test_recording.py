"""A recorded decision: the same again from its inputs, and nothing from what is no record."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from tests.property.operator.moments import Lived, pasts
from tests.unit.operator.scaling.cases import POOL, SEASONED, demand, inputs

from podium_operator.scaling import decide
from podium_operator.scaling.recording import RecordingError, read, record, replay

AT = "2026-01-02T03:04:05Z"


@given(past=pasts)
def test_a_recorded_decision_replays_bit_for_bit(past: Lived) -> None:
    decision, _ = decide(past.moment, window=past.window)

    recording = read(record(past.moment, window=past.window, at=AT))

    assert replay(recording) == decision
    assert recording.at == AT
    assert record(recording.inputs, window=recording.window, at=AT) == record(
        past.moment, window=past.window, at=AT
    )


def test_a_record_of_many_pools_fits_a_config_map() -> None:
    pools = [replace(POOL, name=f"pool-{number}") for number in range(16)]
    classes = [demand(100.123456789, name=f"h264/{number}x720@30") for number in range(64)]
    history = tuple((number * 5.000001, number / 7) for number in range(360))

    text = record(inputs(*classes, pools=pools), window=replace(SEASONED, history=history), at=AT)

    assert len(text) < 100_000


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "cannot be read", id="nothing"),
        pytest.param("[]", "cannot be read", id="another shape"),
        pytest.param('{"at": "x", "inputs": {}}', "inputs.now", id="a part is missing"),
        pytest.param("x" * 500_001, "500001 characters", id="far too long"),
        pytest.param("[" * 10_000, "cannot be read", id="nested without end"),
    ],
)
def test_what_is_no_record_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(RecordingError, match=fault):
        read(text)


def test_a_record_with_a_wrong_number_is_refused() -> None:
    body = json.loads(record(inputs(demand(1)), window=SEASONED, at=AT))
    body["inputs"]["pools"][0]["maximum"] = "many"

    with pytest.raises(RecordingError, match=r"pools\.0\.maximum"):
        read(json.dumps(body))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        pytest.param(
            lambda body: body["window"].update(lateness=1e308), "window.lateness", id="endless"
        ),
        pytest.param(
            lambda body: body["window"].update(history=[[0, float("nan")]]),
            r"window.history.0.1",
            id="no number",
        ),
        pytest.param(
            lambda body: body["inputs"].update(now=float("inf")), "inputs.now", id="for ever"
        ),
        pytest.param(
            lambda body: body["inputs"]["pools"][0].update(slots="-Infinity"),
            "inputs.pools.0.slots",
            id="a word for it",
        ),
        pytest.param(
            lambda body: body["inputs"]["pools"][0].update(maximum=10**400),
            "inputs.pools.0.maximum",
            id="a whole number of 401 digits",
        ),
    ],
)
def test_a_number_that_no_decision_has_is_refused_by_its_field(
    spoil: Callable[[dict[str, Any]], None], where: str
) -> None:
    body = json.loads(record(inputs(demand(1)), window=SEASONED, at=AT))
    spoil(body)

    with pytest.raises(RecordingError, match=where):
        read(json.dumps(body))
