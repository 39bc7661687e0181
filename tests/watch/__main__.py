"""Runs the command line."""

import sys

from tests.watch.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
