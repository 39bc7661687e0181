"""How our own long commands end: by their status, or in one line where a person stopped them."""

import sys
from collections.abc import Callable
from typing import Final, NoReturn

__all__ = ["INTERRUPTED", "end_with"]

INTERRUPTED: Final = 130


def end_with(main: Callable[[], int]) -> NoReturn:
    """Run to the end and exit with what it returns; 130 after Ctrl-C, as shells have it."""
    try:
        status = main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)
