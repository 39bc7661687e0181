"""`make release`, `make release-version` and `make release-check`.

Every error that a person can mend is one line on standard error and exit status 1.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.devcluster.programs import ProgramsError
from tests.release.changelog import section, with_section
from tests.release.errors import ReleaseError
from tests.release.making import build_afresh, built, checksums, make_release
from tests.release.source import clean_stamp
from tests.release.version import REPOSITORY, check_stated, parse_version, restate
from tests.support.gates import Gate, all_pass, gate_line

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the three; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        version = parse_version(chosen.version)
        status: int = chosen.command(version, chosen.out)
    except (ReleaseError, ProgramsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "dist")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, text in (
        ("make", _make, "write everything of a release into dist/VERSION"),
        ("version", _set_version, "state a version everywhere, and in the changelog"),
        ("check", _check, "make a release twice, from images built twice, and compare"),
    ):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("version", nargs="?", default="")
        sub.set_defaults(command=command)
    return parser


def _make(version: str, out: Path) -> int:
    _check_source(version)
    stamp = clean_stamp(version)
    made = make_release(built(report=_tell), out / version, stamp, report=print)
    megabytes = sum(path.stat().st_size for path in made) / 1e6
    print(
        f"{out / version}: {len(made)} files, {megabytes:.0f} MB, of commit {stamp.revision[:12]}"
    )
    return 0


def _set_version(version: str, _: Path) -> int:
    changelog = REPOSITORY / "CHANGELOG.md"
    today = datetime.now(UTC).date().isoformat()
    text = with_section(changelog.read_text(), version, today)
    restate(version, report=print)
    changelog.write_text(text)
    print(f"CHANGELOG.md: {version} - {today}\nnow `make chart`, look at the changes, and commit")
    return 0


def _check(version: str, _: Path) -> int:
    """Build the images in two storages that know nothing of each other, then compare."""
    _check_source(version)
    stamp = clean_stamp(version)
    with tempfile.TemporaryDirectory(prefix="podium-release-", dir="/var/tmp") as folder:
        sums = []
        for turn in ("first", "second"):
            place = Path(folder) / turn
            place.mkdir()
            make_release(build_afresh(place, report=_tell), place / "out", stamp, report=_tell)
            sums.append((place / "out" / "SHA256SUMS").read_text().splitlines())
            assert checksums(place / "out").splitlines() == sums[-1]
    gates = [
        Gate(one.split()[1], one[:12], f"={other[:12]}", one == other)
        for one, other in zip(*sums, strict=True)
    ]
    for gate in gates:
        print(gate_line(gate))
    return 0 if all_pass(gates) else 1


def _check_source(version: str) -> None:
    check_stated(version)
    section((REPOSITORY / "CHANGELOG.md").read_text(), version)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
