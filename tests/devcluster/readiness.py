"""From a launched first process to a cluster that takes pods, one awaited step after another.

Each step has a bound; a step that fails says which, with the end of the logs that tell why.
"""

import json
import select
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tests.devcluster.bootstrap import objects
from tests.devcluster.control import Control, find_control
from tests.devcluster.control_plane import Tools, coredns_gate
from tests.devcluster.errors import ClusterError, KubectlError, WaitError
from tests.devcluster.gates import Gate, is_open
from tests.devcluster.kubectl import Kubectl, Object
from tests.devcluster.layout import DNS_ADDRESS, Home
from tests.devcluster.node import PAUSE_IMAGE, Node
from tests.devcluster.own import import_images, run_ctr
from tests.devcluster.pause_image import write_pause_image
from tests.devcluster.relay import enter_network

__all__ = ["Watch", "is_node_ready", "make_images_ready", "make_node_ready", "make_ready"]

_STEP_SECONDS = 120.0
_LOOK_SECONDS = 0.03
_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Watch:
    """A start under way: `alive` ends when the first process does, `tell` shows progress.

    None for `alive` is a cluster that was found running.
    """

    home: Home
    alive: BinaryIO | None
    tell: Callable[[str], None]

    def until(self, what: str, condition: Callable[[], object]) -> None:
        """Look again and again until the condition holds; ClusterError when it will not."""
        until = time.monotonic() + _STEP_SECONDS
        while not condition():
            if time.monotonic() > until:
                raise ClusterError(f"no {what} in {_STEP_SECONDS:g} s{self._story()}")
            if select.select([self.alive] if self.alive else [], [], [], _LOOK_SECONDS)[0]:
                raise ClusterError(f"the first process ended before {what}{self._story()}")

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Let what fails in the block say which program keeps dying, and why."""
        try:
            yield
        except (KubectlError, WaitError) as error:
            raise ClusterError(f"{error}{self._story()}") from error

    def _story(self) -> str:
        """Quote the ends of the logs of whatever keeps dying, or else of the first process."""
        control = find_control(self.home.control)
        states = control.ask("status") if control else {}
        dying = [name for name, state in states.items() if state["restarts"]]
        return "".join(_tail(self.home.log(name)) for name in dying or ["supervisor"])


def make_ready(watch: Watch, nodes: Sequence[Node], *, tools: Tools, port: int) -> None:
    """See the cluster through to Ready nodes, names that resolve, and pods that may be made."""
    home = watch.home
    tool = Kubectl(tools.programs["kubectl"], home.kubeconfig)
    watch.until("first process", lambda: find_control(home.control))
    watch.tell("namespaces made, programs starting")
    write_pause_image(tools.programs["pause"], PAUSE_IMAGE, home.pause_archive)
    for node in nodes:
        make_images_ready(watch, node, tools.programs["ctr"])
    watch.tell("containerd is up")
    watch.until("API server", lambda: is_open(_outer_gate(home, port)))
    watch.tell(f"API server is ready at https://127.0.0.1:{port}")
    with watch.explaining():
        tool.apply(objects())
        home.objects_applied.touch()
        for node in nodes:
            make_node_ready(tool, node)
            watch.tell(f"{node.name} is Ready")
        _await_names(watch)
        watch.tell("names resolve")
        tool.wait_for("serviceaccount", "default", bool, timeout_seconds=_STEP_SECONDS)
        watch.tell("pods may be made")


def is_node_ready(node: Object | None) -> bool:
    """Read a Node object's Ready condition."""
    conditions = (node or {}).get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _outer_gate(home: Home, port: int) -> Gate:
    folder = home.certificates
    return Gate(
        f"https://127.0.0.1:{port}/readyz",
        authority=f"{folder}/ca.crt",
        certificate=f"{folder}/admin.crt",
        key=f"{folder}/admin.key",
    )


def make_images_ready(watch: Watch, node: Node, ctr: Path) -> None:
    """Forget the pods of an earlier cluster, load the sandbox image, and let kubelet begin."""
    socket = watch.home.containerd_socket(node.index)
    watch.until(f"containerd of {node.name}", lambda: is_open(Gate(f"unix:{socket}")))
    for kind in ("containers", "sandboxes"):
        rows = run_ctr(ctr, socket, kind, "list").splitlines()[1:]
        if names := [row.split()[0] for row in rows]:
            run_ctr(ctr, socket, kind, "rm", *names)
    import_images(ctr, socket, watch.home.pause_archive)
    watch.home.images_ready(node.index).touch()


def make_node_ready(tool: Kubectl, node: Node) -> None:
    """Wait for a node, and give it the labels and pretended GPUs that were asked for."""
    tool.wait_for("node", node.name, bool, timeout_seconds=_STEP_SECONDS)
    metadata, status = node.patches()
    _patch(tool, node.name, metadata)
    _patch(tool, node.name, status, "--subresource=status")
    tool.wait_for("node", node.name, is_node_ready, timeout_seconds=_STEP_SECONDS)


def _patch(tool: Kubectl, name: str, patch: dict[str, Any], *flags: str) -> None:
    if any(patch.values()):
        tool.run("patch", "node", name, *flags, "--type=merge", f"--patch={json.dumps(patch)}")


def _await_names(watch: Watch) -> None:
    """Wait for DNS where pods ask it: at its Service's address, which takes kube-proxy too."""
    control = find_control(watch.home.control)
    assert isinstance(control, Control)
    network = control.namespace("net")
    gates = (coredns_gate(), Gate(f"tcp://{DNS_ADDRESS}:53"))
    with ThreadPoolExecutor(1, initializer=enter_network, initargs=(network,)) as inside:
        watch.until("cluster DNS", lambda: all(inside.map(is_open, gates)))


def _tail(log: Path) -> str:
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
    return f"\n--- the end of {log}\n" + "\n".join(lines)
