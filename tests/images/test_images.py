"""Both images keep their claims on their own file systems: `make image-check` tells them."""

import os

import pytest
from tests.devcluster.images import TARGETS, build
from tests.devcluster.images.recipe import REPOSITORY
from tests.images.check import check, laid_out
from tests.images.cli import MOST_MEGABYTES


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("target", TARGETS)
def test_an_image_keeps_every_claim(target: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("makes namespaces and mounts: needs root")
    (image,) = build([target], report=print)

    with laid_out(image) as system:
        findings = [*check(image, system)]

    assert len(findings) > 6
    assert [f"{one.claim}: {one.fault}" for one in findings if one.fault] == []


def test_the_install_page_says_how_large_they_may_be() -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text()

    assert [f"at most {most} MB" in page for most in MOST_MEGABYTES.values()] == [True, True]
