"""Real go-livepeer processes: a gateway to push to, and an orchestrator to compare with."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.interop.programs import Program, await_answer, start
from tests.support.ports import free_ports

__all__ = ["Answer", "Gateway", "JsonProfile", "Rendition", "start_gateway", "start_orchestrator"]

JsonProfile = dict[str, str | int]
"""One entry of go-livepeer's profiles.json."""

_PUSH_SECONDS = 120.0
_PATIENCE = 5
"""A gateway gives a segment up after four of the durations that it was told, and so do we. These
tests judge content, also on a busy machine: they tell durations this many times too long."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """One part of a push's answer."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered to a pushed segment; `text` only where nothing came back."""

    status: int
    text: str = ""
    renditions: Mapping[str, Rendition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway, to which segments are pushed over HTTP."""

    program: Program
    address: str

    def push(
        self,
        manifest: str,
        file_name: str,
        content: bytes,
        *,
        seconds: float = 2.0,
        size: tuple[int, int] = (640, 360),
        profiles: Sequence[JsonProfile] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Push one segment and wait for its renditions.

        `profiles` replaces the gateway's own ladder for a stream's first segment.
        """
        all_headers = {
            "Accept": "multipart/mixed",
            "Content-Duration": str(round(seconds * _PATIENCE * 1000)),
            "Content-Resolution": "{}x{}".format(*size),
            **(headers or {}),
        }
        if profiles is not None:
            config = {"manifestID": manifest, "profiles": list(profiles)}
            all_headers["Livepeer-Transcode-Configuration"] = json.dumps(config)
        response = httpx.put(
            f"{self.address}/live/{manifest}/{file_name}",
            content=content,
            headers=all_headers,
            timeout=_PUSH_SECONDS,
        )
        return _read_answer(response)

    def log_of(self, manifest: str) -> str:
        """Return the gateway's log lines that name a stream."""
        lines = self.program.log_text.splitlines()
        return "\n".join(line for line in lines if f"manifestID={manifest} " in line)


def start_gateway(
    binary: Path, folder: Path, orchestrators: Sequence[str], *, options: str
) -> Gateway:
    """Start a gateway that verifies pixel counts; `options` is a preset list or a JSON file."""
    http, cli, rtmp = free_ports(3)
    program = start(
        "gateway",
        [
            binary,
            "-gateway",
            "-orchAddr",
            ",".join(orchestrators),
            "-httpAddr",
            f"127.0.0.1:{http}",
            "-cliAddr",
            f"127.0.0.1:{cli}",
            "-rtmpAddr",
            f"127.0.0.1:{rtmp}",
            "-transcodingOptions",
            options,
            "-localVerify=true",
            "-maxSessions",
            "1000",
            "-dataDir",
            folder / "data",
            "-v",
            "6",
        ],
        folder,
    )
    await_answer(program, f"http://127.0.0.1:{http}/healthz")
    return Gateway(program, f"http://127.0.0.1:{http}")


def start_orchestrator(binary: Path, folder: Path) -> tuple[Program, str]:
    """Start go-livepeer's own orchestrator with a local transcoder; return it and its address."""
    service, cli = free_ports(2)
    address = f"127.0.0.1:{service}"
    program = start(
        "orchestrator",
        [
            binary,
            "-orchestrator",
            "-transcoder",
            "-serviceAddr",
            address,
            "-httpAddr",
            address,
            "-cliAddr",
            f"127.0.0.1:{cli}",
            "-maxSessions",
            "100",
            "-dataDir",
            folder / "data",
            "-v",
            "6",
        ],
        folder,
    )
    await_answer(program, f"https://{address}/healthz")
    return program, address


def _read_answer(response: httpx.Response) -> Answer:
    boundary = re.search(r"boundary=([^;]+)", response.headers.get("Content-Type", ""))
    if response.status_code != httpx.codes.OK or boundary is None:
        return Answer(response.status_code, response.text.strip())
    parts = _parts(response.content, boundary[1].strip('"').encode())
    return Answer(response.status_code, renditions={part.name: part for part in parts})


def _parts(body: bytes, boundary: bytes) -> list[Rendition]:
    """Split a multipart body by its parts' lengths: video may contain any boundary."""
    parts, position = [], body.index(b"--" + boundary)
    while not body.startswith(b"--" + boundary + b"--", position):
        head_end = body.index(b"\r\n\r\n", position)
        head = _headers(body[position:head_end])
        length = int(head["content-length"])
        content = body[head_end + 4 : head_end + 4 + length]
        parts.append(Rendition(head["rendition-name"], head["content-type"], content))
        position = body.index(b"--" + boundary, head_end + 4 + length)
    return parts


def _headers(head: bytes) -> dict[str, Any]:
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (ln.partition(":") for ln in lines)}
