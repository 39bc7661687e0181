"""`python -m tests.bench.transcode`; exit 1 when a gate fails, 2 for a wrong command line."""

import sys

from tests.bench.transcode.bench import Bench
from tests.bench.transcode.options import parse_options
from tests.support.ending import end_with
from tests.support.gates import all_pass, gate_line


def main() -> int:
    """Run the bench and print tables and gates."""
    options = parse_options()
    try:
        text, gates = Bench(options).run()
    except (RuntimeError, ValueError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print((options.out / "bench-transcode.json").read_text(), end="")
    else:
        print(text)
        print("\n".join(gate_line(gate) for gate in gates))
    return 0 if all_pass(gates) else 1


if __name__ == "__main__":
    end_with(main)
