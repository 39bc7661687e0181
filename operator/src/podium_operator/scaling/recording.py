"""A decision's inputs as one line of JSON, and the same decision made of it again.

The same numbers come back bit for bit, so that whoever asks why is answered by the policy itself.
What is read back may have been edited by anybody: it is validated, and refused as a whole.
"""

__all__ = ["LONGEST_RECORD", "Recording", "RecordingError", "read", "record", "replay"]

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from podium_operator.scaling.bounds import bounded
from podium_operator.scaling.decide import decide
from podium_operator.scaling.decision import Decision
from podium_operator.scaling.model import Inputs, Window

LONGEST_RECORD: Final = 500_000
# Far beyond every number of a decision, and small enough to be reckoned with.
_LARGEST: Final = 1e24


class RecordingError(ValueError):
    """What was read is no recording of a decision."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What went into one decision: `at` is the calendar's moment, as it is shown to people."""

    at: str
    inputs: Inputs
    window: Window


_RECORDING: Final = TypeAdapter(Recording)


def record(inputs: Inputs, *, window: Window, at: str) -> str:
    """Write down what `decide` was given."""
    return _RECORDING.dump_json(Recording(at, bounded(inputs), window)).decode()


def read(text: str) -> Recording:
    """Read it back. Raises RecordingError for what is none, or is of another version."""
    if len(text) > LONGEST_RECORD:
        raise RecordingError(f"the record has {len(text)} characters: more than any decision has")
    try:
        recording = _RECORDING.validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = "".join(f"{part}." for part in fault["loc"])[:-1]
        fault_there = f"{where}: {fault['msg']}" if where else fault["msg"]
        raise RecordingError(f"the record cannot be read: {fault_there}") from error
    for place, number in _numbers(recording):
        if not abs(number) <= _LARGEST:
            raise RecordingError(f"the record cannot be read: {place}: no number of a decision")
    return recording


def replay(recording: Recording) -> Decision:
    """Decide again, by the policy of today."""
    decision, _ = decide(recording.inputs, window=recording.window)
    return decision


def _numbers(value: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """Every number in it, and the name of its field."""
    parts: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, int | float):
        yield place, value
    elif isinstance(value, Mapping):
        parts = iter(value.items())
    elif isinstance(value, tuple):
        parts = iter(enumerate(value))
    elif is_dataclass(value):
        parts = ((field.name, getattr(value, field.name)) for field in fields(value))
    for name, part in parts:
        yield from _numbers(part, f"{place}.{name}" if place else str(name))
