import sys

from tests.gateway.cli import main

sys.exit(main())
