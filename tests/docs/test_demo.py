"""README's first command, unattended: the demo ends with its gates, in a checkout of its own."""

import os
from pathlib import Path

import pytest
from tests.devcluster.layout import foreign_kubeconfig
from tests.docs.shell import Reader
from tests.docs.workplace import environment_of_a_reader, lay_out_checkout

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_demo_shows_the_whole_path(tmp_path: Path) -> None:
    if os.geteuid() != 0 or foreign_kubeconfig():
        pytest.skip("starts a cluster on this machine: needs root, and no KUBECONFIG")
    environment = environment_of_a_reader(PODIUM_CLUSTER="pages")

    with Reader(lay_out_checkout(tmp_path), environment) as reader:
        done = reader.run("make demo DEMO_SECONDS=90")

    assert done.status == 0, done.said[-4000:]
    assert [line for line in done.said.splitlines() if line.endswith(" fail")] == []
    assert list((tmp_path / "demo-output").rglob("*.m3u8"))
