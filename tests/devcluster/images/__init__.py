"""The images that a cluster on one machine runs, built here and loaded without a registry.

`build` returns `Image`s, whose `reference` pods name with `imagePullPolicy: Never`; `load_into`
makes them known to every node of a cluster, sending only the layers that a node lacks.
"""

from tests.devcluster.images.build import build
from tests.devcluster.images.load import Containerd, load, load_into
from tests.devcluster.images.recipe import TARGETS, Image

__all__ = ["TARGETS", "Containerd", "Image", "build", "load", "load_into"]
