"""Podium's data plane on loopback: `podium-worker standalone` with a configuration of ours."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tests.interop.programs import Program, await_answer, await_that, start
from tests.support.ports import free_ports

__all__ = ["Setup", "Standalone", "start_standalone"]

_READY_SECONDS = 240.0


@dataclass(frozen=True, slots=True)
class Setup:
    """What a standalone is told; used twice, it stands for a restart at the same address."""

    slots: int
    max_sessions: int = 0
    auth_secret: Path | None = None
    drain_seconds: int = 5
    ports: list[int] = field(default_factory=lambda: free_ports(4))

    @property
    def address(self) -> str:
        """host:port of the wire."""
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def readiness(self) -> list[str]:
        """Where node and transcoder say that they are ready."""
        return [f"http://127.0.0.1:{port}/readyz" for port in self.ports[1:3]]

    @property
    def metrics_url(self) -> str:
        """Where the node's metrics are."""
        return f"http://127.0.0.1:{self.ports[1]}/metrics"

    def configuration(self) -> str:
        """Return the configuration file's text."""
        _, node_metrics, transcoder_metrics, queue = self.ports
        secret = {"authSecretFile": str(self.auth_secret)} if self.auth_secret else {}
        document = {
            "orchestrator": "interop/standalone",
            "queue": {"servers": [f"nats://127.0.0.1:{queue}"]},
            "node": {
                "listen": self.address,
                "advertisedAddress": f"https://{self.address}",
                "jobsAddress": f"https://{self.address}",
                "metricsListen": f"127.0.0.1:{node_metrics}",
                "maxSessions": self.max_sessions,
                "drainSeconds": self.drain_seconds,
                **secret,
            },
            "transcoder": {
                "slots": self.slots,
                "metricsListen": f"127.0.0.1:{transcoder_metrics}",
            },
            "log": {"level": "debug", "format": "text"},
        }
        return json.dumps(document, indent=1)


@dataclass(frozen=True, slots=True)
class Standalone:
    """A running queue, node and transcoder; `address` is host:port of the wire."""

    program: Program
    address: str
    metrics_url: str

    def await_streams(self, most: int) -> None:
        """Wait until at most so many streams are open: admission is honest about this machine."""
        what = f"at most {most} open streams"
        await_that(self.program, lambda: self._open_streams() <= most, what=what)

    def _open_streams(self) -> float:
        text = httpx.get(self.metrics_url, timeout=60).text
        families = {family.name: family for family in text_string_to_metric_families(text)}
        return sum(sample.value for sample in families["podium_open_streams"].samples)


def start_standalone(folder: Path, setup: Setup) -> Standalone:
    """Start Podium and wait until node and transcoder say that they are ready."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "podium.json"
    config.write_text(setup.configuration())
    worker = Path(sys.executable).with_name("podium-worker")
    program = start("standalone", [worker, "standalone", "--config", config], folder)
    try:
        for url in setup.readiness:
            await_answer(program, url, within_seconds=_READY_SECONDS)
    except BaseException:
        program.end()
        raise
    return Standalone(program, setup.address, setup.metrics_url)
