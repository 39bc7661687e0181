"""`make image-check`: build both images, try each on its own file system, end with gates."""

import os
import sys

from tests.devcluster.images import build
from tests.devcluster.programs import ProgramsError
from tests.images.check import Finding, check, laid_out
from tests.support.gates import Gate, all_pass, gate_line

__all__ = ["MOST_MEGABYTES", "main"]

# What they take today, and some room: a library more than is needed is seen here.
MOST_MEGABYTES = {"operator": 350, "worker": 500}


def main() -> int:
    if os.geteuid() != 0:
        print("image-check makes namespaces and mounts: run it as root", file=sys.stderr)
        return 1
    try:
        images = build(report=lambda line: print(line, file=sys.stderr))
    except ProgramsError as error:
        print(error, file=sys.stderr)
        return 1
    gates: list[Gate] = []
    for image in images:
        target = image.name.rpartition("-")[2]
        with laid_out(image) as system:
            megabytes = system.size_bytes / 1e6
            print(f"\n{image.reference}: {megabytes:.0f} MB unpacked")
            findings = [*check(image, system)]
        for finding in findings:
            print(_line(finding))
        passed = sum(not finding.fault for finding in findings)
        most = MOST_MEGABYTES[target]
        gates += [
            Gate(f"{target}-claims", f"{passed}", f"={len(findings)}", passed == len(findings)),
            Gate(f"{target}-megabytes", f"{megabytes:.0f}", f"<={most}", megabytes <= most),
        ]
    print()
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _line(finding: Finding) -> str:
    mark, said = ("FAIL", finding.fault) if finding.fault else ("ok", finding.shown)
    return f"  {mark:4} {finding.claim}: {' '.join(said.split())[:110]}"
