"""Writes what a run leaves behind: JSON, tables, picture (thin)."""

import json
import os
import platform
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
from tests.bench.transcode import commands
from tests.bench.transcode.corpus import Content
from tests.bench.transcode.findings import Findings
from tests.bench.transcode.picture import draw
from tests.bench.transcode.samples import Measured
from tests.bench.transcode.tables import build_tables, markdown, plain
from tests.support.gates import Gate, gate_line

__all__ = ["machine", "write_report"]

_PICTURE, _PAGE, _JSON = "bench-transcode.png", "bench-transcode.md", "bench-transcode.json"


def write_report(
    folder: Path,
    *,
    findings: Findings,
    measured: Measured,
    gates: Sequence[Gate],
    contents: Sequence[Content],
    program: str,
    about: Mapping[str, Any],
) -> str:
    """Write the three files; return the tables for a terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = build_tables(findings, measured)
    lines = [gate_line(gate) for gate in gates]
    page = [_head(contents, program, about), markdown(tables), "## Gates", ""]
    page += [*(f"    {line}" for line in lines), "", f"![the run]({_PICTURE})", ""]
    (folder / _PAGE).write_text("\n".join(page))
    (folder / _JSON).write_text(json.dumps(_document(measured, gates, about), indent=1) + "\n")
    title = f"{about['processor']}, {about['cores']} cores, {about['rounds']} rounds"
    draw(folder / _PICTURE, findings, latencies=measured.latencies, gates=gates, title=title)
    files = "\n".join(str(folder / name) for name in (_PAGE, _PICTURE, _JSON))
    return f"{plain(tables)}\n{files}\n"


def machine(cores: int) -> dict[str, Any]:
    """Say where a run took place; nothing that names the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    return {
        "processor": model or platform.machine(),
        "cores": cores,
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "av": av.__version__,
    }


def _document(
    measured: Measured, gates: Sequence[Gate], about: Mapping[str, Any]
) -> dict[str, Any]:
    return {**about, "gates": [asdict(gate) for gate in gates], "measured": asdict(measured)}


def _head(contents: Sequence[Content], program: str, about: Mapping[str, Any]) -> str:
    facts = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in about.items())
    made = [
        f"- `{one.name}`: {one.kind}, {one.width}x{one.height} at {one.fps:g} frames/s, "
        f"{len(one.segments)} segments of {one.seconds:g} s. {one.made}."
        for one in contents
    ]
    name, source, out = Path(program).name, Path("SEGMENT.ts"), Path("OUT")
    ladder = contents[0].ladder
    shown = {
        "cli": commands.cli_command(name, source, out, ladder),
        "cli-medium": commands.cli_command(name, source, out, ladder, "medium"),
        "long": commands.long_command(name, [source, source], out, ladder),
        "expert": commands.expert_command(name, source, out, ladder),
    }
    lines = [f"- {peer}: `{shlex.join(words)}`" for peer, words in shown.items()]
    return "\n".join(
        ["# Transcode bench", "", facts, "", *made, "", "Command lines:", "", *lines, ""]
    )
