import sys

from tests.images.cli import main

sys.exit(main())
