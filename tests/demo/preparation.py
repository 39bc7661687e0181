"""Everything before the first segment: cluster, images and media, side by side (thin)."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from tests.demo.calibration import measure_cpu_seconds, slot_millicores
from tests.demo.installation import Images
from tests.demo.stages import Stages
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import ClusterError
from tests.devcluster.images import Containerd, Image, build, load
from tests.devcluster.layout import foreign_kubeconfig
from tests.devcluster.own import OwnMachine
from tests.devcluster.session import borrowed_cluster

__all__ = ["Prepared", "foreign_images", "load_into", "prepared"]

_OPERATOR_IMAGE = "PODIUM_OPERATOR_IMAGE"
_WORKER_IMAGE = "PODIUM_WORKER_IMAGE"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A cluster that knows the images, and the part of a core that a transcoder should have."""

    cluster: Cluster
    images: Images
    slot_millicores: int


@contextmanager
def prepared(stages: Stages) -> Iterator[Prepared]:
    """Give a cluster that knows the images, for as long as the block runs.

    Images are built, media encoded and the machine measured while the cluster starts. On a cluster
    of KUBECONFIG the images must be named, since nothing can be loaded there.
    """
    given = foreign_images(os.environ)
    with ThreadPoolExecutor(2, thread_name_prefix="demo") as beside:
        measuring = beside.submit(measure_cpu_seconds)
        building = None if given else beside.submit(build, report=stages.say)
        starting = stages.around(
            "a Kubernetes cluster", borrowed_cluster(), ending="letting go of the cluster"
        )
        with starting as cluster:
            with stages.stage("images and media"):
                cpu_seconds = measuring.result()
                built: Sequence[Image] = building.result() if building else ()
                load_into(cluster, built, report=stages.say)
            stages.say(f"one segment costs {cpu_seconds:.2f} s of a core here")
            yield Prepared(cluster, given or _references(built), slot_millicores(cpu_seconds))


def foreign_images(environment: Mapping[str, str]) -> Images | None:
    """Return the images named for a cluster of KUBECONFIG, None for a cluster of our own.

    ClusterError where they are wanted and not named.
    """
    if foreign_kubeconfig(environment) is None:
        return None
    operator, worker = environment.get(_OPERATOR_IMAGE), environment.get(_WORKER_IMAGE)
    if not operator or not worker:
        raise ClusterError(
            f"KUBECONFIG is set: name images that this cluster can pull by {_OPERATOR_IMAGE} and "
            f"{_WORKER_IMAGE}, or unset KUBECONFIG to use a cluster on this machine"
        )
    return Images(operator, worker, pull_policy="IfNotPresent")


def load_into(cluster: Cluster, images: Sequence[Image], *, report: Callable[[str], None]) -> None:
    """Make images known to every node of a cluster of our own; foreign ones pull theirs."""
    machine = cluster.machine
    if not isinstance(machine, OwnMachine):
        return
    for node in sorted(machine.home.root.glob("node-*")):
        load(images, Containerd(machine.ctr, node / "containerd.sock"), report=report)


def _references(images: Sequence[Image]) -> Images:
    by_target = {image.name.rpartition("-")[2]: image.reference for image in images}
    return Images(by_target["operator"], by_target["worker"], pull_policy="Never")
