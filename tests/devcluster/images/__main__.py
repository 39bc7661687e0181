"""`python -m tests.devcluster.images [TARGET …]`: build images and print what to call them."""

import argparse
import sys

from tests.devcluster.images import TARGETS, build
from tests.devcluster.programs import ProgramsError
from tests.support.ending import end_with


def main() -> int:
    parser = argparse.ArgumentParser(prog="images", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    arguments = parser.parse_args()
    try:
        images = build(arguments.targets or TARGETS, report=_tell)
    except ProgramsError as error:
        _tell(str(error))
        return 1
    for image in images:
        print(f"{image.reference}\t{image.layout}")
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end_with(main)
