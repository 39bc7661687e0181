"""What the node and the transcoders of a replay report: contract 3's snapshots, as JSON. Pure."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.bench.scaling.live.pods import LivePods, Worker
from tests.bench.scaling.stage import Load
from tests.bench.scaling.trace import LoadClass

__all__ = ["node_report", "transcoder_reports"]

_P95 = 0.95


def node_report(
    pod: str, load: Load, waiting: Mapping[str, int], classes: Mapping[str, LoadClass], *, at: float
) -> bytes:
    """Build the snapshot of the one node that takes every stream."""
    return _json(
        kind="node",
        id=pod,
        at=at,
        sessions=sum(load.streams.values()),
        streams={
            name: {"open": count, "segmentSeconds": classes[name].segment_seconds}
            for name, count in load.streams.items()
        },
        waiting={
            name: {
                "segments": count,
                "seconds": count * classes[name].segment_seconds,
                "slotSeconds": count * classes[name].slot_seconds,
            }
            for name, count in waiting.items()
        },
        oldestWaitSeconds=load.oldest_wait_seconds,
        totals={"received": load.received, "answered": load.answered, "late": load.late},
    )


def transcoder_reports(
    pods: LivePods, classes: Mapping[str, LoadClass], *, at: float
) -> Iterator[tuple[str, bytes]]:
    """Build the snapshot of every pod that serves, by its name."""
    for worker in pods.serving():
        yield worker.name, _transcoder(worker, classes, at)


def _transcoder(worker: Worker, classes: Mapping[str, LoadClass], at: float) -> bytes:
    kind = worker.pod.kind
    return _json(
        kind="transcoder",
        id=worker.name,
        at=at,
        pool=kind.name,
        slots=kind.slots,
        busy=worker.busy,
        service={
            name: {
                "segments": tally.segments,
                "slotSeconds": tally.slot_seconds,
                "p95Seconds": sorted(tally.last)[int(_P95 * (len(tally.last) - 1))],
            }
            for name, tally in worker.done.items()
        },
        canary={
            one.name: {
                "slotSeconds": one.slot_seconds / kind.speed,
                "segmentSeconds": one.segment_seconds,
            }
            for one in classes.values()
        },
        totals={"busySlotSeconds": worker.busy_slot_seconds},
    )


def _json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()
