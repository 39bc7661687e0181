"""`python -m tests.drain.pods`."""

import sys

from tests.drain.pods.cli import main

if __name__ == "__main__":
    sys.exit(main())
