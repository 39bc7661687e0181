import sys

from tests.release.cli import main

sys.exit(main())
