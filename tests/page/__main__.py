"""`make page-shot` and `make page-cost`."""

import sys

from tests.page import cost, picture
from tests.support.ending import end_with

if __name__ == "__main__":
    end_with(cost.main if sys.argv[1:] == ["cost"] else picture.main)
