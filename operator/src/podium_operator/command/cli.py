"""`podium`: reads the arguments, runs one verb, prints its answer; also as `kubectl podium`."""

import argparse
import asyncio
import difflib
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

import shtab
from rich.console import Console

from podium_operator import __version__
from podium_operator.command.chain import CHAIN
from podium_operator.command.cluster import namespace_of
from podium_operator.command.doctor import DOCTOR
from podium_operator.command.drain import DRAIN
from podium_operator.command.explain import EXPLAIN
from podium_operator.command.logs import LOGS
from podium_operator.command.pausing import PAUSE, RESUME
from podium_operator.command.sessions import SESSIONS
from podium_operator.command.status import POOLS, STATUS
from podium_operator.command.support import SUPPORT_BUNDLE
from podium_operator.command.top import TOP
from podium_operator.command.verbs import Verb
from podium_operator.errors import PodiumError

__all__ = ["VERBS", "main"]

VERBS: tuple[Verb, ...] = (
    STATUS,
    TOP,
    EXPLAIN,
    POOLS,
    SESSIONS,
    CHAIN,
    LOGS,
    DRAIN,
    PAUSE,
    RESUME,
    DOCTOR,
    SUPPORT_BUNDLE,
)
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status: 0, 1 for a failure, 2 for wrong arguments."""
    chosen = _parser().parse_args(arguments)
    verb: Verb = chosen.verb
    if getattr(chosen, "namespace", "") is None:
        chosen.namespace = namespace_of(chosen.kubeconfig)
    try:
        answer = asyncio.run(verb.run(chosen))
    except PodiumError as error:
        print(f"podium {verb.name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    if isinstance(answer.text, str):
        print(answer.text, end="\n" if answer.text else "")
    else:
        _console().print(answer.text)
    return answer.status


def _console() -> Console:
    """Whoever is no terminal gets whole lines."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=10_000)


class _Parser(argparse.ArgumentParser):
    """Tells what to type instead of a word it does not know."""

    def error(self, message: str) -> NoReturn:
        words = [*(verb.name for verb in VERBS), *_flags(self)]
        unknown = message.rpartition(": ")[2].split()[0].strip("'\"") if ": " in message else ""
        if "invalid choice" in message:
            unknown = message.partition("invalid choice: ")[2].split("'")[1]
        close = difflib.get_close_matches(unknown, words, n=1)
        hint = f"did you mean {close[0]}?" if close else f"`{self.prog} --help` lists what it takes"
        self.exit(2, f"{self.prog}: {message}\n{hint}\n")


def _flags(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Every flag of a parser and of the verbs below it."""
    for action in parser._actions:  # noqa: SLF001 - argparse offers no other way to ask
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for sub in action.choices.values():
                yield from _flags(sub)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="podium", description="Livepeer orchestrators on Kubernetes, asked and told."
    )
    parser.add_argument("--version", action="version", version=__version__)
    shtab.add_argument_to(
        parser, "--print-completion", help="print completion for bash, zsh or fish"
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
        verb.arguments(sub)
        sub.set_defaults(verb=verb)
    return parser
