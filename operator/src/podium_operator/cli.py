"""`podium-operator`: run it, print the CRD, or say which version this is."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from podium_operator import __version__
from podium_operator.errors import PodiumError
from podium_operator.settings import read_settings

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 for a failure, 2 for a wrong setting."""
    # kopf asks for the user's name, which an arbitrary UID in a container does not have.
    os.environ.setdefault("LOGNAME", "podium")
    chosen = _parser().parse_args(arguments)
    match chosen.command:
        case "version":
            print(__version__)
        case "crds":
            from podium_operator.api.crd import render  # noqa: PLC0415 - `run` never needs it

            print(render(), end="")
        case _:
            return _run(chosen)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="podium-operator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("version", help="print the version")
    commands.add_parser("crds", help="print the CustomResourceDefinition as YAML")
    run = commands.add_parser(
        "run", help="run the operator; each flag is also a variable, PODIUM_WORKER_IMAGE and so on"
    )
    run.add_argument("--kubeconfig", help="instead of the pod's service account")
    run.add_argument("--worker-image", help="the image of nodes and transcoders")
    run.add_argument("--scope", choices=("cluster", "namespaces"))
    run.add_argument("--namespaces", help="comma-separated, with --scope namespaces")
    run.add_argument("--namespace", help="the operator's own namespace, which holds its Lease")
    run.add_argument("--listen-port", type=int, help="of /healthz, /readyz and /metrics")
    run.add_argument("--log-level", choices=("debug", "info", "warning", "error"))
    run.add_argument("--log-format", choices=("json", "text"))
    return parser


def _run(chosen: argparse.Namespace) -> int:
    from podium_operator.app import operate  # noqa: PLC0415 - the client is slow to import

    flags = {name: value for name, value in vars(chosen).items() if name != "command"}
    try:
        settings = read_settings(dict(os.environ), **flags)
    except PodiumError as error:
        print(f"podium-operator: {error}", file=sys.stderr)
        return 2
    return asyncio.run(operate(settings))
