"""What a finished start notes for later commands: it is there when the cluster is whole."""

import json
from dataclasses import asdict, dataclass

from tests.devcluster.layout import Home

__all__ = ["Record", "read_record", "write_record"]


@dataclass(frozen=True, slots=True)
class Record:
    """`port` is the relay's on 127.0.0.1; the rest is what was asked for, and how long it took."""

    port: int
    generation: str
    nodes: int
    pretended_nodes: int
    seconds: float


def read_record(home: Home) -> Record | None:
    """Read the record; None while no start is finished."""
    try:
        return Record(**json.loads(home.record.read_text()))
    except FileNotFoundError:
        return None


def write_record(home: Home, record: Record) -> None:
    """Write the record whole or not at all."""
    draft = home.record.with_suffix(".new")
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(home.record)
