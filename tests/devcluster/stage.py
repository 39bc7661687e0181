"""The commands that set the stage inside the cluster's fresh namespaces.

Pure. They give the mount namespace private folders in place of the machine's, and the network
namespace its addresses; both are gone with the first process.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.devcluster.layout import Home, node_address

__all__ = ["address_command", "nsswitch", "resolv_conf", "stage_commands"]

Command = tuple[str, ...]

# Programs write below these by habit (sockets, network namespaces, logs).
_PRIVATE = (Path("/run"), Path("/var/log"))
# kubelet and the CNI library write here too; what lies there must stay readable.
_OVERLAID = Path("/var/lib")
_STUB_ADDRESS = "172.31.254.1/30"
_STUB_GATEWAY = "172.31.254.2"


def stage_commands(
    home: Home, node_count: int, *, resolver: Path | None, kept: Iterable[Path]
) -> tuple[Command, ...]:
    """List the commands in order.

    `resolver` is where /etc/resolv.conf really lies, None where there is none; `kept` are the
    folders that must stay as they are on the machine.
    """
    needed = (home.root, home.store, *kept)
    return (*_mounts(needed), *_resolver(home, resolver), *_network(node_count))


def address_command(index: int) -> Command:
    """Give the network namespace a node's address."""
    return ("ip", "address", "add", f"{node_address(index)}/32", "dev", "lo")


def resolv_conf(domain: str, server: str) -> str:
    """Build the resolver's configuration of a program inside, as a pod of `default` has it."""
    search = f"default.svc.{domain} svc.{domain} {domain}"
    return f"nameserver {server}\nsearch {search}\noptions ndots:5 timeout:2\n"


def nsswitch(text: str) -> str:
    """Take a machine's nsswitch.conf and let names come from files and DNS alone.

    Other services (systemd-resolved) would ask the machine's own resolver, past resolv.conf.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("hosts:")]
    return "\n".join((*lines, "hosts: files dns", ""))


def _mounts(needed: Sequence[Path]) -> Sequence[Command]:
    def is_free(folder: Path) -> bool:
        return not any(path.is_relative_to(folder) for path in needed)

    tmpfs = ("mount", "-t", "tmpfs", "-o", "mode=755", "podium")
    upper, work = "/run/var-lib/upper", "/run/var-lib/work"
    layers = f"lowerdir={_OVERLAID},upperdir={upper},workdir={work}"
    over = ("mount", "-t", "overlay", "-o", layers, "podium")
    return (
        # Pods ask for shared mounts; the tree is a copy of the machine's and shared with nobody.
        ("mount", "--make-rshared", "/"),
        *((*tmpfs, str(folder)) for folder in _PRIVATE if is_free(folder)),
        ("mkdir", "-p", "/run/netns", "/run/lock", upper, work),
        *((*over, str(folder)) for folder in (_OVERLAID,) if is_free(folder)),
    )


def _resolver(home: Home, resolver: Path | None) -> Sequence[Command]:
    if resolver is None:
        return ()
    hidden = any(resolver.is_relative_to(folder) for folder in _PRIVATE)
    made = (("mkdir", "-p", str(resolver.parent)), ("touch", str(resolver))) if hidden else ()
    return (*made, ("mount", "--bind", str(home.resolv_conf), str(resolver)))


def _network(node_count: int) -> Sequence[Command]:
    return (
        ("ip", "link", "set", "lo", "up"),
        *(address_command(index) for index in range(node_count)),
        # Programs that look for "the" address of a machine look at its default route.
        ("ip", "link", "add", "stub", "type", "veth", "peer", "name", "stub-peer"),
        ("ip", "address", "add", _STUB_ADDRESS, "dev", "stub"),
        ("ip", "link", "set", "stub", "up"),
        ("ip", "link", "set", "stub-peer", "up"),
        ("ip", "route", "add", "default", "via", _STUB_GATEWAY, "dev", "stub"),
        ("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"),
    )
