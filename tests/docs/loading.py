"""Images by the names that the pages use, in the cluster of `make up`."""

from collections.abc import Sequence

from tests.devcluster.cluster import Cluster
from tests.devcluster.images import Containerd, Image
from tests.devcluster.own import OwnMachine
from tests.devcluster.programs.run import run

__all__ = ["load_named"]

_TAG_SECONDS = 180


def load_named(
    cluster: Cluster, images: Sequence[Image], *, place: str, tags: Sequence[str]
) -> list[str]:
    """Give images that the nodes have further names, `PLACE/podium-…:TAG`; returns those.

    Raises:
        ProgramsError: a node refused.
    """
    names = {
        f"{place}/{image.name.rpartition('/')[2]}:{tag}": image.reference
        for image in images
        for tag in tags
    }
    machine = cluster.machine
    assert isinstance(machine, OwnMachine)
    for node in sorted(machine.home.root.glob("node-*")):
        containerd = Containerd(machine.ctr, node / "containerd.sock")
        for name, reference in names.items():
            command = containerd.command("images", "tag", "--force", reference, name)
            run(command, limit_seconds=_TAG_SECONDS)
    return [*names]
