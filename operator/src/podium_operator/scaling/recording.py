"""A decision's inputs as one line of JSON, and the same decision made of it again.

The same numbers come back bit for bit, so that whoever asks why is answered by the policy itself.
What is read back may have been edited by anybody: it is validated, and refused as a whole.
"""

__all__ = ["LONGEST_RECORD", "Recording", "RecordingError", "read", "record", "replay"]

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from podium_operator.scaling.bounds import bounded
from podium_operator.scaling.decide import decide
from podium_operator.scaling.decision import Decision
from podium_operator.scaling.model import Inputs, Window

LONGEST_RECORD: Final = 500_000


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
        return _RECORDING.validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise RecordingError(f"the record cannot be read: {where}: {fault['msg']}") from error


def replay(recording: Recording) -> Decision:
    """Decide again, by the policy of today."""
    decision, _ = decide(recording.inputs, window=recording.window)
    return decision
