"""The programs a cluster on one machine is made of: where they are, or how they come.

The rest of the devcluster calls `ensure`; product code never imports this package.
"""

from tests.devcluster.programs.cache import cache_root
from tests.devcluster.programs.ensure import PROGRAMS, USUAL_PROGRAMS, ensure
from tests.devcluster.programs.errors import ProgramsError
from tests.devcluster.programs.host import ensure_packages, missing_packages

__all__ = [
    "PROGRAMS",
    "USUAL_PROGRAMS",
    "ProgramsError",
    "cache_root",
    "ensure",
    "ensure_packages",
    "missing_packages",
]
