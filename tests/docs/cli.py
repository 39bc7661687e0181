"""`make load` and `make doc-lines`.

On a cluster of somebody else's there is nothing to load: images come from a registry, or by the
tools of kind and k3s.
"""

import argparse
import sys
from collections.abc import Sequence

from tests.devcluster.cluster import connect
from tests.devcluster.errors import ClusterError
from tests.devcluster.images import build, load_into
from tests.devcluster.programs import ProgramsError
from tests.docs.lines import corrected
from tests.docs.loading import load_named
from tests.docs.pages import REPOSITORY
from tests.release.version import stated_version

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two; 1 where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs", description=__doc__)
    parser.add_argument("task", choices=("load", "lines"))
    task = parser.parse_args(arguments).task
    return _load() if task == "load" else _correct_lines()


def _load() -> int:
    try:
        cluster, images = connect(), build(report=_tell)
        load_into(cluster, images, report=_tell)
        names = load_named(cluster, images, place="localhost", tags=(stated_version(),))
    except (ClusterError, ProgramsError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(names))
    return 0


def _correct_lines() -> int:
    for page in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        before = page.read_text()
        after = corrected(before, page.parent)
        if after != before:
            page.write_text(after)
            print(page.relative_to(REPOSITORY))
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
