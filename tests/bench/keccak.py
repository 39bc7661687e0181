"""The network's hash of a segment beside OpenSSL's SHA3-256, which differs in its padding alone.

    python -m tests.bench.keccak [FILE]

Both take turns, and the
best turn of each counts: what else a machine does only adds.
"""

import argparse
import hashlib
import timeit
from pathlib import Path
from typing import Final

from tests.support.ending import end_with
from tests.support.gates import Gate, all_pass, gate_line

from podium_worker.wire.keccak import keccak256

_USUAL_BYTES: Final = 1_500_000
_TURNS, _LOOPS = 15, 10
_MOST_RATIO: Final = 2.0


def main() -> int:
    """Measure and judge."""
    data = _data()
    turns = [(_milliseconds(keccak256, data), _milliseconds(_sha3, data)) for _ in range(_TURNS)]
    ours, peer = (min(times) for times in zip(*turns, strict=True))
    print(f"{len(data)} bytes: Keccak-256 {ours:.2f} ms, OpenSSL's SHA3-256 {peer:.2f} ms")
    ratio = ours / peer
    gate = Gate("keccak-to-sha3", f"{ratio:.2f}x", f"<={_MOST_RATIO:g}x", ratio <= _MOST_RATIO)
    print(gate_line(gate))
    return int(not all_pass([gate]))


def _data() -> bytes:
    parser = argparse.ArgumentParser(description="the network's hash beside OpenSSL's SHA3-256")
    parser.add_argument("file", nargs="?", type=Path, help="what to hash; default: 1.5 MB of zeros")
    file: Path | None = parser.parse_args().file
    try:
        return bytes(_USUAL_BYTES) if file is None else file.read_bytes()
    except OSError as error:
        parser.error(f"{file} cannot be read: {error.strerror}")


def _sha3(data: bytes) -> bytes:
    return hashlib.sha3_256(data).digest()


def _milliseconds(function: object, data: bytes) -> float:
    names = {"function": function, "data": data}
    return 1e3 * timeit.timeit("function(data)", globals=names, number=_LOOPS) / _LOOPS


if __name__ == "__main__":
    end_with(main)
