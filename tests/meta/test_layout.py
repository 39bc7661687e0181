"""Rules of the repository that no linter knows."""

import operator
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def _tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_operator_folder_never_shadows_the_standard_library() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()
    assert Path(str(operator.__file__)).is_relative_to(Path(sys.base_prefix))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_pins_hashes_and_names_no_address(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]

    assert "://" not in "\n".join(lines)
    assert all("==" in line for line in lines if line and not line.startswith(" "))
    assert "--hash=sha256:" in "\n".join(lines)


def test_no_file_is_too_large_for_review() -> None:
    large = [path for path in _tracked() if path.stat().st_size > 500_000]

    assert large == []


def test_every_make_target_says_what_it_does() -> None:
    pages = [ROOT / "Makefile", *(ROOT / "mk").glob("*.mk")]
    targets = [
        line
        for page in pages
        for line in page.read_text().splitlines()
        if re.match(r"^[a-z][a-z-]*:(?!=)", line)
    ]

    assert targets
    assert [line for line in targets if "## " not in line] == []
