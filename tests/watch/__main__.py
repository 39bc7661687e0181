"""`python -m tests.watch files`: writes the dashboards and docs/metrics.md."""

import sys

from tests.watch.building import write_files


def main() -> int:
    """Write every made file."""
    write_files()
    return 0


if __name__ == "__main__":
    sys.exit(main())
