"""Images are kept blob by blob, and sent without what the receiver has."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest
from tests.devcluster.images.layout import Layout
from tests.devcluster.programs.errors import ProgramsError

REFERENCE = "localhost/podium-worker:1"


def _exported(folder: Path, *layers: bytes) -> bytes:
    """Write an image as engines export it: blobs named by digest, and a manifest."""
    folder.mkdir(exist_ok=True)
    parts = []
    for content in (b'{"config": 1}', *layers):
        digest = hashlib.sha256(content).hexdigest()
        (folder / digest).write_bytes(content)
        parts.append({"digest": f"sha256:{digest}", "size": len(content)})
    return json.dumps({"config": parts[0], "layers": parts[1:]}).encode()


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "oci")
    layout.adopt(_exported(tmp_path / "a", b"base", b"source 1"), tmp_path / "a", REFERENCE)
    return layout


def _archived(layout: Layout, omit: set[str]) -> dict[str, bytes]:
    out = io.BytesIO()
    layout.write_archive(REFERENCE, out, omit=omit)
    out.seek(0)
    with tarfile.open(fileobj=out) as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        return {name: file.read() for name, file in files.items() if file}


def test_adopted_image_is_held(layout: Layout) -> None:
    assert layout.holds(REFERENCE)
    assert not layout.holds("localhost/podium-worker:2")


def test_image_with_a_lost_or_cut_blob_is_not_held(layout: Layout) -> None:
    layer = layout.blob(layout.digests(REFERENCE)[-1])

    layer.write_bytes(b"cut")
    assert not layout.holds(REFERENCE)
    layer.unlink()
    assert not layout.holds(REFERENCE)


def test_archive_is_a_named_layout_with_every_blob(layout: Layout) -> None:
    files = _archived(layout, omit=set())

    digests = {name.removeprefix("blobs/sha256/") for name in files if name.startswith("blobs/")}
    index = json.loads(files["index.json"])
    assert {f"sha256:{digest}" for digest in digests} == set(layout.digests(REFERENCE))
    assert all(hashlib.sha256(files[f"blobs/sha256/{d}"]).hexdigest() == d for d in digests)
    assert index["manifests"][0]["annotations"] == {"io.containerd.image.name": REFERENCE}


def test_archive_leaves_out_what_the_receiver_has(layout: Layout) -> None:
    manifest, config, base, source = layout.digests(REFERENCE)

    files = _archived(layout, omit={config, base})

    sent = {name for name in files if name.startswith("blobs/")}
    assert sent == {f"blobs/sha256/{d.removeprefix('sha256:')}" for d in (manifest, source)}


def test_images_share_blobs_and_pruning_keeps_what_another_uses(
    layout: Layout, tmp_path: Path
) -> None:
    newer = "localhost/podium-worker:2"
    layout.adopt(_exported(tmp_path / "b", b"base", b"source 2"), tmp_path / "b", newer)
    lost = set(layout.digests(REFERENCE)) - set(layout.digests(newer))

    layout.prune({newer})

    assert list(layout.references()) == [newer]
    assert layout.holds(newer)
    assert not any(layout.blob(digest).exists() for digest in lost)


def test_damaged_index_says_what_to_remove(layout: Layout) -> None:
    (layout.root / "index.json").write_text("{")

    with pytest.raises(ProgramsError, match=r"index.json is damaged: remove .*oci"):
        layout.holds(REFERENCE)
