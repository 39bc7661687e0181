"""`python -m tests.devnet`."""

import sys

from tests.devnet.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
