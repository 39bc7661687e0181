"""`python -m tests.drain`."""

import sys

from tests.drain.cli import main

if __name__ == "__main__":
    sys.exit(main())
