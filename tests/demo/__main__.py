"""`make demo`: everything from an empty machine to a picture of pods that followed the load."""

import os
import sys
import time

from tests.demo.settings import read_settings
from tests.devcluster.errors import ClusterError
from tests.devcluster.programs.errors import ProgramsError
from tests.support.ending import INTERRUPTED
from tests.support.gates import Gate, all_pass, gate_line


def main() -> int:
    """Run the demo; 1 when a gate fails or something is missing, 130 after Ctrl-C."""
    began_at = time.time()
    try:
        gates = _run(began_at)
    except KeyboardInterrupt:
        print("stopped; everything the demo started is gone")
        return INTERRUPTED
    except (ClusterError, ProgramsError, ValueError, RuntimeError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _run(began_at: float) -> list[Gate]:
    # The libraries take seconds to load: they belong to the time that is measured.
    from tests.demo.run import Demo  # noqa: PLC0415

    settings = read_settings(os.environ, cores=os.cpu_count() or 1)
    return list(Demo(settings, began_at).run())


if __name__ == "__main__":
    sys.exit(main())
