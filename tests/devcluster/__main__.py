"""`python -m tests.devcluster COMMAND`; see `cli`."""

from tests.devcluster.cli import main
from tests.support.ending import end_with

if __name__ == "__main__":
    end_with(main)
