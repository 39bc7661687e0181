"""`podium`: reads the arguments, runs one verb, prints its answer."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from podium_operator import __version__
from podium_operator.command.explain import EXPLAIN
from podium_operator.command.verbs import Verb
from podium_operator.errors import PodiumError

__all__ = ["VERBS", "main"]

VERBS: tuple[Verb, ...] = (EXPLAIN,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status: 0, 1 for a failure, 2 for wrong arguments."""
    chosen = _parser().parse_args(arguments)
    verb: Verb = chosen.verb
    try:
        answer = asyncio.run(verb.run(chosen))
    except PodiumError as error:
        print(f"podium {verb.name}: {error}", file=sys.stderr)
        return 1
    print(answer.text)
    return answer.status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="podium", description="Livepeer orchestrators on Kubernetes, asked and told."
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.arguments(sub)
        sub.set_defaults(verb=verb)
    return parser
