"""An image is laid out as a container engine would: later layers hide what they say is gone."""

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest
from tests.devcluster.images.layout import Layout
from tests.devcluster.images.recipe import Image
from tests.images.filesystem import FileSystem, lay_out

LAYERS = (
    {"etc/kept": "1", "etc/gone": "2", "opt/old/file": "3", "usr/bin/tool": "4"},
    {"etc/.wh.gone": "", "opt/old/.wh..wh..opq": "", "opt/old/new": "5"},
)


@pytest.fixture
def system(tmp_path: Path) -> FileSystem:
    if os.geteuid() != 0:
        pytest.skip("owners stay as they are: needs root")
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    config = json.dumps({"config": {"User": "65532"}}).encode()
    manifest = {
        "config": {"digest": _put(blobs, config), "size": len(config)},
        "layers": [_layer(blobs, files) for files in LAYERS],
    }
    layout = Layout(tmp_path / "oci")
    layout.adopt(json.dumps(manifest).encode(), blobs, "localhost/podium-x:1")
    root = tmp_path / "root"
    root.mkdir()
    return lay_out(Image("localhost/podium-x", "1", layout.root), root)


def _put(blobs: Path, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return f"sha256:{digest}"


def _layer(blobs: Path, files: dict[str, str]) -> dict[str, object]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    content = packed.getvalue()
    return {"digest": _put(blobs, content), "size": len(content)}


def test_what_a_later_layer_hides_is_not_there(system: FileSystem) -> None:
    names = {str(path.relative_to(system.root)) for path in system.files()}

    assert names == {"etc/kept", "opt/old/new", "usr/bin/tool"}


def test_a_program_is_found_wherever_it_lies(system: FileSystem) -> None:
    assert system.find({"tool", "gcc"}) == ["/usr/bin/tool"]
    assert system.size_bytes == 3


def test_how_it_is_run_comes_from_its_configuration(system: FileSystem) -> None:
    assert system.config == {"User": "65532"}
