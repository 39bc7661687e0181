"""The images that a cluster on one machine runs, built here and loaded without a registry.

`build` and `pause` return `Image`s whose `reference` pods name with `imagePullPolicy: Never`;
`load` makes them known to a containerd.
"""

from tests.devcluster.images.build import build, pause
from tests.devcluster.images.load import Containerd, load
from tests.devcluster.images.recipe import TARGETS, Image

__all__ = ["TARGETS", "Containerd", "Image", "build", "load", "pause"]
