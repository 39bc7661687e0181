"""The command line: `python -m tests.devcluster up|down|status|shell|logs|kubectl|run|relay`.

Every error that a person can fix is one line on standard error and exit status 1.
"""

import argparse
import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence

from tests.devcluster.cluster import Cluster, connect
from tests.devcluster.errors import ClusterError
from tests.devcluster.layout import foreign_kubeconfig, home
from tests.devcluster.request import build_request
from tests.devcluster.starting import down, is_running, up

__all__ = ["main"]

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain when it flushes the rest.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.devcluster", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        found = commands.add_parser(name, help=text, description=text)
        found.set_defaults(command=command)
        return found

    start = add("up", _up, "start the cluster unless it runs, and wait until it is Ready")
    start.add_argument("--nodes", type=int, default=1, help="real nodes, 1 to 4")
    start.add_argument("--label", action="append", default=[], metavar="NODE:KEY=VALUE")
    start.add_argument("--taint", action="append", default=[], metavar="NODE:KEY[=VALUE]:EFFECT")
    start.add_argument("--fake-gpu", action="append", default=[], metavar="NODE:COUNT")
    start.add_argument("--kwok", type=int, default=0, help="pretended nodes, for scale")
    add("down", _down, "end the cluster and remove what it left")
    add("status", _status, "say what runs")
    add("shell", _shell, "a shell in the cluster's network, with kubectl and cluster DNS")
    logs = add("logs", _logs, "a pod's log, or that of a program of the control plane")
    logs.add_argument("name", help="NAMESPACE/POD, POD, or a program such as kube-apiserver")
    logs.add_argument("rest", nargs=argparse.REMAINDER, help="options of kubectl logs")
    for name, command, text in (
        ("kubectl", _kubectl, "kubectl, bound to the cluster"),
        ("run", _run, "a program in the cluster's network, with cluster DNS"),
    ):
        add(name, command, text).add_argument("rest", nargs=argparse.REMAINDER)
    relay = add("relay", _relay, "a port of 127.0.0.1 that leads to a Service, until Ctrl-C")
    relay.add_argument("address", help="an IP, or a name such as podium.default.svc")
    relay.add_argument("port", type=int)
    return parser


def _up(arguments: argparse.Namespace) -> int:
    request = build_request(
        arguments.nodes,
        labels=arguments.label,
        taints=arguments.taint,
        gpus=arguments.fake_gpu,
        pretended_nodes=arguments.kwok,
    )
    if given := foreign_kubeconfig():
        print(f"KUBECONFIG is {str(given)!r}: that cluster is used; unset it to start one here")
        return 0
    place = home()
    was_started = up(place, request, report=_tell)
    print("the cluster is Ready" if was_started else "the cluster is running already")
    print(f"your own kubectl: export KUBECONFIG={shlex.quote(str(place.kubeconfig))}")
    return 0


def _down(_: argparse.Namespace) -> int:
    print("the cluster has ended" if down(home(), report=_tell) else "no cluster is running")
    return 0


def _status(_: argparse.Namespace) -> int:
    place = home()
    if not foreign_kubeconfig() and not is_running(place):
        print("no cluster is running: `make up` starts one")
        return 1
    cluster = connect()
    if cluster.is_own:
        print(f"{'program':26}{'state':14}restarts")
        for name, state in cluster.programs().items():
            print(f"{name:26}{state['state']:14}{state['restarts']}")
    print(cluster.kubectl("get", "nodes,pods", "--all-namespaces"), end="")
    return 0


def _shell(_: argparse.Namespace) -> int:
    cluster = connect()
    print("kubectl and names such as kubernetes.default.svc work here; `exit` leaves")
    return _inside(cluster, [os.environ.get("SHELL", "/bin/sh")])


def _run(arguments: argparse.Namespace) -> int:
    argv = arguments.rest[1:] if arguments.rest[:1] == ["--"] else arguments.rest
    if not argv:
        raise ClusterError("name the program to run: run PROGRAM [ARGUMENT …]")
    return _inside(connect(), argv)


def _inside(cluster: Cluster, argv: Sequence[str]) -> int:
    path = f"{cluster.tool.program.parent}:{os.environ.get('PATH', '')}"
    return _call(cluster.enter_command(argv, {"PATH": path}))


def _logs(arguments: argparse.Namespace) -> int:
    cluster = connect()
    if cluster.is_own and arguments.name in cluster.programs():
        print(cluster.program_log(arguments.name), end="")
        return 0
    namespace, _, pod = arguments.name.rpartition("/")
    command = ("logs", pod, *arguments.rest)
    return _call(cluster.tool.command(*command, namespace=namespace or None))


def _kubectl(arguments: argparse.Namespace) -> int:
    return _call(connect().tool.command(*arguments.rest))


def _relay(arguments: argparse.Namespace) -> int:
    async def relay() -> None:
        async with connect().relay(arguments.address, arguments.port) as (host, port):
            print(f"{host}:{port} leads to {arguments.address}:{arguments.port}", flush=True)
            await asyncio.Event().wait()

    asyncio.run(relay())
    return 0


def _call(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False).returncode


def _tell(line: str) -> None:
    print(line, flush=True)
