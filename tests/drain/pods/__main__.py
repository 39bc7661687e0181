"""`python -m tests.drain.pods`."""

from tests.drain.pods.cli import main
from tests.support.ending import end_with

if __name__ == "__main__":
    end_with(main)
