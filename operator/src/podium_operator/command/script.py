"""The `podium` program: nothing is loaded before a person's Ctrl-C is heard."""

import sys
from typing import Final

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED: Final = 130
# Where this validator is installed, the client library loads it, for a part of its own that we do
# not use: that takes seconds, ten times as long as all else.
_UNUSED: Final = "kubernetes_validate"


def main() -> int:
    """Run what the arguments ask for; returns the exit status, see `cli.main`."""
    try:
        sys.modules.setdefault(_UNUSED, None)  # type: ignore[arg-type]  # None forbids the import
        from podium_operator.command import cli  # noqa: PLC0415 - it takes a second

        return cli.main()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
