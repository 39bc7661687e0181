"""Waits for a cluster's end, whatever its cause, and removes the cgroups that it leaves.

Everything else ends with the cluster's first process by the kernel's own doing; cgroups do not.
It waits for its standard input to end, whose other end the cluster holds, and asks nobody.
`python -m tests.devcluster.janitor GENERATION`.
"""

import dataclasses
import os
import signal
import sys

from tests.devcluster.cgroups import remove, survey_machine
from tests.devcluster.layout import home


def main() -> None:
    """Wait, then remove the cgroups of one generation, and of no other."""
    # A terminal's Ctrl-C is for the cluster; the janitor ends by itself, after it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    group = dataclasses.replace(home(), generation=sys.argv[1]).cgroup
    while os.read(0, 1):
        pass
    remove(survey_machine(), group)


if __name__ == "__main__":
    main()
