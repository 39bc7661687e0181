"""`python -m tests.devcluster.programs [NAME …]`: get programs and say where they are."""

import argparse
import sys

from tests.devcluster.programs import PROGRAMS, USUAL_PROGRAMS, ProgramsError, ensure
from tests.support.ending import end_with


def main() -> int:
    parser = argparse.ArgumentParser(prog="programs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PROGRAMS)}")
    arguments = parser.parse_args()
    try:
        paths = ensure(arguments.names or USUAL_PROGRAMS, report=_tell)
    except ProgramsError as error:
        _tell(str(error))
        return 1
    for name, path in paths.items():
        print(f"{name}\t{path}")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_with(main)
