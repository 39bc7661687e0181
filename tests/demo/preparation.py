"""Everything before the first segment: cluster, images and media, side by side (thin)."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from tests.demo.installation import Images
from tests.demo.manifest import source_for
from tests.demo.stages import Stages
from tests.devcluster.cluster import Cluster
from tests.devcluster.errors import ClusterError
from tests.devcluster.images import Containerd, Image, build, load
from tests.devcluster.own import OwnMachine
from tests.devcluster.session import borrowed_cluster
from tests.media import iter_segments

__all__ = ["foreign_images", "load_into", "prepared"]

_OPERATOR_IMAGE = "PODIUM_OPERATOR_IMAGE"
_WORKER_IMAGE = "PODIUM_WORKER_IMAGE"


@contextmanager
def prepared(stages: Stages) -> Iterator[tuple[Cluster, Images]]:
    """Give a cluster that knows the images, for as long as the block runs.

    Images are built and media are encoded while the cluster starts. On a cluster of KUBECONFIG the
    images must be named, since nothing can be loaded there.
    """
    given = foreign_images(os.environ)
    with ThreadPoolExecutor(2, thread_name_prefix="demo") as beside:
        encoding = beside.submit(_encode)
        building = None if given else beside.submit(build, report=stages.say)
        starting = stages.around(
            "a Kubernetes cluster", borrowed_cluster(), ending="letting go of the cluster"
        )
        with starting as cluster:
            with stages.stage("images and media"):
                encoding.result()
                built: Sequence[Image] = building.result() if building else ()
                load_into(cluster, built, report=stages.say)
            yield cluster, given or _references(built)


def foreign_images(environment: Mapping[str, str]) -> Images | None:
    """Return the images named for a cluster of KUBECONFIG, None for a cluster of our own.

    ClusterError where they are wanted and not named.
    """
    if not environment.get("KUBECONFIG"):
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


def _encode() -> None:
    source = source_for(0)
    next(
        iter_segments(
            segment_seconds=source.segment_seconds,
            size=(source.width, source.height),
            fps=source.fps,
        )
    )
