"""The cluster started on this machine, as a `Machine`: its namespaces and its programs.

Every call finds the first process anew, so that an object made before a restart stays good.
"""

import subprocess
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.devcluster.control import Control, find_control
from tests.devcluster.errors import ClusterError
from tests.devcluster.kubectl import Kubectl
from tests.devcluster.layout import Home
from tests.devcluster.relay import open_relay

__all__ = ["OwnMachine", "import_images", "resolver_file"]

_IMPORT_SECONDS = 300
_STOP_SECONDS = 60.0
_LOOK_SECONDS = 0.02
_NSSWITCH = Path("/etc/nsswitch.conf")
# $1 and $2 are mounted over $3 and $4 in a mount namespace of the program's own; then it runs.
_ENTER = 'set -e; for n in 1 2; do [ -z "$2" ] || mount --bind "$1" "$2"; shift 2; done; exec "$@"'


def resolver_file() -> Path | None:
    """Find the file that /etc/resolv.conf really is; None on a machine without one."""
    path = Path("/etc/resolv.conf").resolve()
    return path if path.exists() else None


@dataclass(frozen=True, slots=True)
class OwnMachine:
    """A cluster of ours, by its folders."""

    home: Home
    tool: Kubectl
    ctr: Path

    is_own = True

    @property
    def inner_kubeconfig(self) -> Path:
        return self.home.inner_kubeconfig

    @property
    def volumes(self) -> Path:
        return self.home.volumes

    def control(self) -> Control:
        """Reach the first process; ClusterError when the cluster has ended."""
        control = find_control(self.home.control)
        if control is None:
            raise ClusterError("the cluster has ended; `make up` starts it again")
        return control

    def enter_command(self, argv: Sequence[str]) -> list[str]:
        # Neither nsenter nor unshare forks here: the process started is in the end `argv` itself.
        network = self.control().namespace("net")
        resolver = resolver_file()
        mounts = (
            *((str(self.home.resolv_conf), str(resolver)) if resolver else ("", "")),
            *((str(self.home.nsswitch), str(_NSSWITCH)) if _NSSWITCH.exists() else ("", "")),
        )
        place = ("nsenter", f"--net={network}", "--", "unshare", "--mount", "--")
        return [*place, "sh", "-c", _ENTER, "enter", *mounts, *argv]

    @asynccontextmanager
    async def relay(self, address: str, port: int) -> AsyncIterator[tuple[str, int]]:
        network = self.control().namespace("net")
        target = self._address_of(address)
        async with open_relay(network, target, port) as place:
            yield place

    def load_images(self, archives: Iterable[Path]) -> None:
        nodes = sorted(self.home.root.glob("node-*"))
        for archive in archives:
            for node in nodes:
                import_images(self.ctr, node / "containerd.sock", archive)

    def signal(self, program: str, number: int) -> None:
        self.control().ask("signal", program=program, number=int(number))

    def stop(self, program: str) -> None:
        """Kill a program and wait for its end: killed, it may hold its sockets a moment longer."""
        control = self.control()
        control.ask("stop", program=program)
        until = time.monotonic() + _STOP_SECONDS
        while control.ask("status")[program]["state"] != "stopped":
            if time.monotonic() > until:
                raise ClusterError(f"{program} did not end in {_STOP_SECONDS:g} s")
            time.sleep(_LOOK_SECONDS)

    def start(self, program: str) -> None:
        self.control().ask("start", program=program)

    def programs(self) -> dict[str, Any]:
        return self.control().ask("status")

    def program_log(self, program: str) -> str:
        return self.home.log(program).read_text(errors="replace")

    def _address_of(self, address: str) -> str:
        """Turn a cluster DNS name into an address, by the cluster's own DNS."""
        if address.replace(".", "").isdigit():
            return address
        command = self.enter_command(["getent", "ahostsv4", address])
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        if not found:
            raise ClusterError(f"the cluster's DNS knows no {address!r}")
        return found[0]


def import_images(ctr: Path, socket: Path, archive: Path) -> None:
    """Import every image of an archive into one containerd; ClusterError if it cannot."""
    run_ctr(ctr, socket, "images", "import", str(archive))


def run_ctr(ctr: Path, socket: Path, *arguments: str) -> str:
    """Run containerd's own client in the namespace where Kubernetes keeps its things."""
    command = [str(ctr), "--address", str(socket), "--namespace", "k8s.io", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=_IMPORT_SECONDS
    )
    if done.returncode:
        raise ClusterError(f"ctr {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout
