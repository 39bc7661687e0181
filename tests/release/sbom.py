"""A bill of materials (CycloneDX 1.6, JSON) of one image; the same image gives the same text."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from tests.release.images import Stamp
from tests.release.inventory import Inventory, Package

__all__ = ["bill_of_materials"]


def bill_of_materials(name: str, digest: str, inventory: Inventory, stamp: Stamp) -> str:
    """Write down what an image holds; `digest` is that of its manifest."""
    image = _image(name, digest, stamp)
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"{name}@{digest}"))
    bom.metadata.timestamp = datetime.fromtimestamp(stamp.epoch, UTC)
    bom.metadata.component = image
    bom.metadata.tools.components.clear()
    held = [*_components(inventory)]
    for component in held:
        bom.components.add(component)
    bom.register_dependency(image, held)
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _image(name: str, digest: str, stamp: Stamp) -> Component:
    url = PackageURL("oci", None, name, digest)
    return Component(
        name=name,
        version=stamp.version,
        type=ComponentType.CONTAINER,
        purl=url,
        bom_ref=BomRef(url.to_string()),
        licenses=[DisjunctiveLicense(id="MIT")],
    )


def _components(inventory: Inventory) -> Iterator[Component]:
    for one in inventory.debian:
        where = {"arch": one.architecture}
        yield _component(one, PackageURL("deb", "debian", one.name, one.version, where))
    for one in inventory.python:
        yield _component(one, PackageURL("pypi", None, one.name, one.version))


def _component(package: Package, url: PackageURL) -> Component:
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=BomRef(url.to_string()),
        licenses=[DisjunctiveLicense(name=package.licence)] if package.licence else [],
    )
