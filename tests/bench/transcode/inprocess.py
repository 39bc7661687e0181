"""The child in which libraries are measured: orders on stdin, costs on stdout, one JSON a line.

`python -m tests.bench.transcode.inprocess`. Reading and writing files is not counted, importing
neither: a worker holds segments in memory and lives long.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.transcode.floor import measure_floor
from tests.bench.transcode.obvious import transcode_obviously

from podium_worker.profiles import Profile, parse_profiles
from podium_worker.transcoder.media.encoding import EncoderProfile
from podium_worker.transcoder.media.engine import transcode

__all__ = ["main"]


def main() -> None:
    """Answer orders until stdin ends."""
    for line in sys.stdin:
        try:
            answer = _answer(json.loads(line))
        except Exception as error:  # noqa: BLE001  # the parent says it, with the order's name
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)
        gc.collect()


def _answer(order: dict[str, Any]) -> dict[str, Any]:
    source = Path(order["source"]).read_bytes()
    ladder = parse_profiles(order["ladder"])
    engine, cores = str(order["engine"]), int(order["freeCores"])
    if engine.startswith("floor-"):
        profile = EncoderProfile(engine.removeprefix("floor-"))
        return measure_floor(source, ladder, profile)
    wall, cpu = time.perf_counter(), time.process_time()
    outputs = _transcode(engine, source, ladder, cores)
    answer = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    if folder := order["outputDir"]:
        for rung, data in zip(ladder, outputs, strict=True):
            (Path(folder) / f"{rung.name}.ts").write_bytes(data)
    return answer


def _transcode(engine: str, source: bytes, ladder: Sequence[Profile], cores: int) -> list[bytes]:
    if engine == "pyav":
        return transcode_obviously(source, ladder)
    result = transcode(source, ladder, encoder_profile=EncoderProfile(engine), free_cores=cores)
    return [rendition.data for rendition in result.renditions]


if __name__ == "__main__":
    main()
