"""docs/first-orchestrator.md from nothing to nothing, on a cluster that its own commands start."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.devcluster.layout import foreign_kubeconfig
from tests.docs.book import commands_of
from tests.docs.catalogue import Where, rule_of
from tests.docs.shell import Done, Reader
from tests.docs.workplace import environment_of_a_reader, lay_out_checkout
from tests.media.probing import probe

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

_PAGE = "docs/first-orchestrator.md"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Someone with a checkout and nothing else; the cluster has a name of its own."""
    if os.geteuid() != 0 or foreign_kubeconfig():
        pytest.skip("starts a cluster on this machine: needs root, and no KUBECONFIG")
    environment = environment_of_a_reader(PODIUM_CLUSTER="pages")
    with Reader(lay_out_checkout(tmp_path), environment) as reader:
        try:
            yield reader
        finally:
            reader.run("make down")


def test_the_page_leads_from_nothing_to_a_transcoded_segment(reader: Reader) -> None:
    for command in commands_of(_PAGE):
        rule = rule_of(command)
        assert rule is not None
        if rule.where in {Where.FIRST, Where.CLUSTER}:
            done = reader.start(command.text) if rule.lasts else reader.run(command.text)
            _expect(done, rule.statuses)

    renditions = sorted((reader.folder / "renditions").rglob("*.ts"))
    assert [probe(path.read_bytes()).height for path in renditions] == [240, 360]


def _expect(done: Done, statuses: tuple[int, ...]) -> None:
    assert done.status in statuses, f"$ {done.command}\n{done.said}"
