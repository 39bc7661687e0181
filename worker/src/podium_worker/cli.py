"""The command line of the data plane: `podium-worker node|transcoder|standalone|transcode`.

Only what reading the flags needs is imported here, so that `--help` answers at once and each part
loads its own libraries: a node never loads the media ones.
"""

# ruff: noqa: PLC0415 - see above

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from podium_worker import __version__
from podium_worker.batch.options import add_transcode, read_options
from podium_worker.errors import WorkerError

if TYPE_CHECKING:
    from podium_worker.settings import Settings

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one part until it is told to stop, or one command; returns the exit status."""
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
    text = "transcode files by hand: cut, transcode, write playlists, show a table"
    add_transcode(parts.add_parser("transcode", help=text, description=text))
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
    match options.part:
        case "schema":
            return _print_schema()
        case "transcode":
            from podium_worker.batch.command import run_transcode

            return run_transcode(read_options(options))
        case _:
            return _run_service(options)


def _print_schema() -> int:
    import json

    from podium_worker.settings import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0


def _run_service(options: argparse.Namespace) -> int:
    import asyncio

    from podium_worker.settings import Settings, load_settings

    settings = load_settings(options.config) if options.config else None
    if options.part == "standalone":
        from podium_worker.standalone import run_standalone

        return asyncio.run(run_standalone(settings, options))
    from podium_worker.logs import set_up_logging

    settings = settings or Settings()
    set_up_logging(settings.log)
    return asyncio.run(_run_part(options.part, settings))


async def _run_part(part: str, settings: "Settings") -> int:
    if part == "node":
        from podium_worker.node.server import run_node

        return await run_node(settings, _say_node)
    from podium_worker.transcoder.service import run_transcoder

    return await run_transcoder(settings, _say_transcoder)


def _say_node(port: int, metrics_port: int) -> None:
    print(f"node ready: gateways on port {port}, metrics on port {metrics_port}", flush=True)


def _say_transcoder(slots: int, metrics_port: int) -> None:
    print(f"transcoder ready: {slots} slots, metrics on port {metrics_port}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
