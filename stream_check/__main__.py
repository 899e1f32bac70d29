"""The command `python -m stream_check`."""

import sys

from stream_check.cli import main

sys.exit(main())
