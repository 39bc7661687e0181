"""`python -m podium_operator` is `podium-operator`."""

import sys

from podium_operator.cli import main

if __name__ == "__main__":
    sys.exit(main())
