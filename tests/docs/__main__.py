import sys

from tests.docs.cli import main

sys.exit(main())
