"""`make page-shot` and `make page-cost`."""

import sys

from tests.page import cost, picture

if __name__ == "__main__":
    sys.exit(cost.main() if sys.argv[1:] == ["cost"] else picture.main())
