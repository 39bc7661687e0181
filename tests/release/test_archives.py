"""Images as archives: the same bytes whenever they were built, with a true list of contents."""

import gzip
import hashlib
import json
import tarfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tests.release.errors import ReleaseError
from tests.release.images import layers_of, write_image
from tests.release.inventory import (
    Inventory,
    Package,
    check_locked,
    locked_versions,
    read_inventory,
)
from tests.release.samples import STAMP, small_image
from tests.release.sbom import bill_of_materials


def test_an_image_is_the_same_bytes_whenever_it_was_built(tmp_path: Path) -> None:
    digests, archives = set(), []
    for turn, at in (("one", 1_600_000_000), ("two", 1_650_000_000)):
        image = small_image(tmp_path / turn, at=at)
        archives.append(tmp_path / f"{turn}.tar")
        digests.add(write_image(image, archives[-1], STAMP))

    assert len(digests) == 1
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_an_archive_is_an_image_whose_every_digest_is_right(tmp_path: Path) -> None:
    image, path = small_image(tmp_path / "in", at=5), tmp_path / "out.tar"
    digest = write_image(image, path, STAMP)

    with tarfile.open(path) as archive:
        held = {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
    blobs = {name.rpartition("/")[2]: text for name, text in held.items() if "blobs" in name}
    assert all(hashlib.sha256(text).hexdigest() == name for name, text in blobs.items())
    (entry,) = json.loads(held["index.json"])["manifests"]
    assert entry["digest"] == digest
    manifest = json.loads(blobs[digest.removeprefix("sha256:")])
    config = json.loads(blobs[manifest["config"]["digest"].removeprefix("sha256:")])
    layers = [gzip.decompress(blobs[one["digest"][7:]]) for one in manifest["layers"]]
    unpacked = [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]
    assert config["rootfs"]["diff_ids"] == unpacked
    assert config["created"] == "2023-11-14T22:13:20Z"
    assert config["config"]["Labels"]["org.opencontainers.image.revision"] == STAMP.revision


def test_what_an_image_holds_is_read_from_its_own_lists(tmp_path: Path) -> None:
    inventory = read_inventory(layers_of(small_image(tmp_path, at=5)))

    assert inventory.debian == (Package("base-files", "12.4", "amd64"),)
    assert inventory.python == (Package("Kept.Thing", "2.0", licence="MIT"),)


def test_a_distribution_that_no_lock_pins_is_refused() -> None:
    held = Inventory(
        (), (Package("Kept.Thing", "2.0"), Package("podium-x", "1"), Package("odd", "3"))
    )
    lock = 'kept-thing==2.0 \\\n    --hash=sha256:00\nodd==4 ; python_version > "3"\n'

    with pytest.raises(ReleaseError, match=r"what its lock does not: odd 3 \(locked: 4\)"):
        check_locked(held, locked_versions(lock), ours="podium-x")


def test_a_bill_of_materials_is_valid_and_always_the_same(tmp_path: Path) -> None:
    inventory = read_inventory(layers_of(small_image(tmp_path, at=5)))
    digest = "sha256:" + "1" * 64

    bills = [bill_of_materials("podium-worker", digest, inventory, STAMP) for _ in range(2)]

    assert bills[0] == bills[1]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bills[0]) is None
    named = {one["purl"] for one in json.loads(bills[0])["components"]}
    assert named == {"pkg:deb/debian/base-files@12.4?arch=amd64", "pkg:pypi/kept.thing@2.0"}
