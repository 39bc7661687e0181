"""Runs a program in an image's file system, as a restricted pod would: nothing more is given.

The root is read-only, /tmp a small file system in memory, the user the image's own, privilege
cannot be gained, and the network is a loopback of its own. It is all gone when the program ends.
"""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.images.filesystem import FileSystem

__all__ = ["ConfinedError", "run_confined"]

# Devices that every container has, and shared memory of the usual size.
_DEVICES = ("null", "zero", "urandom", "random")
_STAGE = """\
set -eu
root=$1; user=$2; shift 2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t tmpfs -o size=16m,mode=0755 tmpfs "$root/dev"
for device in {devices}; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o size=512m,mode=1777 tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
ip link set lo up
exec setpriv --no-new-privs chroot --userspec="$user" "$root" env -i "$@"
"""


class ConfinedError(Exception):
    """The program failed in the image; the text is what it said last."""


def run_confined(
    system: FileSystem, command: Sequence[str], *, timeout_seconds: float = 300
) -> str:
    """Run a command to its end and return its standard output; needs root.

    Raises:
        ConfinedError: it ended with another status than 0, or not in time.
    """
    namespaces = ("unshare", "--mount", "--pid", "--net", "--fork", "--kill-child")
    variables = [*_variables(system.config)]
    stage = _STAGE.format(devices=shlex.join(_DEVICES))
    whole = [*namespaces, "sh", "-c", stage, "stage", str(system.root), str(system.config["User"])]
    try:
        done = subprocess.run(
            [*whole, *variables, *command],
            cwd=Path("/"),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfinedError(f"{shlex.join(command)}: not done in {timeout_seconds:g} s") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise ConfinedError(f"{shlex.join(command)}: status {done.returncode}: {said}")
    return done.stdout


def _variables(config: Mapping[str, list[str]]) -> list[str]:
    return list(config.get("Env") or ())
