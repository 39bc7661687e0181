"""The commit that a release is made of, and that the checkout is nothing else."""

from pathlib import Path

from tests.devcluster.programs.run import run
from tests.release.errors import ReleaseError
from tests.release.images import Stamp
from tests.release.version import REPOSITORY

__all__ = ["clean_stamp"]

_LIMIT_SECONDS = 180
_SHOWN = 3
_OUT = ":(exclude)dist"


def clean_stamp(version: str, root: Path = REPOSITORY) -> Stamp:
    """Return the commit's stamp.

    Raises:
        ReleaseError: the checkout has changes that no commit holds.
    """
    changed = _git(root, "status", "--porcelain", "--", ".", _OUT).splitlines()
    if changed:
        names = ", ".join(line[3:] for line in changed[:_SHOWN])
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise ReleaseError(
            f"the checkout has changes that no commit holds: {names}{more}; "
            "commit them or put them away, so that the release can be made again from its commit"
        )
    revision, epoch = _git(root, "log", "-1", "--format=%H %ct").split()
    return Stamp(version, revision, int(epoch))


def _git(root: Path, *arguments: str) -> str:
    return run(["git", "-C", str(root), *arguments], limit_seconds=_LIMIT_SECONDS)
