"""Runs the command line."""

import sys

from tests.support.ending import end_with
from tests.watch.cli import main

if __name__ == "__main__":
    end_with(lambda: main(sys.argv[1:]))
