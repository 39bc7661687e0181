"""What the host lacks is named with the way to get it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.devcluster.programs import host
from tests.devcluster.programs.errors import MissingError
from tests.devcluster.programs.host import ensure_packages, missing_packages


def _having(*programs: str) -> Callable[[str], Path | None]:
    return lambda program: Path(program) if program in programs else None


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        pytest.param(("runc", "unshare", "nsenter"), [], id="nothing missing"),
        pytest.param(("unshare", "nsenter"), ["runc"], id="one missing"),
        pytest.param(("runc",), ["util-linux"], id="one package of two programs, once"),
        pytest.param((), ["runc", "util-linux"], id="all missing, in order"),
    ],
)
def test_missing_packages_are_listed_once(there: tuple[str, ...], missing: list[str]) -> None:
    assert missing_packages(["runc", "unshare", "nsenter"], _having(*there)) == missing


def test_user_without_root_is_told_the_packages_and_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(host.DEBIAN_PROGRAMS, "no-such-program", "no-such-package")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(MissingError) as caught:
        ensure_packages(["no-such-program"], report=lambda _: None)

    assert str(caught.value) == (
        "missing on this machine: no-such-package; "
        "as root: apt-get install --no-install-recommends no-such-package"
    )


def test_nothing_missing_installs_nothing() -> None:
    lines: list[str] = []

    ensure_packages(["mount"], report=lines.append)

    assert lines == []
