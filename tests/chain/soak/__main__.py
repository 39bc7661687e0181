"""`python -m tests.chain.soak`."""

import sys

from tests.chain.soak.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
