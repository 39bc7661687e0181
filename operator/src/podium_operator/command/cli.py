"""`podium`: reads the arguments, runs one verb, prints its answer; also as `kubectl podium`."""

import argparse
import asyncio
import contextlib
import difflib
import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final, NoReturn

import shtab
from rich.console import Console, RenderableType

from podium_operator import __version__
from podium_operator.command.chain import CHAIN
from podium_operator.command.cluster import namespace_of
from podium_operator.command.doctor import DOCTOR
from podium_operator.command.drain import DRAIN
from podium_operator.command.explain import EXPLAIN
from podium_operator.command.logs import LOGS
from podium_operator.command.output import UnheardError, harmless, say, speak_to_all
from podium_operator.command.pausing import PAUSE, RESUME
from podium_operator.command.script import INTERRUPTED
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
_PIPE_CLOSED: Final = 141
_WHOLE_LINES: Final = 10_000
_WRONG_CHOICE: Final = re.compile(r"invalid choice: '(?P<word>.*)' \(choose from (?P<all>.*)\)$")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status: 0, 1 for a failure, 2 for wrong arguments."""
    speak_to_all()
    chosen = _parser().parse_args(arguments)
    verb: Verb = chosen.verb
    if getattr(chosen, "namespace", "") is None:
        chosen.namespace = namespace_of(chosen.kubeconfig)
    try:
        answer = asyncio.run(verb.run(chosen))
        say(harmless(answer.text) if isinstance(answer.text, str) else _drawn(answer.text))
    except UnheardError as error:
        return _unheard(verb, error)
    except PodiumError as error:
        print(f"podium {verb.name}: {harmless(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return answer.status


def _drawn(picture: RenderableType) -> str:
    """Whoever is no terminal gets whole lines."""
    seen, drawn = Console(), io.StringIO()
    width = seen.width if seen.is_terminal else _WHOLE_LINES
    console = Console(file=drawn, force_terminal=seen.is_terminal, width=width, highlight=False)
    console.print(picture, crop=False)
    return drawn.getvalue().rstrip("\n")


def _unheard(verb: Verb, error: UnheardError) -> int:
    """A reader that has had enough, as `head`, is no failure to tell of."""
    with contextlib.suppress(OSError, ValueError):  # or Python would try once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error.__cause__, BrokenPipeError):
        return _PIPE_CLOSED
    print(f"podium {verb.name}: {error}", file=sys.stderr)
    return 1


class _Parser(argparse.ArgumentParser):
    """Takes flags wherever they stand, and tells what to type for a word it does not know."""

    _is_mixing = False

    # By itself, argparse takes no further word behind `approve home -n media`.
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._is_mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {harmless(message)}\n{_hint(self, message)}\n")


def _hint(parser: argparse.ArgumentParser, message: str) -> str:
    if found := _WRONG_CHOICE.search(message):
        unknown, words = found["word"], [word.strip("'") for word in found["all"].split(", ")]
    else:
        unknown, words = message.partition("unrecognized arguments: ")[2], [*_flags(parser)]
    if close := difflib.get_close_matches(unknown.split(" ")[0], words, n=1):
        return f"did you mean {close[0]}?"
    if found and parser.prog == "podium":
        return "`podium --help` lists the verbs; flags stand behind them: podium status -n media"
    if message.endswith("required: orchestrator"):
        return f"type {parser.prog} NAME: `podium status -A` lists them"
    return f"`{parser.prog} --help` lists what it takes"


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
