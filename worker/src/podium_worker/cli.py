"""The command line of the data plane: `podium-worker node|transcoder|standalone`."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from podium_worker import __version__
from podium_worker.errors import WorkerError
from podium_worker.logs import set_up_logging
from podium_worker.settings import Settings, json_schema, load_settings

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one part until it is told to stop; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except WorkerError as error:
        print(f"podium-worker: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="podium-worker", description="Podium's data plane: node, transcoder, or all in one."
    )
    parser.add_argument("--version", action="version", version=f"podium-worker {__version__}")
    parts = parser.add_subparsers(dest="part", required=True, metavar="PART")
    for name, text in (
        ("node", "speak to gateways"),
        ("transcoder", "turn segments into renditions"),
        ("standalone", "queue, node and transcoder on this machine"),
    ):
        part = parts.add_parser(name, help=text, description=text)
        part.add_argument("--config", type=Path, help="configuration file (YAML or JSON)")
        if name == "standalone":
            _add_standalone(part)
    parts.add_parser("schema", help="print the configuration file's JSON schema")
    return parser


def _add_standalone(part: argparse.ArgumentParser) -> None:
    for flag, default, text in (
        ("--port", 8935, "the node's port for gateways"),
        ("--metrics-port", 7935, "the node's port for metrics"),
        ("--transcoder-port", 6935, "the transcoder's port for metrics"),
        ("--queue-port", 4222, "the queue's port"),
        ("--slots", 0, "segments transcoded at a time; 0: as many as cores"),
    ):
        part.add_argument(flag, type=int, default=default, help=f"{text} (default {default})")


def _run(options: argparse.Namespace) -> int:
    if options.part == "schema":
        print(json.dumps(json_schema(), indent=2))
        return 0
    settings = load_settings(options.config) if options.config else None
    if options.part == "standalone":
        from podium_worker.standalone import run_standalone  # noqa: PLC0415 - parts load alone

        return asyncio.run(run_standalone(settings, options))
    settings = settings or Settings()
    set_up_logging(settings.log)
    return asyncio.run(_run_part(options.part, settings))


async def _run_part(part: str, settings: Settings) -> int:
    # Each part imports only its own libraries: a node never loads the media ones.
    if part == "node":
        from podium_worker.node.server import run_node  # noqa: PLC0415

        return await run_node(settings, _say_node)
    from podium_worker.transcoder.service import run_transcoder  # noqa: PLC0415

    return await run_transcoder(settings, _say_transcoder)


def _say_node(port: int, metrics_port: int) -> None:
    print(f"node ready: gateways on port {port}, metrics on port {metrics_port}", flush=True)


def _say_transcoder(slots: int, metrics_port: int) -> None:
    print(f"transcoder ready: {slots} slots, metrics on port {metrics_port}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
