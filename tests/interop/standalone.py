"""Podium's data plane on loopback: `podium-worker standalone` with a configuration of ours."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.interop.programs import Program, await_answer, free_ports, start

__all__ = ["Standalone", "start_standalone"]


@dataclass(frozen=True, slots=True)
class Standalone:
    """Queue, node and transcoder; `address` is host:port of the wire."""

    program: Program
    address: str
    metrics_address: str

    def metrics(self) -> str:
        """Return the node's metrics page."""
        return httpx.get(f"{self.metrics_address}/metrics", timeout=5.0).raise_for_status().text


def start_standalone(
    folder: Path, *, slots: int, max_sessions: int = 0, more: Sequence[str] = ()
) -> Standalone:
    """Start Podium and wait until node and transcoder say that they are ready."""
    wire, node_metrics, transcoder_metrics, queue = free_ports(4)
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "podium.json"
    address = f"127.0.0.1:{wire}"
    config.write_text(
        json.dumps(
            {
                "orchestrator": "interop/standalone",
                "queue": {"servers": [f"nats://127.0.0.1:{queue}"]},
                "node": {
                    "listen": address,
                    "advertisedAddress": f"https://{address}",
                    "jobsAddress": f"https://{address}",
                    "metricsListen": f"127.0.0.1:{node_metrics}",
                    "maxSessions": max_sessions,
                    "drainSeconds": 5,
                },
                "transcoder": {
                    "slots": slots,
                    "metricsListen": f"127.0.0.1:{transcoder_metrics}",
                },
                "log": {"level": "debug", "format": "text"},
            }
        )
    )
    worker = Path(sys.executable).with_name("podium-worker")
    program = start("standalone", [worker, "standalone", "--config", config, *more], folder)
    await_answer(program, f"http://127.0.0.1:{transcoder_metrics}/readyz", within_seconds=60)
    await_answer(program, f"http://127.0.0.1:{node_metrics}/readyz", within_seconds=60)
    return Standalone(program, address, f"http://127.0.0.1:{node_metrics}")
