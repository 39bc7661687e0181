"""Both images, built twice in storages of their own, are one release: `make release-check`."""

import os

import pytest
from tests.release.cli import main
from tests.release.errors import ReleaseError
from tests.release.source import clean_stamp
from tests.release.version import stated_version


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_a_release_made_twice_is_the_same_bytes() -> None:
    if os.geteuid() != 0:
        pytest.skip("builds images by chroot: needs root")
    try:
        clean_stamp(stated_version())
    except ReleaseError as error:
        pytest.skip(f"a release is made of a commit: {error}")

    assert main(["check", stated_version()]) == 0
