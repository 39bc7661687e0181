"""The command line of the soak: `python -m tests.drain --cycles 10000`."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.drain.campaign import Campaign, run_campaign
from tests.drain.priority import hurry
from tests.drain.verdict import Findings, check_gates, progress_line, summary_lines
from tests.support.gates import all_pass, gate_line

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a soak, show it, print its gates; returns 1 when one fails."""
    options = _parser().parse_args(arguments)
    hurry(os.getpid())
    campaign = Campaign(
        cycles=options.cycles,
        processes=options.processes,
        streams=options.streams,
        minutes=options.minutes,
        seed=options.seed,
    )
    with tempfile.TemporaryDirectory(prefix="podium-drain-") as folder:
        found = asyncio.run(run_campaign(campaign, Path(folder), tell=_tell))
    for line in summary_lines(found):
        print(line)
    gates = check_gates(found)
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _tell(found: Findings) -> None:
    print(progress_line(found), file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.drain", description=__doc__)
    parser.add_argument("--cycles", type=int, default=10_000, help="orders to stop (default 10000)")
    parser.add_argument("--processes", type=int, default=12, help="at a time (default 12)")
    parser.add_argument("--streams", type=int, default=12, help="live streams (default 12)")
    parser.add_argument("--minutes", type=float, default=60, help="at most (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="of the drawn moments (default 1)")
    return parser
