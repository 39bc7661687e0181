"""`python -m tests.devcluster COMMAND`; see `cli`."""

import sys

from tests.devcluster.cli import main

if __name__ == "__main__":
    sys.exit(main())
