"""`python -m tests.drain`."""

from tests.drain.cli import main
from tests.support.ending import end_with

if __name__ == "__main__":
    end_with(main)
