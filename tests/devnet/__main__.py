"""`python -m tests.devnet`."""

import signal
import sys

from tests.devnet.cli import main

if __name__ == "__main__":
    # It ends the same way for a person, a supervisor, and a shell that starts it with SIGINT off.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
